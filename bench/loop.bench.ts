import Database from "better-sqlite3";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { unitsIn } from "../lib/energy/calendar";
import { QUARTER_MS } from "../lib/energy/quarters";
import { openEngine } from "../lib/storage/engine";
import { openSqlite } from "../lib/storage/sqlite";
import { atLeast, atMost, type Figure } from "./figure";
import { startMosquitto, startNodeRed, until, type Running } from "./processes";

const METERS = 1_000;
const PER_SECOND = 2_000;
/** Meters that have a year of history. */
const OLD_METERS = 20;
const ZONE = "Europe/Madrid";
const [SECOND_MS, MINUTE_MS, HOUR_MS, DAY_MS] = [1_000, 60_000, 3_600_000, 86_400_000];
const PATIENCE_MS = 60_000;
/** How long all is done at once, the next but one minute's backup included; how long until memory counts, and for how long it is looked at. */
const BUSY_MS = 2 * MINUTE_MS;
const MEMORY_AFTER_MS = 5 * MINUTE_MS;
const MEMORY_FOR_MS = 30 * SECOND_MS;
const LOOK_EVERY_MS = 2 * SECOND_MS;
const WARM_UP_MS = 15 * MINUTE_MS;
/** A query is asked so long after the answer to the one before it. */
const QUERY_PAUSE_MS = 200;

interface Probed {
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly rssMb: number;
}

/**
 * A real Node-RED that takes 2,000 MQTT messages a second of 1,000 meters, and is asked for a year, makes a backup and seals a
 * day at the same time: how late its event loop is, and how much more memory it has than a Node-RED alone after five minutes.
 * With `--long`: an hour of it, and how its memory grows.
 */
export default async function loop(): Promise<Figure[]> {
  const isLong = process.argv.includes("--long");
  const running: { end(): unknown }[] = [];
  const ended = <One extends { end(): unknown }>(one: One): One => {
    running.unshift(one);
    return one;
  };
  try {
    const broker = ended(await startMosquitto());
    const bare = ended(await startNodeRed([{ id: "tab", type: "tab", label: "bare" }], { isBare: true, probe: PROBE }));
    const backupAt = new Date(Date.now() + 2 * MINUTE_MS);
    backupAt.setSeconds(0, 0);
    const nodeRed = ended(await startNodeRed(flowOf(broker.port, backupAt), { probe: PROBE, prepare }));
    const startedAt = performance.now();
    const since = (): number => performance.now() - startedAt;
    const lasts = isLong ? HOUR_MS : MEMORY_AFTER_MS + MEMORY_FOR_MS;
    const publisher = publish(broker.port, (lasts / SECOND_MS) * PER_SECOND);
    ended({ end: () => publisher.kill() });

    const firstMinute = Math.floor(Date.now() / MINUTE_MS) - 1;
    const kept = (): number => count(nodeRed, `SELECT count(*) FROM reading WHERE minute >= ${firstMinute}`);
    await until("all meters", () => Promise.resolve(kept() >= METERS), PATIENCE_MS);
    await Promise.all([probe(nodeRed), probe(bare)]);
    const asking = new AbortController();
    const asked = askOnAndOn(nodeRed, asking.signal);
    await Promise.race([pause(BUSY_MS), asked]);
    const backups = await until("a backup", () => Promise.resolve(isBackedUp(nodeRed)), PATIENCE_MS).then(
      () => 1,
      () => 0,
    );
    const [busy, idle] = await Promise.all([probe(nodeRed), probe(bare)]);
    asking.abort();
    const { queryMs, unanswered } = await asked;
    const sealed = count(nodeRed, "SELECT count(DISTINCT meter) FROM chunk");
    const rate = kept() / (since() / SECOND_MS);

    const ours: Sample[] = [];
    const theirs: number[] = [];
    await pause((isLong ? WARM_UP_MS : MEMORY_AFTER_MS) - since());
    while (since() < lasts) {
      const { rssMb } = await probe(nodeRed);
      ours.push({ hours: since() / HOUR_MS, rssMb });
      theirs.push((await probe(bare)).rssMb);
      await pause(LOOK_EVERY_MS);
    }
    const more = median(ours.map(({ rssMb }) => rssMb)) - median(theirs);
    console.error(
      `With everything at once: ${Math.round(rate)} messages/s kept, ${queryMs.length} years asked for, ` +
        `each answered in ${Math.round(median(queryMs))} ms. Bare Node-RED meanwhile: p99 ${round(idle.p99Ms)} ms, longest ${round(idle.maxMs)} ms, ${Math.round(median(theirs))} MB.`,
    );
    return [
      atLeast("messages kept meanwhile", Math.round(rate), "messages/s", 0.95 * PER_SECOND),
      atLeast("meters' days sealed meanwhile", sealed, "days", 1),
      atLeast("backups made meanwhile", backups, "backups", 1),
      atMost("years not answered within 30 s", unanswered, "queries", 0),
      atMost("event loop behind, p99, with everything at once", round(busy.p99Ms), "ms", 10),
      atMost("event loop behind, longest, with everything at once", round(busy.maxMs), "ms", 50),
      atMost(`memory above bare Node-RED, ${METERS} meters`, round(more), "MB", 60),
      ...(isLong ? [atMost("memory grows after its warm-up", round(slope(ours)), "MB/h", 1)] : []),
    ];
  } finally {
    for (const one of running) await one.end();
  }
}

