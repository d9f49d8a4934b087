/** The base interval: it divides every zone's offset, day-ahead prices and demand windows. */
export const QUARTER_MS = 15 * 60_000;

export const quarterOf = (at: number): number => Math.floor(at / QUARTER_MS) * QUARTER_MS;

/** The part of a reading that energy is made of; sorted by `at`, one meter. */
export interface Sample {
  readonly at: number;
  readonly powerW?: number;
  readonly importWh?: number;
  readonly exportWh?: number;
  readonly volumeM3?: number;
}

/** One meter's quarter of an hour `[start, start + 15 min)`. */
export interface Quarter {
  readonly start: number;
  readonly importWh: number;
  readonly exportWh: number;
  readonly volumeM3: number;
  /** How long a power was known, and its integral in W·ms: their ratio is the mean power. */
  readonly powerMs: number;
  readonly powerWms: number;
  readonly minW?: number;
  readonly maxW?: number;
  /** How much of the quarter was measured, and how much only inferred from registers far apart. */
  readonly measuredMs: number;
  readonly estimatedMs: number;
}

type Span = readonly [from: number, to: number];
type Draft = { -readonly [Key in keyof Quarter]: Quarter[Key] };

const WMS_PER_WH = 3_600_000;
const REGISTERS = ["importWh", "exportWh", "volumeM3"] as const;

/**
 * The quarters that `samples` speak of. Registers win: what two readings of one differ by is split over the time between
 * them, so the quarters sum to the difference. Where no register speaks, the power is held until the next one, `gapLimitMs` at most.
 * A register that fell says nothing about the time of its fall. Source: DESIGN.md, "From reading to energy".
 */
export function toQuarters(samples: readonly Sample[], gapLimitMs: number): Quarter[] {
  const drafts = new Map<number, Draft>();
  const measured: Span[] = [];
  const estimated: Span[] = [];
  const known = { importWh: [] as Span[], exportWh: [] as Span[], volumeM3: [] as Span[] };

  for (const register of REGISTERS) {
    let last: Sample | undefined;
    for (const sample of samples) {
      const value = sample[register];
      if (value === undefined) continue;
      const before = last?.[register];
      if (last && before !== undefined && value >= before) {
        const span: Span = [last.at, sample.at];
        spread(drafts, span, value - before, register);
        known[register].push(span);
        const exact = sample.at - last.at <= gapLimitMs || quarterOf(last.at) === quarterOf(sample.at - 1);
        (exact ? measured : estimated).push(span);
      }
      last = sample;
    }
  }

  for (const { from, to, powerW } of heldPowers(samples, gapLimitMs)) {
    const span: Span = [from, to];
    measured.push(span);
    spread(drafts, span, powerW * (to - from), "powerWms");
    spread(drafts, span, to - from, "powerMs");
    eachQuarter(span, (start) => {
      const draft = draftOf(drafts, start);
      draft.minW = Math.min(draft.minW ?? powerW, powerW);
      draft.maxW = Math.max(draft.maxW ?? powerW, powerW);
    });
    const register = powerW < 0 ? "exportWh" : "importWh";
    for (const gap of without(span, known[register])) {
      spread(drafts, gap, (Math.abs(powerW) * (gap[1] - gap[0])) / WMS_PER_WH, register);
    }
  }

  const sure = union(measured);
  for (const span of sure) spread(drafts, span, span[1] - span[0], "measuredMs");
  for (const span of union(estimated)) {
    for (const gap of without(span, sure)) spread(drafts, gap, gap[1] - gap[0], "estimatedMs");
  }
  return [...drafts.values()].sort((a, b) => a.start - b.start);
}

/** Each power with the time it is believed to have held. */
function* heldPowers(
  samples: readonly Sample[],
  gapLimitMs: number,
): Generator<{ from: number; to: number; powerW: number }> {
  let last: Sample | undefined;
  for (const sample of samples) {
    if (sample.powerW === undefined) continue;
    if (last?.powerW !== undefined) {
      yield { from: last.at, to: Math.min(sample.at, last.at + gapLimitMs), powerW: last.powerW };
    }
    last = sample;
  }
}

/** Adds `amount` to the quarters of `span` by time; differences of running shares, so that the parts sum to the whole. */
function spread(
  drafts: Map<number, Draft>,
  span: Span,
  amount: number,
  field: "importWh" | "exportWh" | "volumeM3" | "powerMs" | "powerWms" | "measuredMs" | "estimatedMs",
): void {
  const [from, to] = span;
  let given = 0;
  eachQuarter(span, (start) => {
    const end = Math.min(start + QUARTER_MS, to);
    const share = end === to ? amount : (amount * (end - from)) / (to - from);
    draftOf(drafts, start)[field] += share - given;
    given = share;
  });
}

function eachQuarter([from, to]: Span, visit: (start: number) => void): void {
  for (let start = quarterOf(from); start < to; start += QUARTER_MS) visit(start);
}

function draftOf(drafts: Map<number, Draft>, start: number): Draft {
  let draft = drafts.get(start);
  if (!draft) {
    draft = { start, importWh: 0, exportWh: 0, volumeM3: 0, powerMs: 0, powerWms: 0, measuredMs: 0, estimatedMs: 0 };
    drafts.set(start, draft);
  }
  return draft;
}

/** Sorted, without overlap. */
function union(spans: readonly Span[]): Span[] {
  const joined: [number, number][] = [];
  for (const [from, to] of [...spans].sort((a, b) => a[0] - b[0])) {
    const last = joined.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else joined.push([from, to]);
  }
  return joined;
}

/** What is left of `span` without `covers`, which are sorted and do not overlap. */
function without([from, to]: Span, covers: readonly Span[]): Span[] {
  const rest: Span[] = [];
  let at = from;
  for (let index = firstEndingAfter(covers, from); index < covers.length; index += 1) {
    const cover = covers[index];
    if (!cover || cover[0] >= to) break;
    if (cover[0] > at) rest.push([at, cover[0]]);
    at = Math.max(at, cover[1]);
  }
  if (at < to) rest.push([at, to]);
  return rest;
}

function firstEndingAfter(spans: readonly Span[], at: number): number {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spans[middle]?.[1] ?? Infinity) > at) high = middle;
    else low = middle + 1;
  }
  return low;
}
