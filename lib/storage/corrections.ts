import type { ExpressionBuilder, Selectable, Transaction } from "kysely";
import { quartersOf } from "../energy/given";
import { quarterOf, REGISTERS } from "../energy/quarters";
import { EnergyError } from "../errors";
import type { Corrected, Correction, CorrectionStore, Energy, IntervalEnergy, NewCorrection } from "./correction-store";
import { insertNumbered } from "./dialect";
import { LONGEST_INTERVAL_MS, toSpan } from "./given-energy";
import { idOf } from "./history";
import { refuseBeyond } from "./horizon";
import type { RollupSettings } from "./meter-samples";
import { recomputeDirty } from "./rollup";
import { markQuarters } from "./rollup-rows";
import type { CorrectionTable, IntervalTable, Schema } from "./schema";
import { lastPowerAt, markDirty } from "./set-aside";
import type { SqlDatabase } from "./sql-database";
import { attempt } from "./verify";

type Trx = Transaction<Schema>;
type CorrectionRow = Selectable<CorrectionTable>;

const ROWS_A_STATEMENT = 100;

/** Energy that is given as such, and what people correct. */
export function makeCorrections({ db, transact }: SqlDatabase, site: RollupSettings): CorrectionStore {
  const recorded = (trx: Trx | typeof db) =>
    trx.selectFrom("correction as c").innerJoin("meter", "meter.id", "c.meter").selectAll("c").select("key");

  return {
    putIntervals: (intervals) =>
      transact(async (trx) => {
        const wrong = intervals.find(({ from, to }) => !(from < to) || to - from > LONGEST_INTERVAL_MS);
        if (wrong)
          throw new EnergyError("invalid-query", `an interval of "${wrong.meter}" is empty, or longer than 32 days`);
        const ids = new Map<string, number>();
        for (const { meter } of intervals) if (!ids.has(meter)) ids.set(meter, await idOf(trx, meter));
        for (let index = 0; index < intervals.length; index += ROWS_A_STATEMENT) {
          const some = intervals.slice(index, index + ROWS_A_STATEMENT);
          await putRows(
            trx,
            some.map((one) => ({ meter: ids.get(one.meter) ?? 0, start: one.from, end: one.to, ...toEnergyRow(one) })),
          );
          for (const { meter, from, to } of some)
            await markQuarters(trx, ids.get(meter) ?? 0, [...quartersOf([{ from, to }])]);
        }
      }),

    intervals: async ({ meters, from, to, limit }) => {
      if (meters?.length === 0) return [];
      let select = db
        .selectFrom("interval as i")
        .innerJoin("meter", "meter.id", "i.meter")
        .selectAll("i")
        .select("key")
        .where("i.start", ">=", from)
        .where("i.start", "<", to)
        .orderBy("i.start")
        .orderBy("i.end");
      if (meters) select = select.where("key", "in", meters);
      if (limit !== undefined) select = select.limit(limit);
      return (await select.execute()).map(({ key, meter: _, ...row }) => ({ meter: key, ...toSpan(row) }));
    },

    correct: async (wish, preview = false) => {
      const { correction, ...effect } = await attempt(transact, !preview, (trx) => correct(trx, wish, site));
      return preview ? effect : { ...effect, correction };
    },

    undoCorrection: (id, by) =>
      transact(async (trx) => {
        const found = await recorded(trx).where("c.id", "=", id).where("undoneAt", "is", null).executeTakeFirst();
        if (!found) throw new EnergyError("invalid-query", `there is no correction ${id} to undo`);
        await refuseBeyond(trx, found.meter, found.start, "id");
        const undone = { undoneAt: Date.now(), undoneBy: by };
        await trx.updateTable("correction").set(undone).where("id", "=", id).execute();
        await markCorrected(trx, found.meter, found.start, found.end);
        return toCorrection({ ...found, ...undone });
      }),

    corrections: async ({ id, meters, limit }) => {
      if (meters?.length === 0) return [];
      let select = recorded(db).orderBy("c.id", "desc").limit(limit);
      if (id !== undefined) select = select.where("c.id", "=", id);
      if (meters) select = select.where("key", "in", meters);
      return (await select.execute()).map(toCorrection);
    },
  };
}

