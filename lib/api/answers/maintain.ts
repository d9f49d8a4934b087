import type { z } from "zod";
import type { EnergyStore } from "../../storage/energy-store";
import type { Verified } from "../../storage/maintenance-store";
import type { ApiSite } from "../api-site";
import type { PURGE } from "../edits-contract";
import { Refused } from "../refused";
import type { PurgedDoc, VerificationDoc } from "../types";
import { toInstant } from "../wire";

/** No instant is later. */
const END_OF_TIME = 8.64e15;

/** Gives a meter another name, in the store and in what the site knows of it. */
export async function renameMeter(site: ApiSite, key: string, to: string): Promise<void> {
  const keys = await keysWith(site, key);
  if (keys.includes(to)) throw new Refused("invalid-query", "meterTaken", { field: "to" });
  await site.store.renameMeter(key, to);
  site.moved(key, to);
}

/** Makes the history of a meter that of the one which replaced it. */
export async function mergeMeter(site: ApiSite, key: string, into: string): Promise<void> {
  const keys = await keysWith(site, key);
  if (key === into) throw new Refused("invalid-query", "mergeItself", { field: "into" });
  if (!keys.includes(into)) throw new Refused("not-found", "noMeter", { field: "into" });
  await site.store.mergeMeters(key, into);
  site.moved(key, into);
}

/** Forgets what a meter said in a range, or the meter itself; refused unless `confirm` is its key. */
export async function purgeMeter(site: ApiSite, key: string, wish: z.infer<typeof PURGE>): Promise<PurgedDoc> {
  await keysWith(site, key);
  if (wish.confirm !== key) throw new Refused("invalid-query", "confirmKey", { field: "confirm" });
  if (wish.from === undefined && wish.to === undefined) {
    const readings = await site.store.purge(key);
    site.moved(key);
    return { readings };
  }
  const from = wish.from === undefined ? -END_OF_TIME : Date.parse(wish.from);
  const to = wish.to === undefined ? END_OF_TIME : Date.parse(wish.to);
  if (from >= to) throw new Refused("invalid-query", "fromBeforeTo", { field: "from" });
  const readings = await site.store.purge(key, { from, to });
  const newest = site.live.latest().get(key);
  if (newest && newest.at >= from && newest.at < to) site.live.moved(key);
  return { readings };
}

/** The keys of all meters; refuses `not-found` where the one is not among them. */
async function keysWith({ store }: ApiSite, key: string): Promise<string[]> {
  const keys = (await store.meters()).map((meter) => meter.key);
  if (!keys.includes(key)) throw new Refused("not-found", "noMeter", { field: "key" });
  return keys;
}

interface Run {
  readonly repair: boolean;
  readonly startedAt: number;
  endedAt?: number;
  result?: Verified;
}

/** The last of each store. */
const runs = new WeakMap<EnergyStore, Run>();

/** Begins to reckon all energy anew, unless that is under way; answers whether it began. `onProblem` hears where it fails. */
export function startVerifying({ store, now }: ApiSite, repair: boolean, onProblem: (error: unknown) => void): boolean {
  const before = runs.get(store);
  if (before && before.endedAt === undefined) return false;
  const run: Run = { repair, startedAt: now() };
  runs.set(store, run);
  const ended = (): void => {
    run.endedAt = now();
  };
  store
    .verify(repair)
    .then((result) => {
      run.result = result;
    })
    .catch(onProblem)
    .finally(ended);
  return true;
}

/** What the last verification found, or that it is under way. */
export function verification({ store, settings: { zone } }: ApiSite): VerificationDoc {
  const run = runs.get(store);
  if (!run) return { state: "none" };
  const { repair, startedAt, endedAt, result } = run;
  return {
    state: endedAt === undefined ? "running" : result ? "done" : "failed",
    repair,
    startedAt: toInstant(startedAt, zone),
    ...(endedAt !== undefined && { endedAt: toInstant(endedAt, zone) }),
    ...(endedAt !== undefined &&
      result && {
        result: {
          ...result,
          examples: result.examples.map(({ meter, start }) => ({ meter, from: toInstant(start, zone) })),
        },
      }),
  };
}
