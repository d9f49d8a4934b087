import { createReadStream, mkdtempSync, openSync, closeSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { makeDeliveries } from "../lib/site/deliveries";
import { openSite } from "../lib/site/open-site";
import type { Site } from "../lib/site/site";
import { atLeast, type Figure } from "./figure";
import { generateMeter, type GeneratedReading } from "./generate";
import { hasInflux, startInflux } from "./influx";
import { hasVictoria, openVictoria } from "./victoria";

const METERS = 20;
const FROM = Date.parse("2025-01-15T00:00:00Z");
const SECONDS = 86_400;
const LAST_AT = FROM + (SECONDS - 1) * 1_000;
const LAST_METER = `meter-${METERS - 1}`;
const READINGS = METERS * SECONDS;
const QUARTER_MS = 900_000;
const ZONE = "Europe/Madrid";
const RUNS = 3;
const BOUND = 300_000;
/** InfluxDB's handbook recommends 5,000 to 10,000 lines a request; two requests at once leave no server waiting for the next. */
const LINES = 10_000;
const AT_ONCE = 2;
const PATIENCE_MS = 60_000;
const LOOK_EVERY_MS = 10;

/**
 * A day of twenty meters at 1 Hz, power and register, as one file of line protocol in time order: from its first byte until a query sees
 * the last row. Ours also has all energy reckoned by then. A reading is a line.
 */
export default async function measureImport(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), "vatio-import-"));
  try {
    const file = join(folder, "day.lp");
    const energyWh = writeFile(file);
    const rates = { ours: [] as number[], influx: [] as number[], victoria: [] as number[] };
    for (let run = 0; run < RUNS; run += 1) {
      rates.ours.push(await ours(file, join(folder, `ours-${run}`), energyWh));
      if (hasInflux()) rates.influx.push(await influx(file, join(folder, `influx-${run}`)));
      if (hasVictoria()) rates.victoria.push(await victoria(file, join(folder, `victoria-${run}`)));
    }
    return [
      atLeast("import", median(rates.ours), "readings/s", BOUND),
      ahead("import, beside InfluxDB", rates.ours, "InfluxDB", rates.influx, "influxd"),
      ahead("import, beside VictoriaMetrics", rates.ours, "VictoriaMetrics", rates.victoria, "victoria-metrics"),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Writes the file, and answers what all registers rise by. */
function writeFile(file: string): number {
  const meters = Array.from({ length: METERS }, (_, meter) => generateMeter(meter, FROM, LAST_AT + 1));
  const first: number[] = [];
  const last: number[] = [];
  const descriptor = openSync(file, "w");
  for (let second = 0; second < SECONDS; second += 1) {
    const lines = meters.map((meter, index) => {
      const { at, powerW, importWh } = meter.next().value as GeneratedReading;
      first[index] ??= importWh;
      last[index] = importWh;
      return `energy,meter=meter-${index} powerW=${powerW},importWh=${importWh}i ${at}000000\n`;
    });
    writeSync(descriptor, lines.join(""));
  }
  closeSync(descriptor);
  return last.reduce((sum, wh, index) => sum + wh - (first[index] ?? wh), 0);
}

/** As somebody would: the file is opened, read as guessed and imported. */
async function ours(file: string, folder: string, energyWh: number): Promise<number> {
  const site = openSite(
    {
      ...{ id: "bench", name: "Bench", kind: "home", zone: ZONE, currency: "EUR", language: "en-US", channels: [] },
      ...{ file: join(folder, "bench.db"), durability: "crash" },
    },
    {
      now: Date.now,
      onProblem: (error) => console.error(error),
      deliveries: makeDeliveries(),
    },
  );
  try {
    const started = performance.now();
    const { state } = await site.imports.open(file, "day.lp");
    await site.imports.run(state.id);
    const { error, readings } = await site.imports.finished(state.id);
    const seen = await site.store.readings({ meters: [LAST_METER], from: LAST_AT, to: LAST_AT + 1 });
    const sum = await energyOf(site);
    const rate = toRate(started);
    if (error !== undefined || readings !== READINGS || seen.length !== 1 || Math.abs(sum - energyWh) > 0.001)
      throw new Error(`${readings} readings were imported, ${sum} of ${energyWh} Wh counted: ${error ?? "no error"}`);
    return rate;
  } finally {
    await site.close();
  }
}

async function energyOf(site: Site): Promise<number> {
  const to = LAST_AT + QUARTER_MS;
  const sums = await site.store.energy({ from: FROM, to, interval: "total", zone: ZONE });
  return sums.reduce((sum, { importWh }) => sum + importWh, 0);
}

async function influx(file: string, folder: string): Promise<number> {
  const server = await startInflux(folder);
  try {
    const ask = `FROM energy WHERE meter = '${LAST_METER}'`;
    const started = performance.now();
    await post(file, `${server.url}/write?db=bench`);
    await untilSeen("InfluxDB", async () => {
      const [last] = await server.query(`SELECT last(powerW) ${ask}`);
      return last?.values[0]?.[0] === LAST_AT;
    });
    const rate = toRate(started);
    const [counted] = await server.query("SELECT count(powerW) FROM energy");
    if (counted?.values[0]?.[1] !== READINGS) throw new Error("InfluxDB does not hold all readings");
    return rate;
  } finally {
    await server.end();
  }
}

async function victoria(file: string, folder: string): Promise<number> {
  const server = await openVictoria(folder);
  try {
    const query = `${server.url}/api/v1/export?match[]=energy_powerW{meter="${LAST_METER}"}&start=${LAST_AT / 1_000}`;
    const started = performance.now();
    await post(file, `${server.url}/write`);
    await fetch(`${server.url}/internal/force_flush`);
    await untilSeen("VictoriaMetrics", async () => (await (await fetch(query)).text()).includes(`${LAST_AT}`));
    const rate = toRate(started);
    if ((await server.count("energy_powerW")) !== READINGS)
      throw new Error("VictoriaMetrics does not hold all readings");
    return rate;
  } finally {
    await server.close();
  }
}

/** The file's lines as their servers' handbooks want them: some thousands a request. */
async function post(file: string, url: string): Promise<void> {
  const underWay = new Set<Promise<void>>();
  const send = async (body: string): Promise<void> => {
    const sent = fetch(url, { method: "POST", body }).then(async (answer) => {
      if (!answer.ok) throw new Error(`${url} answers ${answer.status}: ${await answer.text()}`);
      await answer.arrayBuffer();
    });
    const done = sent.finally(() => underWay.delete(done));
    underWay.add(done);
    if (underWay.size >= AT_ONCE) await Promise.race(underWay);
  };
  let lines = "";
  let count = 0;
  for await (const piece of createReadStream(file, { encoding: "latin1", highWaterMark: 1 << 16 })) {
    const text = piece as string;
    let start = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", end + 1)) {
      if (++count < LINES) continue;
      await send(lines + text.slice(start, end + 1));
      lines = "";
      count = 0;
      start = end + 1;
    }
    lines += text.slice(start);
  }
  if (lines !== "") await send(lines);
  await Promise.all(underWay);
}

async function untilSeen(peer: string, isSeen: () => Promise<boolean>): Promise<void> {
  const limit = performance.now() + PATIENCE_MS;
  while (!(await isSeen())) {
    if (performance.now() > limit)
      throw new Error(`${peer} does not show the last row within ${PATIENCE_MS / 1_000} s`);
    await setTimeout(LOOK_EVERY_MS);
  }
}

function toRate(started: number): number {
  return Math.round((READINGS / (performance.now() - started)) * 1_000);
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

function ahead(name: string, own: readonly number[], peer: string, theirs: readonly number[], program: string): Figure {
  const value = median(own);
  if (theirs.length === 0)
    return { ...atLeast(name, value, "readings/s", 0), peer: null, withoutPeer: `${program} is not installed` };
  return {
    ...atLeast(name, value, "readings/s", median(theirs)),
    peer: { name: peer, value: median(theirs) },
  };
}
