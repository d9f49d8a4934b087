import { resolve } from "node:path";
import type { EnergyStore, Interval } from "../lib/storage/energy-store";
import { openStore, type StoreSettings } from "../lib/storage/open-store";
import { atMost, beside, stated, type Figure } from "./figure";
import { hasInflux } from "./influx";
import {
  DAY_MS,
  END,
  keyOf,
  METERS,
  ONE_YEAR_FROM,
  oneYear,
  SECONDS_FROM,
  SITE,
  TEN_YEARS_FROM,
  tenYears,
  ZONE,
} from "./query-data";
import { IN_PLAIN_SQL, makePeers, openInfluxPeer, openPlainSql, POINTS } from "./query-peers";
import { SERVER_DATA, SERVERS } from "./query-servers";

const RUNS = 25;
const FEW_RUNS = 5;
const OPENINGS = 9;

/** What screens ask, as the one who asks waits for it: through the store's thread, medians of queries for one meter after another. */
export default async function query(): Promise<Figure[]> {
  const [folder, ten, one] = await Promise.all([makePeers(), tenYears(), oneYear()]);
  return [...(await queries(ten, folder)), ...(await history(ten, one)), await opening(ten), ...(await servers())];
}

async function queries(file: string, peers: string): Promise<Figure[]> {
  const store = await open({ file: resolve(file) });
  const plain = openPlainSql(peers);
  const influx = hasInflux() ? await openInfluxPeer(peers) : undefined;
  const absent = "influxd is not installed";
  try {
    await check(store, plain.line(IN_PLAIN_SQL[0] ?? 0), plain.month(IN_PLAIN_SQL[0] ?? 0));
    const ask = asked(store);
    const figures: Figure[] = [];
    const compare = async (
      name: string,
      bound: number,
      ours: Ask,
      theirs: Ask,
      against = "InfluxDB",
    ): Promise<void> => {
      const figure = atMost(name, await median(ours), "ms", bound);
      figures.push(beside(figure, against, influx ? await median(theirs, FEW_RUNS) : absent));
    };
    await compare("the last 24 h at 1,000 points", 30, ask.line, (meter) => influx?.line(meter));
    await compare("a month by quarter", 10, ask.month, (meter) => influx?.month(meter));
    await compare("a year by day, twenty meters", 10, ask.yearByDay, () => influx?.yearByDay(ONE_YEAR_FROM));
    const years = () => influx?.yearsByMonth(TEN_YEARS_FROM);
    await compare("ten years by month, twenty meters", 10, ask.yearsByMonth, years, "InfluxDB, by thirty days");
    for (const [name, which] of [
      ["the last 24 h at 1,000 points", "line"],
      ["a month by quarter", "month"],
    ] as const) {
      const sql = await median(plain[which], FEW_RUNS);
      const figure = atMost(`${name}, a tenth of plain SQL`, await median(ask[which]), "ms", hundredths(sql / 10));
      figures.push({ ...figure, peer: { name: "plain SQL over raw rows", value: sql } });
    }
    return figures;
  } finally {
    plain.close();
    await influx?.end();
    await store.close();
  }
}

/** What is measured is what was asked for: the highest power of a day and the energy of a month are those of the raw rows. */
async function check(store: EnergyStore, line: readonly { powerW: number }[], month: readonly object[]): Promise<void> {
  const ask = asked(store);
  const [meter = 0] = IN_PLAIN_SQL;
  const ours = await ask.line(meter);
  const highest = [Math.max(...ours.powerW), Math.max(...line.map(({ powerW }) => powerW))];
  const quarters = [(await ask.month(meter)).length, month.length];
  if (highest[0] !== highest[1] || quarters[0] !== quarters[1])
    throw new Error(`other answers than plain SQL's: ${JSON.stringify({ highest, quarters })}`);
}

