import Database from "better-sqlite3";
import { join } from "node:path";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { QUARTER_MS } from "../lib/energy/quarters";
import { cached } from "./cached";
import type { GeneratedReading } from "./generate";
import { hasInflux, startInflux, type Influx } from "./influx";
import {
  DAY_MS,
  END,
  hoursOf,
  keyOf,
  madeUp,
  METERS,
  SECONDS_FROM,
  SOURCES,
  TEN_YEARS_FROM,
  type MadeUp,
} from "./query-data";

/** What the store is asked as well: the same meters and ranges. */
export interface PlainSql {
  /** The smallest and the largest power of each stretch of the last day, 500 stretches. */
  line(meter: number): readonly { readonly powerW: number }[];
  /** November by quarters. */
  month(meter: number): readonly object[];
  close(): void;
}

/** As plain SQL, and what is made of quarters. */
export interface InfluxPeer {
  line(meter: number): unknown;
  month(meter: number): unknown;
  /** Of all meters. */
  yearByDay(from: number): unknown;
  /** Of all meters, by thirty days: it has no months. */
  yearsByMonth(from: number): unknown;
  end(): Promise<void>;
}

export const POINTS = 1_000;
const STRETCH_MS = (2 * DAY_MS) / POINTS;
/** The meters that are asked for one by one. In its table a meter lies by itself, so that the others would change nothing. */
export const IN_PLAIN_SQL: readonly number[] = [3, 7, 11, 15];
/** Lines a request, and requests under way. */
const LINES = 20_000;
const UNDER_WAY = 3;
const THREAD = "peers of the query bench";

/** Plain SQL holds the raw rows of a few meters. InfluxDB, where it is installed, all readings, and the quarters of ten years. */
const peers = (): Promise<string> =>
  cached(hasInflux() ? "peers" : "peers-without-influxdb", ["bench/query-peers.ts", ...SOURCES], fill);

/** As `peers`, in a thread of its own. */
export function makePeers(): Promise<string> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(__filename, { workerData: THREAD });
    thread.once("message", resolve).once("error", reject);
  });
}

if (!isMainThread && workerData === THREAD) void peers().then((folder) => parentPort?.postMessage(folder));

/** Tables of raw rows in SQLite: each query makes the answer that the store makes. */
export function openPlainSql(folder: string): PlainSql {
  const db = new Database(join(folder, "raw.db"), { readonly: true });
  const from = END - DAY_MS;
  const day = `FROM reading WHERE meter = ? AND at >= ${from} AND at < ${END} GROUP BY (at - ${from}) / ${STRETCH_MS}`;
  const line = db.prepare<[number, number], { at: number; powerW: number }>(
    `SELECT at, min(powerW) AS powerW ${day} UNION ALL SELECT at, max(powerW) AS powerW ${day} ORDER BY at`,
  );
  const month = db.prepare<[number], object>(
    `SELECT at / ${QUARTER_MS} * ${QUARTER_MS} AS start, max(importWh) - min(importWh), avg(powerW), min(powerW), max(powerW), count(*)
     FROM reading WHERE meter = ? AND at >= ${SECONDS_FROM} AND at < ${END} GROUP BY start`,
  );
  return {
    line: (meter) => line.all(meter, meter),
    month: (meter) => month.all(meter),
    close: () => db.close(),
  };
}

/** InfluxDB on the data that was loaded. It answers what the store answers, each from the smallest data that holds it. */
export async function openInfluxPeer(folder: string): Promise<InfluxPeer> {
  const influx = await startInflux(join(folder, "influx"));
  const sums = "sum(importWh) AS importWh, mean(meanW) AS meanW, min(minW) AS minW, max(maxW) AS maxW";
  const within = (from: number): string => `time >= ${from}ms AND time < ${END}ms`;
  return {
    line: (meter) =>
      influx.query(
        `SELECT min(powerW), max(powerW) FROM reading WHERE meter = '${keyOf(meter)}' AND ${within(END - DAY_MS)}
         GROUP BY time(${STRETCH_MS}ms)`,
      ),
    month: (meter) =>
      influx.query(
        `SELECT importWh, meanW, minW, maxW FROM long.quarter WHERE meter = '${keyOf(meter)}' AND ${within(SECONDS_FROM)}`,
      ),
    yearByDay: (from) =>
      influx.query(
        `SELECT ${sums} FROM long.quarter WHERE ${within(from)} GROUP BY time(1d), meter TZ('Europe/Madrid')`,
      ),
    yearsByMonth: (from) =>
      influx.query(`SELECT ${sums} FROM long.quarter WHERE ${within(from)} GROUP BY time(30d), meter`),
    end: () => influx.end(),
  };
}

