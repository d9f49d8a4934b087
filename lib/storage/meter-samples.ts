import type { Transaction } from "kysely";
import { phaseSample, readsPhases, type Netting } from "../energy/netting";
import { believedPower } from "../energy/powers";
import type { EnergyRules, Sample } from "../energy/quarters";
import type { Electrical, Reading } from "../energy/reading";
import type { Ruling } from "../energy/register";
import { discardedSpans } from "./given-energy";
import type { Horizon } from "./horizon";
import type { MeterSpan } from "./rollup-rows";
import { SAID, SAYS_MORE, type ReadingTable, type Schema } from "./schema";
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
  /** What is known of its registers when the span begins: JSON of `Registers`. */
  readonly registers: string | null;
  /** Everything in `[from, to)`, which is not beyond the horizon. */
  between(from: number, to: number): Promise<Sample[]>;
  /** The nearest samples before or from `edge` on that say the measure, with nothing else in them; of powers, believed ones. */
  nearest(measure: Said, side: "before" | "after", edge: number, most?: Most): Promise<Sample[]>;
}

interface Most {
  /** 1 when absent. */
  readonly count?: number;
  readonly oldest?: number;
}

/**
 * Looks up how the meter's energy is made, and what a span of it needs to know of the time around it. Of what was said beyond
 * the horizon, only what was last is known.
 */
export async function openSamples(
  trx: Trx,
  { meter, from, to }: MeterSpan,
  site: RollupSettings,
  horizon: Horizon,
): Promise<MeterSamples> {
  const known = await trx
    .selectFrom("meter")
    .select(["gapLimitMs", "maxPowerW", "rolloverWh", "netting", "says", "firstAt"])
    .select((eb) => [
      eb
        .selectFrom("ruling")
        .select("id")
        .where("meter", "=", meter)
        .where("undoneAt", "is", null)
        .limit(1)
        .as("ruled"),
      eb
        .selectFrom("correction")
        .select("id")
        .where("meter", "=", meter)
        .where("kind", "=", "discard")
        .where("undoneAt", "is", null)
        .limit(1)
        .as("discarded"),
      eb.selectFrom("quarantine").select("at").where("meter", "=", meter).limit(1).as("doubted"),
      eb
        .selectFrom("quarter")
        .select("registers")
        .where("meter", "=", meter)
        .where("start", "<", from)
        .orderBy("start", "desc")
        .limit(1)
        .as("registers"),
    ])
    .where("id", "=", meter)
    .executeTakeFirstOrThrow();

  const netting = (known.netting ?? "device") as Netting;
  const { rulings, believed } = known.ruled === null ? NO_RULINGS : await standingRulings(trx, meter);
  const powers = rulings.filter(({ path }) => path === "powerW");
  const ruledPowers = new Map(powers.map((ruling) => [ruling.at, ruling]));
  const maxPowerW = known.maxPowerW ?? site.maxPowerW;
  const phased = readsPhases(netting);
  // What phases say is not among the columns.
  const said = SAID.filter((measure, bit) => (known.says & (1 << bit)) !== 0 || (phased && measure !== "volumeM3"));

  const discarded = known.discarded === null ? [] : await discardedSpans(trx, meter);
  const counts = ({ at }: ReadingTable): boolean => !discarded.some(({ start, end }) => at >= start && at < end);
  const inSweep = (await readingsOf(trx, meter, from, to)).filter(counts);

  const toSample = (row: ReadingTable): Sample => {
    const sample: { -readonly [Key in keyof Sample]: Sample[Key] } = { at: row.at };
    for (const measure of SAID) {
      const value = row[measure];
      if (value !== null) sample[measure] = value;
    }
    return phased && row.more !== null ? phaseSample(sample, phasesOf(row.more), netting) : sample;
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

  const firstReading = Math.max(known.firstAt ?? from, horizon.from);
  const firstAt = Math.min(firstReading, ...horizon.last.map(({ at }) => at));
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
    saysPower: inSweep.some(({ powerW, more }) => powerW !== null || (phased && more !== null)),
    isDoubted: known.doubted !== null,
    registers: known.registers,
    between: async (first, end) => {
      // The sweep itself was read already.
      const before = await readingsOf(trx, meter, first, Math.min(from, end));
      const after = await readingsOf(trx, meter, Math.max(to, first), end);
      const within = inSweep.filter(({ at }) => at >= first && at < end);
      return [...before.filter(counts), ...within, ...after.filter(counts)].map(toSample);
    },

    nearest: async (measure, side, edge, { count = 1, oldest = firstAt } = {}) => {
      const found: Sample[] = [];
      const says = (1 << SAID.indexOf(measure)) | (phased ? SAYS_MORE : 0);
      for await (const row of readingsFrom(trx, meter, side, edge, says, Math.max(oldest, firstReading))) {
        const sample = counts(row) ? only(toSample(row), measure) : undefined;
        if (sample) found.push(sample);
        if (found.length === count) return found;
      }
      const last = horizon.last.find((sample) => sample[measure] !== undefined);
      if (side === "before" && last && last.at >= oldest && last.at < edge) found.push(last);
      return found;
    },
  };
}

interface StandingRulings {
  /** At most one a value. */
  readonly rulings: readonly Ruling[];
  /** Of them, those on what whole readings say that a person took in. */
  readonly believed: readonly Ruling[];
}

const NO_RULINGS: StandingRulings = { rulings: [], believed: [] };

/** A whole reading that a person took in is believed in all that it says, and nothing else that was said at its instant. */
async function standingRulings(trx: Trx, meter: number): Promise<StandingRulings> {
  const rows = await trx
    .selectFrom("ruling")
    .select(["at", "path", "kind", "value"])
    .where("meter", "=", meter)
    .where("undoneAt", "is", null)
    .orderBy("id")
    .execute();
  const takenIn = rows.filter(({ path, kind }) => path === "*" && (kind === "accept" || kind === "edit"));
  const aside = trx.selectFrom("quarantine").select("value").where("meter", "=", meter).where("path", "=", "*");
  const believed: Ruling[] = [];
  for (const { at: stamped, value } of takenIn) {
    const readings = (await aside.where("at", "=", stamped).execute()).map((row) => JSON.parse(row.value) as Reading);
    const isSaid = (measure: Said): boolean =>
      readings.some((reading) => reading[measure] !== undefined || reading.electrical?.phases !== undefined);
    for (const path of SAID.filter(isSaid)) believed.push({ at: value ?? stamped, path, kind: "accept" });
  }
  const others = rows.map(({ at, path, kind, value }) => ({
    at,
    path,
    kind: kind as Ruling["kind"],
    ...(value !== null && { value }),
  }));
  // What is decided on one of its values comes last, and counts.
  return { rulings: [...believed, ...others], believed };
}

function phasesOf(more: string): Electrical["phases"] {
  return (JSON.parse(more) as { electrical?: Electrical }).electrical?.phases;
}
