import { decimate, type Line } from "../energy/decimate";
import type { EnergyInterval, LineQuery, ReadingStore } from "./energy-store";
import type { SqlDatabase } from "./sql-database";

/** Up to here the readings themselves are drawn; beyond it, and where a meter has none, the quarters. */
const READINGS_SPAN_MS = 26 * 3_600_000;
/** A meter that says more than twice a second is drawn from its quarters as well. */
const MOST_READINGS = 200_000;

/** Draws one meter's power where its readings lie, so that only the points that are shown travel to the flows' thread. */
export async function powerLine(
  { db }: SqlDatabase,
  energy: ReadingStore["energy"],
  { meter, from, to, points }: LineQuery,
  zone: string,
): Promise<Line> {
  if (to - from <= READINGS_SPAN_MS) {
    const rows = await db
      .selectFrom("reading")
      .innerJoin("meter", "meter.id", "reading.meter")
      .select(["at", "powerW"])
      .where("meter.key", "=", meter)
      .where("at", ">=", from)
      .where("at", "<", to)
      .where("powerW", "is not", null)
      .orderBy("at")
      .limit(MOST_READINGS)
      .execute();
    if (rows.length > 0 && rows.length < MOST_READINGS) {
      return decimate(
        rows.map(({ at }) => at),
        rows.map(({ powerW }) => powerW ?? 0),
        points,
      );
    }
  }
  const { at, powerW } = toExtremes(await energy({ meters: [meter], from, to, interval: "quarter", zone }));
  return decimate(at, powerW, points);
}

/** Two points a quarter: its lowest and its highest power. */
function toExtremes(quarters: readonly EnergyInterval[]): Line {
  const line: Line = { at: [], powerW: [] };
  for (const { from, to, minW, maxW } of quarters) {
    if (minW === undefined || maxW === undefined) continue;
    line.at.push(from, from + (to - from) / 2);
    line.powerW.push(minW, maxW);
  }
  return line;
}
