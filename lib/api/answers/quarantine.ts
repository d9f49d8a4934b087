import { incredible } from "../../energy/credible";
import type { Reading } from "../../energy/reading";
import type { Quarantined, RulingKind, RulingRecord } from "../../storage/energy-store";
import type { ApiSite } from "../api-site";
import type { QuarantinedDoc, RulingDoc } from "../types";
import { toInstant, toKilo } from "../wire";
import { namedMeters } from "./named-meters";

/** The path of a whole reading. */
export const WHOLE = "*";

/** What energy is made of, by how it goes over the wire. */
const UNITS = { powerW: "kW", importWh: "kWh", exportWh: "kWh", volumeM3: "m³" } as const;
export type Made = keyof typeof UNITS;

export const isMade = (path: string): path is Made => Object.hasOwn(UNITS, path);

const toUnit = (path: Made, value: number): number => (path === "volumeM3" ? value : toKilo(value));

interface Asked {
  readonly meters?: string | undefined;
  readonly limit: number;
}

/** What is not believed or was inferred: open ones first, then newest first. */
export async function listQuarantine(
  site: ApiSite,
  { meters, openOnly, limit }: Asked & { readonly openOnly: boolean },
): Promise<QuarantinedDoc[]> {
  const found = await site.store.quarantine({ ...(await among(site, meters)), openOnly, limit });
  return found.map((one) => toQuarantinedDoc(one, site));
}

/** What people decided, newest first. */
export async function listRulings(site: ApiSite, { meters, limit }: Asked): Promise<RulingDoc[]> {
  const rulings = await site.store.rulings({ ...(await among(site, meters)), limit });
  return rulings.map((ruling) => toRulingDoc(ruling, site.settings.zone));
}

async function among({ store }: ApiSite, names: string | undefined): Promise<{ meters?: readonly string[] }> {
  return names === undefined ? {} : { meters: namedMeters(await store.meters(), names).map(({ key }) => key) };
}

/** Whether a person may put a reading there: devices are set to other zones, but no further ahead. */
export function isPossible(at: number, now: number): boolean {
  return incredible({ meter: "", at }, now + 86_400_000) === undefined;
}

/** What can be decided on a value; of a reading with too much power the time is no question. */
function may({ path, at, reason }: Quarantined, now: number): RulingKind[] {
  if (isMade(path)) return ["accept", "edit", "discard"];
  if (path !== WHOLE) return ["discard"];
  return [
    ...(isPossible(at, now) ? (["accept"] as const) : []),
    ...(reason === "instant" ? (["edit"] as const) : []),
    "discard",
  ];
}

function toQuarantinedDoc(found: Quarantined, { settings: { zone }, now }: ApiSite): QuarantinedDoc {
  const { meter, at, path, value, reason, winner, energyWh, status, ruling } = found;
  const said: unknown = path === WHOLE ? JSON.parse(value) : value;
  return {
    meter,
    at: toInstant(at, zone),
    path,
    ...(path === WHOLE ? { reading: toReadingDoc(said as Partial<Reading>) } : toValue(path, value)),
    reason,
    ...(winner !== undefined && isMade(path) && { winner: toUnit(path, winner) }),
    ...(energyWh !== undefined && { energyKwh: toKilo(energyWh) }),
    status,
    may: may(found, now()),
    ...(ruling && { ruling: toRulingDoc(ruling, zone) }),
  };
}

/** `text` is what was kept: a number, or what a device said instead. */
function toValue(path: string, text: string): Pick<QuarantinedDoc, "value" | "unit"> {
  const number = Number(text);
  if (isMade(path)) return { value: toUnit(path, number), unit: UNITS[path] };
  return { value: text !== "" && Number.isFinite(number) ? number : text };
}

function toReadingDoc({ powerW, importWh, exportWh, volumeM3 }: Partial<Reading>): QuarantinedDoc["reading"] {
  return {
    ...(powerW !== undefined && { kw: toKilo(powerW) }),
    ...(importWh !== undefined && { importKwh: toKilo(importWh) }),
    ...(exportWh !== undefined && { exportKwh: toKilo(exportWh) }),
    ...(volumeM3 !== undefined && { volumeM3 }),
  };
}

export function toRulingDoc(ruling: RulingRecord, zone: string): RulingDoc {
  const { id, meter, at, path, kind, value, by, madeAt, undoneAt, undoneBy } = ruling;
  return {
    id: String(id),
    meter,
    at: toInstant(at, zone),
    path,
    kind,
    ...(value !== undefined && path === WHOLE && { value: toInstant(value, zone) }),
    ...(value !== undefined && isMade(path) && { value: toUnit(path, value), unit: UNITS[path] }),
    by,
    madeAt: toInstant(madeAt, zone),
    ...(undoneAt !== undefined && { undoneAt: toInstant(undoneAt, zone) }),
    ...(undoneBy !== undefined && { undoneBy }),
  };
}