const PROBE = "bench/loop-probe.cjs";

function flowOf(port: number, backupAt: Date): object[] {
  const time = backupAt.toLocaleTimeString("en-GB", { timeZone: ZONE, hour: "2-digit", minute: "2-digit" });
  return [
    { id: "tab", type: "tab", label: "loop" },
    { id: "site", type: "energy-site", name: "bench", zone: ZONE, backup: "daily", backupAt: time },
    { id: "broker", type: "energy-broker", url: `mqtt://127.0.0.1:${port}`, persistent: true },
    { id: "in", z: "tab", type: "meter-in", site: "site", broker: "broker", topic: "bench/#", wires: [["store"], []] },
    { id: "store", z: "tab", type: "energy-store", site: "site", wires: [[]] },
    { id: "api", z: "tab", type: "energy-api", site: "site", readsPerMinute: "100000", wires: [[]] },
  ];
}

/** A year of quarters and days of some meters, and a day of each that is yet to be sealed. */
async function prepare(folder: string): Promise<void> {
  mkdirSync(join(folder, "vatio"), { recursive: true });
  const file = fileOf(folder);
  const engine = await openEngine(openSqlite(file, "crash"), { zone: ZONE, maxPowerW: 100_000 });
  for (let meter = 0; meter < METERS; meter += 1)
    await engine.putMeter({ key: `${meter}`, role: meter === 0 ? "grid" : "load", gapLimitMs: 300_000 });
  await engine.close();

  const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  const [yesterday, lastYear] = [today - DAY_MS, today - 365 * DAY_MS];
  const db = new Database(file);
  db.transaction(() => {
    db.prepare(
      `WITH RECURSIVE minutes (at) AS (SELECT ? UNION ALL SELECT at + ${MINUTE_MS} FROM minutes WHERE at + ${MINUTE_MS} < ?)
       INSERT INTO reading (minute, meter, at, powerW, imported)
       SELECT at / ${MINUTE_MS}, id, at, (at / ${MINUTE_MS} * 7 + id * 13) % 9000 / 10.0, 0 FROM minutes CROSS JOIN meter`,
    ).run(yesterday, today);
    db.prepare("UPDATE meter SET firstAt = ?, says = 1").run(yesterday);
    db.prepare(
      `WITH RECURSIVE quarters (start) AS (SELECT ? UNION ALL SELECT start + ${QUARTER_MS} FROM quarters WHERE start + ${QUARTER_MS} < ?)
       INSERT INTO quarter (meter, start, importWh, exportWh, volumeM3, powerMs, powerWms, minW, maxW, measuredMs, estimatedMs)
       SELECT m.id, q.start, 50 + (q.start / ${QUARTER_MS} + 7 * m.id) % 211, 0, 0, ${QUARTER_MS}, ${QUARTER_MS} * 200.0, 20, 900, ${QUARTER_MS}, 0
       FROM meter m CROSS JOIN quarters q WHERE m.id <= ${OLD_METERS}`,
    ).run(lastYear, yesterday);
    const sumUp = db.prepare(
      `INSERT INTO day (meter, start, "end", zone, importWh, exportWh, volumeM3, powerMs, powerWms, minW, maxW, measuredMs, estimatedMs)
       SELECT meter, @from, @to, '${ZONE}', sum(importWh), sum(exportWh), sum(volumeM3), sum(powerMs), sum(powerWms), min(minW), max(maxW),
         sum(measuredMs), sum(estimatedMs)
       FROM quarter WHERE start >= @from AND start < @to GROUP BY meter`,
    );
    for (const day of unitsIn("day", lastYear, yesterday, ZONE)) sumUp.run(day);
  })();
  db.pragma("wal_checkpoint(TRUNCATE)");
  db.close();
}

