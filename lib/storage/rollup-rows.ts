import { sql, type Transaction } from "kysely";
import { unitsIn } from "../energy/calendar";
import { quartersOf } from "../energy/given";
import { quarterOf, type Quarter, type Registers } from "../energy/quarters";
import type { Finding } from "../energy/register";
import type { Horizon } from "./horizon";
import { startOfMinute } from "./hot-readings";
import { SUMMED, type Schema } from "./schema";

type Trx = Transaction<Schema>;

/** What reckoning says of a value, as opposed to what was set aside when it came. */
const REASONS = ["dip", "spike", "jump", "pending", "reset", "rollover", "swap"] as const satisfies Finding["reason"][];
/** A statement takes no more than so many values. */
const ROWS_A_STATEMENT = 100;

/** A meter's time, `[from, to)` in whole quarters. */
export interface MeterSpan {
  readonly meter: number;
  readonly from: number;
  readonly to: number;
}

/** What was recomputed of a meter, and whether what comes after it is marked to follow. */
export interface Recomputed {
  readonly span: MeterSpan;
  readonly isFollowed: boolean;
}

/** What is known of the registers at each of the instants, as JSON; nothing where their last values say it all. */
export async function registersAt(trx: Trx, meter: number, start: number, end: number): Promise<(string | null)[]> {
  const last = (at: number) =>
    trx
      .selectFrom("quarter")
      .select("registers")
      .where("meter", "=", meter)
      .where("start", "<", at)
      .orderBy("start", "desc")
      .limit(1);
  const found = await trx.selectNoFrom([last(start).as("atStart"), last(end).as("atEnd")]).executeTakeFirstOrThrow();
  return [found.atStart, found.atEnd];
}

export function parseRegisters(text: string | null): Registers {
  return text === null ? {} : (JSON.parse(text) as Registers);
}

export function toRegistersText(registers: Registers | undefined): string | null {
  return registers && Object.keys(registers).length > 0 ? JSON.stringify(registers) : null;
}

export async function replaceQuarters(trx: Trx, span: MeterSpan, quarters: readonly Quarter[]): Promise<void> {
  await trx
    .deleteFrom("quarter")
    .where("meter", "=", span.meter)
    .where("start", ">=", span.from)
    .where("start", "<", span.to)
    .execute();
  await putQuarters(
    trx,
    span.meter,
    quarters.filter(({ start }) => start >= span.from && start < span.to),
  );
}

/** Where there are none. */
export async function putQuarters(trx: Trx, meter: number, quarters: readonly Quarter[]): Promise<void> {
  const rows = quarters.map(({ registers, minW, maxW, ...quarter }) => ({
    meter,
    ...quarter,
    minW: minW ?? null,
    maxW: maxW ?? null,
    registers: toRegistersText(registers),
  }));
  for (let index = 0; index < rows.length; index += ROWS_A_STATEMENT) {
    await trx
      .insertInto("quarter")
      .values(rows.slice(index, index + ROWS_A_STATEMENT))
      .execute();
  }
}

