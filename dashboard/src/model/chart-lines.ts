import type { MeterDoc } from "../../../lib/api/types";
import type { Colours } from "../theme";
import { INSIDE } from "../theme";
import { holdMs, thin, withGaps, type Point } from "./points";
import { ELECTRIC, shownKw, type Role } from "./now-state";
import type { PowerLines } from "./power-lines";

/** More lines than this are a tangle. */
const MOST = 12;

export type Colour = keyof Colours;

/** A line as it is drawn. */
export interface ChartLine {
  /** Unique among the lines; a meter's key follows "meter:", so that a meter called "home" is not the house. */
  readonly id: string;
  /** A meter's own name; the house has none. */
  readonly meter: string | undefined;
  readonly colour: Colour;
  readonly dashed: boolean;
  readonly points: readonly Point[];
}

export interface ChartView {
  readonly lines: readonly ChartLine[];
  /** Meters that are not drawn, since they would be too many. */
  readonly left: number;
  readonly peakKw: number;
}

/** A chart of a new meter is not an empty hour with a dot at its end: it begins with the first reading, 5 minutes at least. */
const LEAST_SPAN_MS = 5 * 60_000;

/** Where the axis begins: at `from`, or where the lines do when that is later. */
export function axisFrom({ home, meters }: PowerLines, from: number, to: number): number {
  const first = Math.min(home[0]?.x ?? to, ...[...meters.values()].map(({ points }) => points[0]?.x ?? to));
  return first >= to ? from : Math.max(from, Math.min(first, to - LEAST_SPAN_MS));
}

/** The span `[from, to)` of the lines as at most `limit` points each: house first, then sources, then the largest loads. */
export function toChartView(lines: PowerLines, from: number, to: number, limit: number): ChartView {
  const meters = [...lines.meters]
    .filter(([, { points }]) => (points.at(-1)?.x ?? 0) >= from)
    .map(([meter, { role, points }]) => ({
      meter,
      role,
      points: prepare(points, (kw) => shownKw(role, kw), from, to, limit),
    }))
    .sort(
      (one, other) =>
        rank(one.role) - rank(other.role) ||
        peak(other.points) - peak(one.points) ||
        (one.meter < other.meter ? -1 : 1),
    );

  const drawn: ChartLine[] = [];
  // One meter alone is the house: a second line on top of it would say nothing.
  const home = lines.meters.size > 1 ? prepare(lines.home, (kw) => kw, from, to, limit) : [];
  if (home.length > 0) drawn.push({ id: "home", meter: undefined, colour: "home", dashed: false, points: home });

  const palette = lookOf(lines);
  for (const { meter, points } of meters.slice(0, MOST)) {
    drawn.push({
      id: `meter:${meter}`,
      meter,
      ...(palette.get(meter) ?? { colour: "inside1", dashed: false }),
      points,
    });
  }
  return {
    lines: drawn,
    left: Math.max(0, meters.length - MOST),
    peakKw: drawn.reduce((most, { points }) => Math.max(most, peak(points)), 0),
  };
}

/** The server draws so many meters at once; beyond, these are asked for: those at the edge, then the largest. */
const MOST_ASKED = 40;

/** The meters to ask the history of; nothing means all. */
export function mainMeters(meters: readonly MeterDoc[]): string[] | undefined {
  const electric = meters.filter(({ role }) => ELECTRIC.has(role));
  if (electric.length <= MOST_ASKED) return undefined;
  return electric
    .filter(({ key }) => !key.includes(","))
    .sort((one, other) => rank(one.role) - rank(other.role) || (other.kw ?? 0) - (one.kw ?? 0))
    .slice(0, MOST_ASKED)
    .map(({ key }) => key);
}

/** The instants of a table of `rows` rows over the span, newest first. */
export function tableTimes(from: number, to: number, rows: number): number[] {
  const step = (to - from) / rows;
  return Array.from({ length: rows }, (_, row) => Math.round(to - row * step));
}

type Look = Pick<ChartLine, "colour" | "dashed">;

/** Colours go by name, not by size, so that a meter keeps its own on every span; the second round of a colour is dashed. */
function lookOf({ meters }: PowerLines): ReadonlyMap<string, Look> {
  const used = new Map<Role, number>();
  let inside = 0;
  const names = [...meters.keys()].sort();
  return new Map(
    names.map((meter): [string, Look] => {
      const role = meters.get(meter)?.role ?? "load";
      if (role === "grid" || role === "solar" || role === "battery") {
        const times = used.get(role) ?? 0;
        used.set(role, times + 1);
        return [meter, { colour: role, dashed: times > 0 }];
      }
      const index = inside++;
      return [meter, { colour: INSIDE[index % INSIDE.length] ?? "inside1", dashed: index >= INSIDE.length }];
    }),
  );
}

function prepare(
  points: readonly Point[],
  shown: (kw: number) => number,
  from: number,
  to: number,
  limit: number,
): Point[] {
  const first = points.findIndex(({ x }) => x >= from);
  if (first < 0) return [];
  const span = points.slice(Math.max(0, first - 1)).filter(({ x }) => x < to);
  const line = thin(span, limit).map(({ x, y }) => ({ x, y: shown(y) }));
  return withGaps(line, holdMs(line), to);
}

function peak(points: readonly Point[]): number {
  return points.reduce((most, { y }) => (y > most ? y : most), 0);
}

function rank(role: string): number {
  return ["grid", "solar", "battery"].includes(role) ? 0 : 1;
}