const fileOf = (folder: string): string => join(folder, "vatio", "home.db");

function count({ folder }: Running, sql: string): number {
  const db = new Database(fileOf(folder), { readonly: true });
  try {
    return db.prepare<[], number>(sql).pluck().get() ?? 0;
  } finally {
    db.close();
  }
}

function isBackedUp({ folder }: Running): boolean {
  const backups = join(folder, "vatio", "backups");
  return existsSync(backups) && readdirSync(backups).some((name) => name.endsWith(".db"));
}

interface Asked {
  readonly queryMs: readonly number[];
  /** How many were refused, for want of time. */
  readonly unanswered: number;
}

/** A year of the site by months and a year of one meter's power, over and over. */
async function askOnAndOn({ port }: Running, stop: AbortSignal): Promise<Asked> {
  const to = new Date();
  const span = `from=${new Date(to.getTime() - 365 * DAY_MS).toISOString()}&to=${to.toISOString()}`;
  const queryMs: number[] = [];
  let unanswered = 0;
  while (!stop.aborted) {
    const isBalance = queryMs.length % 2 === 0;
    const what = isBalance ? "balance?interval=month" : `readings?meters=${queryMs.length % OLD_METERS}`;
    const started = performance.now();
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/${what}&${span}`);
    const body = await answer.text();
    if (answer.status === 503) unanswered += 1;
    else if (!answer.ok) throw new Error(`${what}: ${body}`);
    queryMs.push(performance.now() - started);
    await pause(QUERY_PAUSE_MS);
  }
  return { queryMs, unanswered };
}

/** Since it was asked before. */
async function probe({ process }: Running): Promise<Probed> {
  process.send("how");
  const [probed] = (await once(process, "message")) as [Probed];
  return probed;
}

function publish(port: number, messages: number): ChildProcess {
  const given = [port, messages, METERS, PER_SECOND].map(String);
  return spawn(process.execPath, ["bench/publisher.mjs", ...given], { stdio: ["ignore", "inherit", "inherit"] });
}

interface Sample {
  readonly hours: number;
  readonly rssMb: number;
}

/** Of the straight line that fits best. */
function slope(samples: readonly Sample[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(samples.map(({ hours }) => hours)), mean(samples.map(({ rssMb }) => rssMb))];
  const along = samples.reduce((sum, { hours, rssMb }) => sum + (hours - x) * (rssMb - y), 0);
  return along / samples.reduce((sum, { hours }) => sum + (hours - x) ** 2, 0);
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
const round = (value: number): number => Math.round(100 * value) / 100;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
