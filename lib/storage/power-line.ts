import type { Kysely } from "kysely";
import { decimate, type Line } from "../energy/decimate";
import { makeBreath, type Breath } from "./breath";
import type { EnergyInterval, LineQuery, ReadingStore } from "./energy-store";
import { hotOf } from "./hot-readings";
import type { Schema } from "./schema";
import { chunksBetween, onlyWhole, open } from "./sealed-readings";
import { readingsOf } from "./stored-readings";

/** Up to here the readings themselves are drawn; beyond it, and where a meter has none, the quarters. */
const READINGS_SPAN_MS = 26 * 3_600_000;
/** A meter that says more than twice a second is drawn from its quarters as well. */
const MOST_READINGS = 200_000;

/** Draws one meter's power where its readings lie, so that only the points that are shown travel to the flows' thread. */
export async function powerLine(
  db: Kysely<Schema>,
  energy: ReadingStore["energy"],
  { meter, from, to, points }: LineQuery,
  zone: string,
  stop?: AbortSignal,
): Promise<Line> {
  if (to - from <= READINGS_SPAN_MS) {
    const line = await powersOf(db, meter, from, to, makeBreath(stop));
    if (line.at.length > 0 && line.at.length < MOST_READINGS) return decimate(line.at, line.powerW, points);
  }
  const { at, powerW } = toExtremes(await energy({ meters: [meter], from, to, interval: "quarter", zone }, stop));
  return decimate(at, powerW, points);
}

/** Every power of `[from, to)`. Of what is sealed no more is opened than instants and powers. */
async function powersOf(db: Kysely<Schema>, key: string, from: number, to: number, breath: Breath): Promise<Line> {
  const line: Line = { at: [], powerW: [] };
  const meter = await db.selectFrom("meter").select("id").where("key", "=", key).executeTakeFirst();
  if (!meter) return line;
  const draw = (at: ArrayLike<number>, powerW: ArrayLike<number>): void => {
    for (let index = 0; index < at.length; index += 1) {
      const [instant = NaN, power = NaN] = [at[index], powerW[index]];
      if (Number.isNaN(power) || instant < from || instant >= to) continue;
      line.at.push(instant);
      line.powerW.push(power);
    }
  };

  const hot = await hotOf(db, meter.id, from, to);
  const chunks = await onlyWhole(db, await chunksBetween(db, [meter.id], from, to));
  const sealedTo = chunks.at(-1)?.end ?? -Infinity;
  if ((hot[0]?.at ?? Infinity) <= sealedTo) {
    const rows = await readingsOf(db, meter.id, from, to);
    draw(
      rows.map(({ at }) => at),
      rows.map(({ powerW }) => powerW ?? NaN),
    );
    return line;
  }
  for (const chunk of chunks) {
    const opened = open(chunk);
    draw(opened.at, opened.column("powerW") ?? []);
    await breath();
  }
  draw(
    hot.map(({ at }) => at),
    hot.map(({ powerW }) => powerW ?? NaN),
  );
  return line;
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