/** What was set aside when it came stays, and so do rulings. */
export async function replaceFindings(
  trx: Trx,
  { meter, from, to }: MeterSpan,
  findings: readonly Finding[],
  isDoubted: boolean,
): Promise<void> {
  if (isDoubted) {
    await trx
      .deleteFrom("quarantine")
      .where("meter", "=", meter)
      .where("at", ">=", from)
      .where("at", "<", to)
      .where("reason", "in", REASONS)
      .execute();
  }
  const rows = findings
    .filter(({ at }) => at >= from && at < to)
    .map(({ value, energyWh, noted, ...finding }) => ({
      meter,
      ...finding,
      value: JSON.stringify(value),
      energyWh: energyWh ?? null,
      noted: noted ? 1 : 0,
    }));
  for (let index = 0; index < rows.length; index += ROWS_A_STATEMENT) {
    await trx
      .insertInto("quarantine")
      .values(rows.slice(index, index + ROWS_A_STATEMENT))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

/** Marks what follows `from` up to the quarter that `until` lies in; answers whether there was any. */
export async function markFollowing(trx: Trx, meter: number, from: number, until: number): Promise<boolean> {
  const dirty = trx.insertInto("dirty").onConflict((conflict) => conflict.doNothing());
  let rows = trx.selectFrom("quarter").select(["meter", "start"]).where("meter", "=", meter).where("start", ">=", from);
  if (until < Infinity) rows = rows.where("start", "<", until);
  const { numInsertedOrUpdatedRows: marked } = await dirty
    .columns(["meter", "start"])
    .expression(rows)
    .executeTakeFirstOrThrow();
  if (until === Infinity) return Boolean(marked);
  await dirty.values({ meter, start: quarterOf(until) }).execute();
  return true;
}

/** The quarters of a meter that there are, or those of them in `[from, to)`. */
export async function markKnown(trx: Trx, meter: number, range?: Pick<MeterSpan, "from" | "to">): Promise<void> {
  let known = trx.selectFrom("quarter").select(["meter", "start"]).where("meter", "=", meter);
  if (range) known = known.where("start", ">=", range.from).where("start", "<", range.to);
  await trx
    .insertInto("dirty")
    .columns(["meter", "start"])
    .expression(known)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** All that a meter ever said is reckoned anew, also what no energy was made of: of that there are no quarters. */
export async function markMeter(trx: Trx, meter: number): Promise<void> {
  await markKnown(trx, meter);
  const hot = await trx.selectFrom("reading").select("minute").distinct().where("meter", "=", meter).execute();
  const sealed = await trx.selectFrom("chunk").select(["start", "end"]).where("meter", "=", meter).execute();
  const starts = new Set([
    ...hot.map(({ minute }) => quarterOf(startOfMinute(minute))),
    ...quartersOf(sealed.map(({ start, end }) => ({ from: start, to: end + 1 }))),
  ]);
  await markQuarters(trx, meter, [...starts]);
}

export async function markQuarters(trx: Trx, meter: number, starts: readonly number[]): Promise<void> {
  for (let index = 0; index < starts.length; index += ROWS_A_STATEMENT) {
    await trx
      .insertInto("dirty")
      .values(starts.slice(index, index + ROWS_A_STATEMENT).map((start) => ({ meter, start })))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

/** Of what there are no quarters any more, the days stay. */
async function deleteDays(trx: Trx, { meter, from, to }: MeterSpan, { quartersFrom }: Horizon): Promise<void> {
  let days = trx.deleteFrom("day").where("meter", "=", meter).where("start", ">=", from).where("start", "<", to);
  if (Number.isFinite(quartersFrom)) days = days.where("end", ">", quartersFrom);
  await days.execute();
}

/** `from` has quarters, which is not before the horizon's first. The months of these days are left as they are: see `recomputeMonths`. */
export async function recomputeDays(
  trx: Trx,
  { meter, from, to }: MeterSpan,
  zone: string,
  horizon: Horizon,
): Promise<void> {
  for (const day of unitsIn("day", from, to, zone)) {
    await deleteDays(trx, { meter, ...day }, horizon);
    await trx
      .insertInto("day")
      .columns(["meter", "start", "end", "zone", "minW", "maxW", ...SUMMED])
      .expression(
        trx
          .selectFrom("quarter")
          .select(({ fn }) => [
            "meter",
            sql<number>`${day.from}`.as("start"),
            sql<number>`${day.to}`.as("end"),
            sql<string>`${zone}`.as("zone"),
            fn.min("minW").as("minW"),
            fn.max("maxW").as("maxW"),
            ...SUMMED.map((column) => fn.sum<number>(column).as(column)),
          ])
          .where("meter", "=", meter)
          .where("start", ">=", Math.max(day.from, horizon.quartersFrom))
          .where("start", "<", day.to)
          .groupBy("meter"),
      )
      .execute();
  }
}
