import { MEASURES } from "../../energy/measures";
import type { Reading } from "../../energy/reading";
import type { Quarantined, RulingRecord } from "../../storage/energy-store";
import type { ApiSite } from "../api-site";
import { Refused } from "../refused";
import type { NewRulingDoc, RulingDoc } from "../types";
import { isMade, isPossible, toRulingDoc, WHOLE, type Made } from "./quarantine";

const MOST_AT_ONE_INSTANT = 1000;

/** What is to be ruled on, and all that is known of that meter and instant. */
interface Case {
  readonly wish: NewRulingDoc;
  readonly at: number;
  readonly found: readonly Quarantined[];
  readonly now: number;
  /** What the meter said at an instant, as it counts now. */
  readingAt(at: number): Promise<Reading | undefined>;
}

/** Rules on a value in the name of `by`. Refuses what is not there and what cannot be. */
export async function makeRuling(
  { store, settings, now }: ApiSite,
  wish: NewRulingDoc,
  by: string,
): Promise<RulingDoc> {
  const meters = [wish.meter];
  if (!(await store.meters()).some(({ key }) => key === wish.meter))
    throw new Refused("not-found", "noMeter", { field: "meter" });
  const at = Date.parse(wish.at);
  const there = await store.quarantine({ meters, at, limit: MOST_AT_ONE_INSTANT });
  const value = await valueOf({
    wish,
    at,
    found: there.filter(({ path }) => path === wish.path),
    now: now(),
    readingAt: async (instant) => (await store.readings({ meters, from: instant, to: instant + 1 }))[0],
  });
  const { meter, path, kind } = wish;
  const ruling = await store.rule({ meter, at, path, kind, by, ...(value !== undefined && { value }) });
  return toRulingDoc(ruling, settings.zone);
}

/** Undoes a ruling that stands, in the name of `by`; refuses `not-found` any other. */
export async function undoRuling({ store, settings }: ApiSite, id: string, by: string): Promise<RulingDoc> {
  const [ruling]: (RulingRecord | undefined)[] = /^\d{1,15}$/.test(id)
    ? await store.rulings({ id: Number(id), limit: 1 })
    : [];
  if (!ruling || ruling.undoneAt !== undefined) throw new Refused("not-found", "noRuling", { field: "id" });
  return toRulingDoc(await store.undoRuling(ruling.id, by), settings.zone);
}

/** What takes the value's place, as the store wants it; nothing unless it is an edit. */
async function valueOf(one: Case): Promise<number | undefined> {
  const { wish, at, now } = one;
  if (wish.kind === "swap") {
    if (wish.path !== WHOLE) throw new Refused("invalid-query", "swapWhole", { field: "path" });
    demandPossible(at, now, "at");
    return undefined;
  }
  if (wish.path === WHOLE) return placeOf(one);
  if (isMade(wish.path)) return amountOf(one, wish.path);
  demandLeftOut(one);
  return undefined;
}

/** The instant at which a whole reading is to stand. */
async function placeOf({ wish, at, found, now, readingAt }: Case): Promise<number | undefined> {
  const [first] = found;
  if (!first) throw new Refused("not-found", "noValue", { field: "at" });
  if (wish.kind !== "accept" && wish.kind !== "edit") return undefined;
  if (wish.kind === "edit" && typeof wish.value === "number")
    throw new Refused("invalid-query", "valueInstant", { field: "value" });
  const [place, field] = wish.kind === "edit" ? [Date.parse(String(wish.value)), "value"] : [at, "at"];
  demandPossible(place, now, field);

  const stands = first.ruling && (first.ruling.value ?? at);
  const there = stands === place ? undefined : await readingAt(place);
  const said = found.flatMap(({ value }) => Object.keys(JSON.parse(value) as object));
  if (there && MEASURES.some((measure) => there[measure] !== undefined && said.includes(measure)))
    throw new Refused("invalid-query", "readingThere", { field });
  return wish.kind === "edit" ? place : undefined;
}

async function amountOf({ wish, at, found, readingAt }: Case, path: Made): Promise<number | undefined> {
  if (found.length === 0 && (await readingAt(at))?.[path] === undefined)
    throw new Refused("not-found", "noValue", { field: "path" });
  if (wish.kind === "accept" && found.length > 1 && found.every(({ reason }) => reason === "differs"))
    throw new Refused("invalid-query", "severalDiffer", { field: "kind" });
  if (wish.kind !== "edit") return undefined;
  if (typeof wish.value !== "number") throw new Refused("invalid-query", "valueNumber", { field: "value" });
  // Rounded as what goes out is, so that 1.1 kWh are 1,100 Wh.
  return path === "volumeM3" ? wish.value : Math.round(wish.value * 1_000_000) / 1000;
}

/** No energy is made of the value: there is nothing else to decide on it. */
function demandLeftOut({ wish, found }: Case): void {
  if (found.length === 0) throw new Refused("not-found", "noValue", { field: "path" });
  if (wish.kind !== "discard") throw new Refused("invalid-query", "onlyDiscard", { field: "kind" });
}

function demandPossible(at: number, now: number, field: string): void {
  if (!isPossible(at, now)) throw new Refused("invalid-query", "instantRange", { field });
}
