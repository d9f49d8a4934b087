import type { Transaction } from "kysely";
import { phaseSample, readsPhases, type Netting } from "../energy/netting";
import { believedPower } from "../energy/powers";
import { QUARTER_MS, type EnergyRules, type Sample } from "../energy/quarters";
import type { Electrical } from "../energy/reading";
import type { Ruling } from "../energy/register";
import { discardedSpans } from "./given-energy";
import type { Horizon } from "./horizon";
import { hotAround, LOOK_AROUND_MS, minuteOf, type Around, type EnergyRow } from "./hot-readings";
import type { MeterSpan } from "./rollup-rows";
import { SAID, SAYS_MORE, type Schema } from "./schema";
import { chunkDay } from "./sealed-readings";
import { NO_RULINGS, standingRulings } from "./standing-rulings";
import { readingsFrom, readingsOf } from "./stored-readings";

type Trx = Transaction<Schema>;
export type Said = (typeof SAID)[number];

/** What a site means where a meter's own settings say nothing. */
export interface RollupSettings {
  /** IANA zone that day rows are kept in. */
  readonly zone: string;
  /** What no meter of the site carries. */
  readonly maxPowerW: number;
}

/** What one meter said, as energy is made of it. */
export interface MeterSamples {
  readonly rules: EnergyRules;
  /** Whether the value is of a whole reading that a person took in: there is no doubt of it any more. */
  isTakenIn(value: Pick<Ruling, "at" | "path">): boolean;
  /** What the meter says at all. */
  readonly said: readonly Said[];
  /** The oldest that is known; nothing is looked for before it. */
  readonly firstAt: number;
  /** Whether the span says a power. */
  readonly saysPower: boolean;
  /** Whether something that the meter said is in quarantine. */
  readonly isDoubted: boolean;
  /** Whether any of its energy is given as such. */
  readonly isGiven: boolean;
  /** What is known of its registers when the span begins: JSON of `Registers`. */
  readonly registers: string | null;
  /** Everything in `[from, to)`, which is not beyond the horizon. */
  between(from: number, to: number): Promise<Sample[]>;
  /** The nearest samples before or from `edge` on that say the measure, with nothing else in them; of powers, believed ones. */
  nearest(measure: Said, side: "before" | "after", edge: number, most?: Most): Promise<Sample[]>;
}

/** What the sweep's neighbours are looked for in at first: whatever is said there mostly has a say in it. */
const AROUND_MS = QUARTER_MS;

interface Most {
  /** 1 when absent. */
  readonly count?: number;
  readonly oldest?: number;
}

/**
 * Looks up how the meter's energy is made, and what a span of it needs to know of the time around it. Of what was said beyond
 * the horizon, only what was last is known. `given` is all that is stored of the span and of a quarter around it, where that is known.
 */
