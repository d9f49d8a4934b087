import { QUARTER_MS, quarterOf } from "../../energy/quarter";
import type { Correction, Energy, NewCorrection } from "../../storage/correction-store";
import type { ApiSite } from "../api-site";
import { Refused } from "../refused";
import type { EditDoc, EditedDoc, NewEditDoc } from "../types";
import { toInstant, toKilo } from "../wire";
import { namedMeters } from "./named-meters";

/** No register and no file tells of more at once. */
const MOST_DAYS = 366;

/** What people corrected, newest first, undone ones too. */
export async function listEdits(
  { store, settings }: ApiSite,
  { meters: names, limit }: { readonly meters?: string | undefined; readonly limit: number },
): Promise<EditDoc[]> {
  const meters = names === undefined ? undefined : namedMeters(await store.meters(), names).map(({ key }) => key);
  return (await store.corrections({ ...(meters && { meters }), limit })).map((one) => toEditDoc(one, settings.zone));
}

/** Corrects an interval in the name of `by`, or tells what would follow. Refuses what cannot be. */
export async function makeEdit({ store, settings }: ApiSite, wish: NewEditDoc, by: string): Promise<EditedDoc> {
  const { meter, kind, preview } = wish;
  const [from, to] = [Date.parse(wish.from), Date.parse(wish.to)];
  if (!(await store.meters()).some(({ key }) => key === meter))
    throw new Refused("not-found", "noMeter", { field: "meter" });
  if (from >= to) throw new Refused("invalid-query", "fromBeforeTo", { field: "from" });
  if (to - from > MOST_DAYS * 96 * QUARTER_MS)
    throw new Refused("invalid-query", "rangeTooLong", { field: "from", values: { days: MOST_DAYS } });
  const odd = quarterOf(from) !== from ? "from" : quarterOf(to) !== to ? "to" : undefined;
  if (odd) throw new Refused("invalid-query", "wholeQuarters", { field: odd });
  const energy = wish.kind === "set" ? givenEnergy(wish) : {};
  if (kind === "set" && Object.keys(energy).length === 0)
    throw new Refused("invalid-query", "energyNeeded", { field: "importKwh" });

  const { correction, before, after } = await store.correct({ meter, from, to, kind, by, ...energy }, preview);
  return {
    ...(correction && { edit: toEditDoc(correction, settings.zone) }),
    before: toEnergyDoc(before, to - from),
    after: toEnergyDoc(after, to - from),
  };
}

/** Undoes an edit that stands, in the name of `by`; refuses `not-found` any other. */
export async function undoEdit({ store, settings }: ApiSite, id: string, by: string): Promise<EditDoc> {
  const [edit]: (Correction | undefined)[] = /^\d{1,15}$/.test(id)
    ? await store.corrections({ id: Number(id), limit: 1 })
    : [];
  if (!edit || edit.undoneAt !== undefined) throw new Refused("not-found", "noEdit", { field: "id" });
  return toEditDoc(await store.undoCorrection(edit.id, by), settings.zone);
}

function givenEnergy({
  importKwh,
  exportKwh,
  volumeM3,
}: Extract<NewEditDoc, { kind: "set" }>): Pick<NewCorrection, "importWh" | "exportWh" | "volumeM3"> {
  return {
    ...(importKwh !== undefined && { importWh: toWh(importKwh) }),
    ...(exportKwh !== undefined && { exportWh: toWh(exportKwh) }),
    ...(volumeM3 !== undefined && { volumeM3 }),
  };
}

/** Rounded as what goes out is, so that 1.1 kWh are 1,100 Wh. */
const toWh = (kwh: number): number => Math.round(kwh * 1_000_000) / 1000;

function toEnergyDoc(energy: Energy, lengthMs: number): EditedDoc["before"] {
  return {
    importKwh: toKilo(energy.importWh),
    exportKwh: toKilo(energy.exportWh),
    volumeM3: energy.volumeM3,
    measured: energy.measuredMs / lengthMs,
    estimated: energy.estimatedMs / lengthMs,
  };
}

function toEditDoc(made: Correction, zone: string): EditDoc {
  const { id, meter, from, to, kind, importWh, exportWh, volumeM3, by, madeAt, undoneAt, undoneBy } = made;
  return {
    id: String(id),
    meter,
    from: toInstant(from, zone),
    to: toInstant(to, zone),
    kind,
    ...(importWh !== undefined && { importKwh: toKilo(importWh) }),
    ...(exportWh !== undefined && { exportKwh: toKilo(exportWh) }),
    ...(volumeM3 !== undefined && { volumeM3 }),
    by,
    madeAt: toInstant(madeAt, zone),
    ...(undoneAt !== undefined && { undoneAt: toInstant(undoneAt, zone) }),
    ...(undoneBy !== undefined && { undoneBy }),
  };
}
