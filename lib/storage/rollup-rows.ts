import { sql, type Transaction } from "kysely";
import { unitsIn } from "../energy/calendar";
import { quartersOf } from "../energy/given";
import { QUARTER_MS, quarterOf, type Quarter, type Registers } from "../energy/quarters";
import type { Finding } from "../energy/register";
import { horizonsOf, NO_HORIZON, type Horizon } from "./horizon";
import { startOfMinute } from "./hot-readings";
import type { RollupSettings } from "./meter-samples";
import { rebuildMonths } from "./month-rows";
import { SUMMED, type Schema } from "./schema";

type Trx = Transaction<Schema>;

/** What reckoning says of a value, as opposed to what was set aside when it came. */
const REASONS = ["dip", "spike", "jump", "pending", "reset", "rollover", "swap"] as const satisfies Finding["reason"][];
/** No instant is later. */
const END_OF_TIME = 8.64e15;
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

/** Where what no meter carries is remembered among the memories. */
const OWNER = { owner: "rollup", key: "maxPowerW" } as const;

/** What was made with other settings of the site than these is made anew, in the background or when somebody asks for it. */
export async function adoptSite(trx: Trx, { zone, maxPowerW }: RollupSettings): Promise<void> {
  // As its months are, so is all the rest: it is not read for this.
  const others = trx.selectFrom("month").select("zone").where("zone", "!=", zone).limit(1);
  if (await others.executeTakeFirst()) {
    await rebuildDays(trx, zone);
    await rebuildMonths(trx, zone);
  }

  const memory = trx.selectFrom("memory").select("value").where("owner", "=", OWNER.owner).where("key", "=", OWNER.key);
  const before = await memory.executeTakeFirst();
  const value = JSON.stringify(maxPowerW);
  if (before?.value === value) return;
  if (before) {
    await markAll(trx, "maxPowerW", null);
    await trx
      .updateTable("memory")
      .set({ value })
      .where("owner", "=", OWNER.owner)
      .where("key", "=", OWNER.key)
      .execute();
  } else {
    await trx
      .insertInto("memory")
      .values({ ...OWNER, value })
      .execute();
  }
}

/** Days of another zone than the site's are worth nothing: all that there are quarters of are summed anew; months are not. */
export async function rebuildDays(trx: Trx, zone: string): Promise<void> {
  const others = await trx
    .selectFrom("day")
    .select(({ fn }) => ["meter", fn.max<number>("end").as("end")])
    .where("zone", "!=", zone)
    .groupBy("meter")
    .execute();
  const horizons = others.length > 0 ? await horizonsOf(trx) : new Map<number, Horizon>();
  const firstQuarter = (meter: number): number => (horizons.get(meter) ?? NO_HORIZON).quartersFrom;
  if (!others.some(({ meter, end }) => end > firstQuarter(meter))) return;
  const spans = await trx
    .selectFrom("quarter")
    .select(({ fn }) => ["meter", fn.min<number>("start").as("from"), fn.max<number>("start").as("last")])
    .groupBy("meter")
    .execute();
  for (const { meter, from, last } of spans) {
    const horizon = horizons.get(meter) ?? NO_HORIZON;
    await deleteDays(trx, { meter, from: -END_OF_TIME, to: END_OF_TIME }, horizon);
    const span = { meter, from: Math.max(from, horizon.quartersFrom), to: last + QUARTER_MS };
    await recomputeDays(trx, span, zone, horizon);
  }

  // What was set off over the other zone's clock hours is set off anew.
  await markAll(trx, "netting", "hour");
}

/** All that is known of the meters whose setting this is. */
async function markAll(trx: Trx, setting: "netting" | "maxPowerW", value: string | null): Promise<void> {
  const meters = await trx
    .selectFrom("meter")
    .select("id")
    .where(setting, value === null ? "is" : "=", value)
    .execute();
  for (const { id } of meters) await markMeter(trx, id);
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
