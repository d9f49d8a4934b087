import type { SeriesDoc, StateDoc } from "../../../lib/api/types";
import { ELECTRIC, homeOf, type LiveReading, type Role, type Sums } from "./now-state";
import { thin, type Point } from "./points";

/** One meter's power over time, oldest first, as the meter says it. */
export interface Line {
  readonly role: Role;
  points: Point[];
}

/** What the live chart draws; grows with each reading. */
export interface PowerLines {
  /** Rises with each change. */
  revision: number;
  readonly home: Point[];
  readonly meters: Map<string, Line>;
}

/** A line is thinned once it holds this many points: about a point a pixel, twice over. */
const FULL = 6000;

export const noLines = (): PowerLines => ({ revision: 0, home: [], meters: new Map() });

/** The lines of an answer of `GET /api/v1/readings`, and the house's own, which no meter says. */
export function toLines({ series }: SeriesDoc): PowerLines {
  const meters = new Map<string, Line>();
  for (const { meter, role, at, kw } of series) {
    if (!ELECTRIC.has(role)) continue;
    meters.set(meter, {
      role,
      points: at.flatMap((x, index) => (kw[index] === undefined ? [] : [{ x, y: kw[index] }])),
    });
  }
  return { revision: 0, home: homePoints(meters), meters };
}

/** Adds what just came, and forgets what lies before `from`; a reading that is not newer than its line is dropped. */
export function addReadings(
  lines: PowerLines,
  readings: readonly (LiveReading & { role?: Role })[],
  state: StateDoc,
  from: number,
): void {
  lines.revision += 1;
  const roles = new Map(state.meters.map(({ key, role }) => [key, role]));
  for (const { meter, at, kw, role: said, homeKw } of readings) {
    const role = said ?? roles.get(meter) ?? "load";
    if (!ELECTRIC.has(role)) continue;
    const line = lines.meters.get(meter) ?? { role, points: [] };
    lines.meters.set(meter, line);
    append(line.points, { x: at, y: kw });
    if (homeKw !== undefined) append(lines.home, { x: at, y: homeKw });
  }
  // Poll answers carry no power of the house: then it is the state's.
  const last = readings.at(-1);
  if (last && last.homeKw === undefined && state.power.homeKw !== undefined) {
    append(lines.home, { x: last.at, y: state.power.homeKw });
  }
  for (const points of [lines.home, ...[...lines.meters.values()].map((line) => line.points)]) tidy(points, from);
}

function append(points: Point[], point: Point): void {
  const last = points.at(-1);
  if (last === undefined || point.x > last.x) points.push(point);
  else if (point.x === last.x) points[points.length - 1] = point;
}

function tidy(points: Point[], from: number): void {
  const old = points.findIndex(({ x }) => x >= from);
  // The last point before the span stays: its value is held into it.
  if (old > 1) points.splice(0, old - 1);
  if (points.length > FULL) points.splice(0, points.length, ...thin(points, FULL / 2));
}

/** Each instant at which a meter spoke, with the newest value of every meter held. */
function homePoints(meters: ReadonlyMap<string, Line>): Point[] {
  const lines = [...meters.values()];
  const needed = lines.some(({ role }) => role === "grid")
    ? lines.filter(({ role }) => role === "grid" || role === "solar" || role === "battery")
    : lines.filter(({ role }) => role === "load" || role === "ev");
  const events = needed.flatMap(({ points }, line) => points.map((point) => ({ ...point, line })));
  events.sort((one, other) => one.x - other.x);

  const held: (number | undefined)[] = needed.map(() => undefined);
  const home: Point[] = [];
  for (const { x, y, line } of events) {
    held[line] = y;
    if (held.includes(undefined)) continue;
    const total = (...roles: Role[]): number | undefined => {
      const values = held.filter((_, index) => roles.includes(needed[index]?.role ?? "load"));
      return values.length > 0 ? values.reduce<number>((sum, value) => sum + (value ?? 0), 0) : undefined;
    };
    const sums: Sums = {
      grid: total("grid"),
      solar: total("solar"),
      battery: total("battery"),
      loads: total("load", "ev"),
    };
    const power = homeOf(sums);
    if (power !== undefined) append(home, { x, y: power });
  }
  return home;
}