async function correct(trx: Trx, wish: NewCorrection, site: RollupSettings): Promise<Required<Corrected>> {
  const { meter: key, from, to, kind, by } = wish;
  const meter = await trx.selectFrom("meter").select("id").where("key", "=", key).executeTakeFirst();
  if (!meter) throw new EnergyError("invalid-query", `there is no meter "${key}"`, { field: "meter" });
  if (!(from < to) || quarterOf(from) !== from || quarterOf(to) !== to)
    throw new EnergyError("invalid-query", "a correction is of whole quarters of an hour", { field: "from" });
  await refuseBeyond(trx, meter.id, from, "from");
  if (kind === "set" && REGISTERS.every((name) => wish[name] === undefined))
    throw new EnergyError("invalid-query", "a correction needs the energy that takes the place", { field: "importWh" });

  const before = await energyOf(trx, meter.id, from, to, site);
  const row = {
    meter: meter.id,
    start: from,
    end: to,
    kind,
    ...toEnergyRow(wish),
    by,
    madeAt: Date.now(),
    undoneAt: null,
    undoneBy: null,
  };
  const id = await insertNumbered(trx, "correction", row);
  await markCorrected(trx, meter.id, from, to);
  const after = await energyOf(trx, meter.id, from, to, site);
  return { correction: toCorrection({ ...row, id, key }), before, after };
}

/** What an interval comes to once nothing of the meter is dirty. */
async function energyOf(trx: Trx, meter: number, from: number, to: number, site: RollupSettings): Promise<Energy> {
  while (await recomputeDirty(trx, site, [meter]));
  const names = [...REGISTERS, "measuredMs", "estimatedMs"] as const;
  const sums = await trx
    .selectFrom("quarter")
    .select(({ fn }) => names.map((name) => fn.sum<number | null>(name).as(name)))
    .where("meter", "=", meter)
    .where("start", ">=", from)
    .where("start", "<", to)
    .executeTakeFirst();
  return Object.fromEntries(names.map((name) => [name, sums?.[name] ?? 0])) as unknown as Energy;
}

/** Files say what flowed in and out in rows of their own: a measure that is not said again stays. */
async function putRows(trx: Trx, rows: readonly IntervalTable[]): Promise<void> {
  const merged = new Map<string, IntervalTable>();
  for (const row of rows) {
    const key = `${row.meter} ${row.start} ${row.end}`;
    const before = merged.get(key) ?? (await takeRow(trx, row));
    merged.set(key, before ? { ...row, ...mergeMeasures(before, row) } : row);
  }
  await trx
    .insertInto("interval")
    .values([...merged.values()])
    .execute();
}

async function takeRow(trx: Trx, { meter, start, end }: IntervalTable): Promise<IntervalTable | undefined> {
  const isSame = (eb: ExpressionBuilder<Schema, "interval">) => eb.and({ meter, start, end });
  const found = await trx.selectFrom("interval").selectAll().where(isSame).executeTakeFirst();
  if (found) await trx.deleteFrom("interval").where(isSame).execute();
  return found;
}

const mergeMeasures = (before: IntervalTable, { importWh, exportWh, volumeM3 }: IntervalTable) => ({
  importWh: importWh ?? before.importWh,
  exportWh: exportWh ?? before.exportWh,
  volumeM3: volumeM3 ?? before.volumeM3,
});

/** Also where the power before was held on to what was said in the interval. */
async function markCorrected(trx: Trx, meter: number, from: number, to: number): Promise<void> {
  await markDirty(trx, meter, (await lastPowerAt(trx, meter, from)) ?? from, from);
  await markQuarters(trx, meter, [...quartersOf([{ from, to }])]);
}

const toEnergyRow = ({ importWh, exportWh, volumeM3 }: IntervalEnergy) => ({
  importWh: importWh ?? null,
  exportWh: exportWh ?? null,
  volumeM3: volumeM3 ?? null,
});

function toCorrection({
  key,
  id,
  kind,
  by,
  madeAt,
  undoneAt,
  undoneBy,
  ...row
}: CorrectionRow & { key: string }): Correction {
  return {
    id,
    meter: key,
    ...toSpan(row),
    kind: kind as Correction["kind"],
    by,
    madeAt,
    ...(undoneAt !== null && { undoneAt }),
    ...(undoneBy !== null && { undoneBy }),
  };
}