export async function openSamples(
  trx: Trx,
  sweep: MeterSpan,
  site: RollupSettings,
  horizon: Horizon,
  given?: Around,
): Promise<MeterSamples> {
  const { meter, from, to } = sweep;
  const known = await factsOf(trx, sweep);
  const netting = (known.netting ?? "device") as Netting;
  const { rulings, believed } = known.ruled === null ? NO_RULINGS : await standingRulings(trx, meter);
  const powers = rulings.filter(({ path }) => path === "powerW");
  const ruledPowers = new Map(powers.map((ruling) => [ruling.at, ruling]));
  const maxPowerW = known.maxPowerW ?? site.maxPowerW;
  const phased = readsPhases(netting);
  const firstReading = Math.max(known.firstAt ?? from, horizon.from);
  const firstAt = Math.min(firstReading, ...horizon.last.map(({ at }) => at));
  const columns = SAID.filter((_, bit) => (known.says & (1 << bit)) !== 0);
  // What phases say is not among the columns.
  const said = phased ? SAID.filter((measure) => columns.includes(measure) || measure !== "volumeM3") : columns;

  const discarded = known.discarded === null ? [] : await discardedSpans(trx, meter);
  const counts = ({ at }: EnergyRow): boolean => !discarded.some(({ start, end }) => at >= start && at < end);
  const counted = (rows: readonly EnergyRow[]): readonly EnergyRow[] =>
    discarded.length === 0 ? rows : rows.filter(counts);
  const around =
    given ??
    (known.sealed === null
      ? await hotAround(trx, meter, from - AROUND_MS, to + AROUND_MS, phased ? [...columns, "more"] : columns)
      : await sealedAround(trx, meter, from - AROUND_MS, to + AROUND_MS));
  const rows = counted(around.rows);
  const hasLater = known.hotLater !== null || known.sealedLater !== null;

  const toSample = (row: EnergyRow): Sample => {
    const sample: { -readonly [Key in keyof Sample]: Sample[Key] } = { at: row.at };
    for (const measure of columns) {
      const value = row[measure] ?? undefined;
      if (value !== undefined) sample[measure] = value;
    }
    return phased && row.more ? phaseSample(sample, phasesOf(row.more), netting) : sample;
  };
  const only = (sample: Sample, measure: Said): Sample | undefined => {
    if (measure !== "powerW") {
      const value = sample[measure];
      return value === undefined ? undefined : { at: sample.at, [measure]: value };
    }
    const { at, powerW, importW, exportW } = sample;
    if (powerW === undefined || !believedPower(sample, maxPowerW, ruledPowers.get(at))) return undefined;
    return { at, powerW, ...(importW !== undefined && exportW !== undefined && { importW, exportW }) };
  };

  /** First what was read already. */
  async function* rowsFrom(side: "before" | "after", edge: number, says: number, oldest: number) {
    const index = firstFrom(rows, edge);
    yield* side === "before" ? rows.slice(firstFrom(rows, oldest), index).reverse() : rows.slice(index);
    const next = side === "before" ? Math.min(edge, around.from) : Math.max(edge, around.to);
    if (side === "after" && !hasLater) return;
    for await (const row of readingsFrom(trx, meter, side, next, says, oldest)) if (counts(row)) yield row;
  }

  return {
    rules: {
      gapLimitMs: known.gapLimitMs,
      maxPowerW,
      ...(known.rolloverWh !== null && { rolloverWh: known.rolloverWh }),
      netting,
      zone: site.zone,
      rulings,
    },
    isTakenIn: (value) => believed.some(({ at, path }) => at === value.at && path === value.path),
    said,
    firstAt,
    saysPower: rows
      .slice(firstFrom(rows, from), firstFrom(rows, to))
      .some(({ powerW, more }) => (powerW ?? undefined) !== undefined || (phased && (more ?? undefined) !== undefined)),
    isDoubted: known.doubted !== null,
    isGiven: known.filed !== null || known.corrected !== null,
    registers: known.registers,
    between: async (first, end) => {
      const before = await readingsOf(trx, meter, first, Math.min(around.from, end));
      const after = await readingsOf(trx, meter, Math.max(around.to, first), end);
      const within = rows.slice(firstFrom(rows, first), firstFrom(rows, end));
      const isSample = around.isPlain && !phased;
      return [
        ...counted(before).map(toSample),
        ...(isSample ? (within as readonly Sample[]) : within.map(toSample)),
        ...counted(after).map(toSample),
      ];
    },

    nearest: async (measure, side, edge, { count = 1, oldest = firstAt } = {}) => {
      const found: Sample[] = [];
      const says = (1 << SAID.indexOf(measure)) | (phased ? SAYS_MORE : 0);
      for await (const row of rowsFrom(side, edge, says, Math.max(oldest, firstReading))) {
        const sample = only(toSample(row), measure);
        if (sample) found.push(sample);
        if (found.length === count) return found;
      }
      const last = horizon.last.find((sample) => sample[measure] !== undefined);
      if (side === "before" && last && last.at >= oldest && last.at < edge) found.push(last);
      return found;
    },
  };
}

/** All that one query can tell of a meter and of what lies around a span. */
function factsOf(trx: Trx, { meter, from, to }: MeterSpan) {
  const [lookFrom, lookTo] = [from - AROUND_MS - LOOK_AROUND_MS, to + AROUND_MS + LOOK_AROUND_MS];
  return trx
    .selectFrom("meter")
    .select(["gapLimitMs", "maxPowerW", "rolloverWh", "netting", "says", "firstAt"])
    .select((eb) => {
      const standing = (kind: "set" | "discard") =>
        eb
          .selectFrom("correction")
          .select("id")
          .where("meter", "=", meter)
          .where("kind", "=", kind)
          .where("undoneAt", "is", null)
          .limit(1);
      const chunk = eb.selectFrom("chunk").select("start").where("meter", "=", meter).limit(1);
      return [
        eb
          .selectFrom("ruling")
          .select("id")
          .where("meter", "=", meter)
          .where("undoneAt", "is", null)
          .limit(1)
          .as("ruled"),
        standing("discard").as("discarded"),
        standing("set").as("corrected"),
        eb.selectFrom("interval").select("start").where("meter", "=", meter).limit(1).as("filed"),
        eb.selectFrom("quarantine").select("at").where("meter", "=", meter).limit(1).as("doubted"),
        eb
          .selectFrom("quarter")
          .select("registers")
          .where("meter", "=", meter)
          .where("start", "<", from)
          .orderBy("start", "desc")
          .limit(1)
          .as("registers"),
        chunk
          .where("start", ">=", chunkDay(lookFrom))
          .where("start", "<", lookTo)
          .where("end", ">=", lookFrom)
          .as("sealed"),
        chunk
          .where("start", ">=", chunkDay(to))
          .where("end", ">=", to + AROUND_MS)
          .as("sealedLater"),
        eb
          .selectFrom("reading")
          .select(({ fn }) => fn.min("minute").as("minute"))
          .where("minute", ">=", minuteOf(to + AROUND_MS))
          .as("hotLater"),
      ];
    })
    .where("id", "=", meter)
    .executeTakeFirstOrThrow();
}

async function sealedAround(trx: Trx, meter: number, from: number, to: number): Promise<Around> {
  return { from, to, rows: await readingsOf(trx, meter, from, to) };
}

/** The index of the first row at or after an instant. */
function firstFrom(rows: readonly EnergyRow[], at: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle]?.at ?? Infinity) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

function phasesOf(more: string): Electrical["phases"] {
  return (JSON.parse(more) as { electrical?: Electrical }).electrical?.phases;
}