async function fill(folder: string): Promise<void> {
  const db = new Database(join(folder, "raw.db"));
  db.pragma("synchronous = OFF");
  db.exec(
    "CREATE TABLE reading (meter INTEGER, at INTEGER, powerW REAL, importWh REAL, PRIMARY KEY (meter, at)) WITHOUT ROWID",
  );
  const insert = db.prepare("INSERT INTO reading VALUES (?, ?, ?, ?)");
  const keep = db.transaction((meter: number, said: readonly GeneratedReading[]) => {
    for (const { at, powerW, importWh } of said) insert.run(meter, at, powerW, importWh);
  });
  const influx = hasInflux() ? await startInflux(join(folder, "influx")) : undefined;
  try {
    if (influx)
      await influx.query("CREATE RETENTION POLICY long ON bench DURATION INF REPLICATION 1 SHARD DURATION 520w");
    for (let meter = 0; meter < METERS; meter += 1) {
      const sent = influx && makeSender(influx);
      await sent?.add("long", historyOf(meter));
      for (const said of hoursOf(meter)) {
        if (IN_PLAIN_SQL.includes(meter)) keep(meter, said);
        if (!sent) continue;
        await sent.add(
          "autogen",
          said.map((reading) => readingLine(meter, reading)),
        );
        await sent.add(
          "long",
          quartersOf(said).map(([start, quarter]) => quarterLine(meter, start, quarter)),
        );
      }
      await sent?.end();
    }
  } finally {
    await influx?.end();
    db.close();
  }
}

const readingLine = (meter: number, { at, powerW, importWh }: GeneratedReading): string =>
  `reading,meter=${keyOf(meter)} powerW=${powerW},importWh=${importWh} ${at}`;

const quarterLine = (meter: number, start: number, { importWh, minW, maxW }: MadeUp): string =>
  `quarter,meter=${keyOf(meter)} importWh=${importWh},meanW=${4 * importWh},minW=${minW},maxW=${maxW} ${start}`;

function* historyOf(meter: number): Generator<string> {
  for (let start = TEN_YEARS_FROM; start < SECONDS_FROM; start += QUARTER_MS)
    yield quarterLine(meter, start, madeUp(meter, start));
}

function quartersOf(said: readonly GeneratedReading[]): [number, MadeUp][] {
  return [...Map.groupBy(said, ({ at }) => at - (at % QUARTER_MS))].map(([start, within]) => {
    const powers = within.map(({ powerW }) => powerW);
    const importWh = (within.at(-1)?.importWh ?? 0) - (within[0]?.importWh ?? 0);
    return [start, { importWh, minW: Math.min(...powers), maxW: Math.max(...powers) }];
  });
}

/** Sends lines in requests of a good size, a few at a time. */
function makeSender(influx: Influx) {
  const waiting = new Map<string, string[]>();
  const underWay: Promise<void>[] = [];
  const send = async (policy: string, lines: readonly string[]): Promise<void> => {
    underWay.push(influx.write(lines.join("\n"), policy));
    if (underWay.length > UNDER_WAY) await underWay.shift();
  };
  return {
    add: async (policy: string, lines: Iterable<string>): Promise<void> => {
      const held = waiting.get(policy) ?? [];
      waiting.set(policy, held);
      for (const line of lines) {
        held.push(line);
        if (held.length === LINES) await send(policy, held.splice(0));
      }
    },
    end: async (): Promise<void> => {
      for (const [policy, lines] of waiting) await send(policy, lines);
      await Promise.all(underWay);
    },
  };
}
