import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import type { SeriesDoc, SimpleReadingDoc, StateDoc } from "../../lib/api/types";
import type { CorpusEntry } from "./corpus";
import { ask } from "./http";
import { startMosquitto } from "./mosquitto";
import { startNodeRedProcess } from "./node-red-process";
import { storedReadings, type StoredReading } from "./stored-readings";
import { until } from "./until";

export const ZONE = "Europe/Madrid";
/** Every entry has a meter of its own. */
export const meterOf = ({ id }: CorpusEntry): string => `corpus-${id}`;

/** What a site knows of the corpus after all of it came. */
export interface CorpusRun {
  /** When it came, epoch ms. */
  readonly from: number;
  readonly to: number;
  /** `GET /api/energy`. */
  readonly energy: readonly SimpleReadingDoc[];
  /** `GET /api/v1/state`. */
  readonly state: StateDoc;
  /** `GET /api/v1/readings` of the instant of each of `energy`, by its id. */
  readonly lines: ReadonlyMap<string, readonly number[]>;
  /** The site's file once Node-RED had ended. */
  readonly stored: readonly StoredReading[];
  /** Second outputs: entry and reason. */
  readonly refused: ReadonlyMap<string, string>;
}

/** The last message by each way: what came before it has been dealt with once it can be read. */
const LAST = { mqtt: "last-mqtt", input: "last-input" };

/** Sends all entries to a real Node-RED, by a real Mosquitto or into the node's input, and reads back what it made of them. */
export async function runCorpus(mosquitto: string, entries: readonly CorpusEntry[]): Promise<CorpusRun> {
  const userDir = mkdtempSync(join(tmpdir(), "vatio-corpus-"));
  onTestFinished(() => rmSync(userDir, { recursive: true, force: true }));
  const refusals = join(userDir, "refused.jsonl");
  const { url, client } = await startMosquitto(mosquitto);
  const running = await startNodeRedProcess(userDir, makeFlow(url, entries, refusals));
  const port = Number(new URL(running.url).port);
  const get = async <T>(path: string): Promise<T> => {
    const answer = await ask(port, path);
    expect(answer.status, `${path}: ${answer.text}`).toBe(200);
    return answer.json<T>();
  };
  const heard = async (meter: string, kw: number): Promise<boolean> => {
    const powers = await get<SimpleReadingDoc[]>("/api/energy?limit=1000");
    return powers.some((power) => power.meter === meter && power.consumption === kw);
  };

  await until("the subscriptions", async () => {
    await client.publishAsync(LAST.mqtt, "1", { qos: 1 });
    return heard(LAST.mqtt, 1);
  });
  const from = Date.now();
  for (const entry of entries.filter(comesByMqtt)) {
    await client.publishAsync(topicOf(entry), entry.payload, { qos: 1 });
  }
  await client.publishAsync(LAST.mqtt, "2", { qos: 1 });
  for (const { id, payload } of entries.filter((entry) => !comesByMqtt(entry))) await post(port, id, payload);
  await post(port, LAST.input, "2");
  await until("all of it", async () => (await heard(LAST.mqtt, 2)) && (await heard(LAST.input, 2)));
  const to = Date.now();

  const ours = new Set(Object.values(LAST));
  const energy = (await get<SimpleReadingDoc[]>("/api/energy?limit=1000")).filter(({ meter }) => !ours.has(meter));
  const state = await get<StateDoc>("/api/v1/state");
  const lines = new Map<string, readonly number[]>();
  for (const { id, meter, timestamp } of energy) {
    const at = Date.parse(timestamp);
    const span = `from=${new Date(at).toISOString()}&to=${new Date(at + 1).toISOString()}`;
    const { series } = await get<SeriesDoc>(`/api/v1/readings?${span}&meters=${encodeURIComponent(meter)}`);
    lines.set(
      id,
      series.flatMap(({ kw }) => kw),
    );
  }
  expect(await running.stop(), running.log()).toBe(0);
  const stored = storedReadings(join(userDir, "vatio", "home.db")).filter(({ meter }) => !ours.has(meter));
  return { from, to, energy, state, lines, stored, refused: readRefused(refusals) };
}

const comesByMqtt = ({ transport }: CorpusEntry): boolean => transport === "mqtt";

/** As it came, below a level of its own: people prefix topics, and one broker serves many houses. */
function topicOf({ id, topic }: CorpusEntry): string {
  return `corpus/${id}/${topic.replace(/<[^>]+>/g, "device1") || "telegram"}`;
}

/** An answer as an `http in` hears it: parsed where it is JSON. */
async function post(port: number, id: string, payload: string): Promise<void> {
  const type = /^\s*[[{]/.test(payload) ? "application/json" : "text/plain";
  const { status } = await ask(port, `/corpus/${id}`, { headers: { "Content-Type": type }, body: payload });
  expect(status, `POST of ${id}`).toBe(200);
}

function makeFlow(url: string, entries: readonly CorpusEntry[], refusals: string): object[] {
  const inTab = { z: "tab" };
  const meter = (id: string, meterKey: string, topic: string) => ({
    ...inTab,
    id: `meter-${id}`,
    type: "meter-in",
    site: "site",
    broker: "broker",
    topic,
    meter: meterKey,
    profile: "auto",
    wires: [["store"], [`refused-${id}`]],
  });
  const refused = (id: string) => ({
    ...inTab,
    id: `refused-${id}`,
    type: "change",
    rules: [{ t: "set", p: "payload", pt: "msg", to: `{"id": "${id}", "reason": reason}`, tot: "jsonata" }],
    wires: [["refusals"]],
  });
  const way = (id: string) => ({
    ...inTab,
    id: `in-${id}`,
    type: "http in",
    url: `/corpus/${id}`,
    method: "post",
    wires: [[`meter-${id}`, "answer"]],
  });
  return [
    { id: "tab", type: "tab", label: "corpus" },
    { id: "site", type: "energy-site", name: "Corpus", zone: ZONE },
    { id: "broker", type: "energy-broker", url, persistent: true },
    { ...inTab, id: "store", type: "energy-store", site: "site", wires: [[]] },
    { ...inTab, id: "api", type: "energy-api", site: "site", readsPerMinute: "6000", wires: [[]] },
    { ...inTab, id: "answer", type: "http response", wires: [] },
    {
      ...inTab,
      id: "refusals",
      type: "file",
      filename: refusals,
      filenameType: "str",
      appendNewline: true,
      overwriteFile: "false",
      wires: [[]],
    },
    ...entries.flatMap((entry) => {
      const own = [
        meter(entry.id, meterOf(entry), comesByMqtt(entry) ? `corpus/${entry.id}/#` : ""),
        refused(entry.id),
      ];
      return comesByMqtt(entry) ? own : [...own, way(entry.id)];
    }),
    meter(LAST.mqtt, LAST.mqtt, LAST.mqtt),
    refused(LAST.mqtt),
    meter(LAST.input, LAST.input, ""),
    refused(LAST.input),
    way(LAST.input),
  ];
}

function readRefused(file: string): ReadonlyMap<string, string> {
  if (!existsSync(file)) return new Map();
  const lines = readFileSync(file, "utf8").trim().split("\n");
  return new Map(
    lines.map((line) => {
      const { id, reason } = JSON.parse(line) as { id: string; reason: string };
      return [id, reason] as const;
    }),
  );
}