/** The same ranges, with ten times as much beside and before them. */
async function history(ten: string, one: string): Promise<Figure[]> {
  const [whole, tenth] = [await open({ file: resolve(ten) }), await open({ file: resolve(one) })];
  try {
    const figures: Figure[] = [];
    for (const [name, which] of [
      ["the last 24 h", "line"],
      ["a month by quarter", "month"],
      ["a year by day", "yearByDay"],
    ] as const) {
      const times: Record<"whole" | "tenth", number[]> = { whole: [], tenth: [] };
      for (let run = 0; run < 2 * RUNS; run += 1) {
        const meter = IN_PLAIN_SQL[run % IN_PLAIN_SQL.length] ?? 0;
        times.whole.push(await timed(() => asked(whole)[which](meter)));
        times.tenth.push(await timed(() => asked(tenth)[which](meter)));
      }
      const share = hundredths(middle(times.whole) / middle(times.tenth));
      figures.push(atMost(`${name}, ten times the history`, share, "times", 1.2));
    }
    return figures;
  } finally {
    await whole.close();
    await tenth.close();
  }
}

async function opening(file: string): Promise<Figure> {
  const times: number[] = [];
  for (let run = 0; run < OPENINGS; run += 1) {
    let store: EnergyStore | undefined;
    times.push(
      await timed(async () => {
        store = await open({ file: resolve(file) });
        await asked(store).month(0);
      }),
    );
    await store?.close();
  }
  return atMost("ten years are open and answer", hundredths(middle(times)), "ms", 300);
}

/** On this machine's servers, where they are: stated, with no bound. */
async function servers(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const server of SERVERS) {
    const settings = await server.prepare(await oneYear(), await tenYears());
    if (typeof settings === "string") {
      figures.push({ ...stated(`${server.title}: queries`, 0, "ms"), peer: null, withoutPeer: settings });
      continue;
    }
    const store = await open({ file: resolve("."), server: settings });
    const ask = asked(store);
    const name = (what: string): string => `${what}, ${server.title} with ${SERVER_DATA}`;
    figures.push(stated(name("the last 24 h at 1,000 points"), await median(ask.line), "ms"));
    figures.push(stated(name("a month by quarter"), await median(ask.month), "ms"));
    figures.push(stated(name("a year by day, twenty meters"), await median(ask.yearByDay), "ms"));
    figures.push(stated(name("ten years by month, twenty meters"), await median(ask.yearsByMonth), "ms"));
    await store.close();
  }
  return figures;
}

type Ask = (meter: number) => unknown;

function asked(store: EnergyStore) {
  const energy = (from: number, interval: Interval, meter?: number) =>
    store.energy({ from, to: END, interval, zone: ZONE, ...(meter !== undefined && { meters: [keyOf(meter)] }) });
  return {
    line: (meter: number) => store.powerLine({ meter: keyOf(meter), from: END - DAY_MS, to: END, points: POINTS }),
    month: (meter: number) => energy(SECONDS_FROM, "quarter", meter),
    yearByDay: () => energy(ONE_YEAR_FROM, "day"),
    yearsByMonth: () => energy(TEN_YEARS_FROM, "month"),
  };
}

/** Open, and has answered. */
async function open(where: Pick<StoreSettings, "file" | "server">): Promise<EnergyStore> {
  const store = openStore({ durability: "crash", ...SITE, ...where });
  const meters = await store.meters();
  if (meters.length !== METERS) throw new Error(`${meters.length} meters where ${METERS} were to be`);
  return store;
}

/** Of one meter after another, once all were asked for. */
async function median(work: Ask, runs = RUNS): Promise<number> {
  for (const meter of IN_PLAIN_SQL) await work(meter);
  const times: number[] = [];
  for (let run = 0; run < runs; run += 1)
    times.push(await timed(() => work(IN_PLAIN_SQL[run % IN_PLAIN_SQL.length] ?? 0)));
  return hundredths(middle(times));
}

async function timed(work: () => unknown): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

const middle = (times: readonly number[]): number =>
  times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? NaN;
const hundredths = (value: number): number => Math.round(100 * value) / 100;
