import type { Kysely } from "kysely";
import { decimate, type Line } from "../energy/decimate";
import { makeBreath, type Breath } from "./breath";
import type { EnergyInterval, LineQuery, ReadingStore } from "./energy-store";
import { firstFrom } from "./chunk";
import { hotPowers } from "./hot-readings";
import { makeOpenedPowers, type Powers } from "./opened-powers";
import type { Schema } from "./schema";
import { chunksBetween, onlyWhole, type ChunkRow } from "./sealed-readings";
import { readingsOf } from "./stored-readings";

/** Up to here the readings themselves are drawn; beyond it, and where a meter has none, the quarters. */
const READINGS_SPAN_MS = 26 * 3_600_000;
/** A meter that says more than twice a second is drawn from its quarters as well. */
const MOST_READINGS = 200_000;

/** Draws one meter's power where its readings lie, so that only the points that are shown travel to the flows' thread. */
export function makePowerLine(
  db: Kysely<Schema>,
  energy: ReadingStore["energy"],
  zone: string,
): ReadingStore["powerLine"] {
  const powersOfChunk = makeOpenedPowers();
  return async ({ meter, from, to, points }: LineQuery, stop?: AbortSignal): Promise<Line> => {
    if (to - from <= READINGS_SPAN_MS) {
      const { at, powerW } = joined(await powersOf(db, powersOfChunk, meter, from, to, makeBreath(stop)));
      if (at.length > 0 && at.length < MOST_READINGS) return decimate(at, powerW, points);
    }
    const { at, powerW } = toExtremes(await energy({ meters: [meter], from, to, interval: "quarter", zone }, stop));
    return decimate(at, powerW, points);
  };
}

/** Every power of `[from, to)`, piece by piece. Of what is sealed no more is opened than instants and powers. */
async function powersOf(
  db: Kysely<Schema>,
  powersOfChunk: (chunk: ChunkRow) => Powers,
  key: string,
  from: number,
  to: number,
  breath: Breath,
): Promise<Powers[]> {
  const meter = await db.selectFrom("meter").select("id").where("key", "=", key).executeTakeFirst();
  if (!meter) return [];
  const hot = await hotPowers(db, meter.id, from, to);
  const chunks = await onlyWhole(db, await chunksBetween(db, [meter.id], from, to));
  const sealedTo = chunks.at(-1)?.end ?? -Infinity;
  if ((hot[0]?.at ?? Infinity) <= sealedTo) return [toPowers(saidIn(await readingsOf(db, meter.id, from, to)))];
  const pieces: Powers[] = [];
  for (const chunk of chunks) {
    pieces.push(within(powersOfChunk(chunk), from, to));
    await breath();
  }
  return [...pieces, toPowers(hot)];
}

interface Power {
  readonly at: number;
  readonly powerW: number;
}

function toPowers(rows: readonly Power[]): Powers {
  return { at: Float64Array.from(rows, ({ at }) => at), powerW: Float64Array.from(rows, ({ powerW }) => powerW) };
}

const saidIn = (rows: readonly { readonly at: number; readonly powerW: number | null }[]): Power[] =>
  rows.flatMap(({ at, powerW }) => (powerW === null ? [] : [{ at, powerW }]));

function within({ at, powerW }: Powers, from: number, to: number): Powers {
  const [start, end] = [firstFrom(at, from), firstFrom(at, to)];
  return { at: at.subarray(start, end), powerW: powerW.subarray(start, end) };
}

function joined(pieces: readonly Powers[]): Powers {
  const count = pieces.reduce((sum, { at }) => sum + at.length, 0);
  const all = { at: new Float64Array(count), powerW: new Float64Array(count) };
  let next = 0;
  for (const { at, powerW } of pieces) {
    all.at.set(at, next);
    all.powerW.set(powerW, next);
    next += at.length;
  }
  return all;
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
