import Database from "better-sqlite3";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { atLeast, atMost, type Figure } from "./figure";
import { startMosquitto, startNodeRed, until, type Running } from "./processes";

const MESSAGES = 600_000;
const PATIENCE_MS = 180_000;
const FEW = 20;
const MANY = 1_000;

interface Run {
  readonly rate: number;
  readonly lost: number;
  readonly doubled: number;
}

/** A minute of MQTT QoS 1 through `meter-in` and `energy-store` in a real Node-RED, from the first message published to the last one committed. */
export default async function ingest(): Promise<Figure[]> {
  const one = await run({ connections: 1, meters: FEW, durability: "crash" });
  const four = await run({ connections: 4, meters: FEW, durability: "crash" });
  const many = await run({ connections: 4, meters: MANY, durability: "crash" });
  const power = await run({ connections: 4, meters: FEW, durability: "power" });
  const runs = [one, four, many, power];
  const rate = (name: string, { rate }: Run, bound: number): Figure =>
    atLeast(`ingest ${name}`, Math.round(rate), "messages/s", Math.round(bound));
  const sum = (of: (run: Run) => number): number => runs.reduce((total, one) => total + of(one), 0);
  return [
    {
      ...rate("on one connection", one, 5_000),
      peer: null,
      withoutPeer: "node-red-node-sqlite has no ready-made binary here",
    },
    rate("on four connections", four, 10_000),
    rate(`on four connections, ${MANY} meters`, many, 0.8 * four.rate),
    rate("on four connections, survives power loss", power, 0),
    atMost(
      "ingest lost",
      sum(({ lost }) => lost),
      "messages",
      0,
    ),
    atMost(
      "ingest doubled",
      sum(({ doubled }) => doubled),
      "messages",
      0,
    ),
  ];
}

interface Setting {
  readonly connections: number;
  readonly meters: number;
  readonly durability: "crash" | "power";
}

async function run({ connections, meters, durability }: Setting): Promise<Run> {
  const broker = await startMosquitto();
  const flow = [
    { id: "tab", type: "tab", label: "ingest" },
    { id: "site", type: "energy-site", name: "bench", durability },
    {
      id: "broker",
      type: "energy-broker",
      url: `mqtt://127.0.0.1:${broker.port}`,
      connections: String(connections),
      persistent: true,
    },
    { id: "in", z: "tab", type: "meter-in", site: "site", broker: "broker", topic: "bench/#", wires: [["store"], []] },
    { id: "store", z: "tab", type: "energy-store", site: "site", wires: [[]] },
  ];
  const nodeRed = await startNodeRed(flow);
  try {
    return await measure(broker, nodeRed, meters);
  } finally {
    await nodeRed.end();
    await broker.end();
  }
}

async function measure(broker: Running, nodeRed: Running, meters: number): Promise<Run> {
  const file = join(nodeRed.folder, "vatio", "home.db");
  const stored = async (readings: number): Promise<void> => {
    await until(
      `${readings} readings`,
      () => Promise.resolve(existsSync(file) && count(file, "*") >= readings),
      PATIENCE_MS,
    );
  };
  // Once round, so that every meter is known; what these say is said again below.
  await publish(broker.port, meters, meters);
  await stored(meters);

  const started = performance.now();
  await publish(broker.port, MESSAGES, meters);
  await stored(meters + MESSAGES).catch((error: unknown) => {
    console.error(error);
  });
  const seconds = (performance.now() - started) / 1_000;
  const [all, different] = [count(file, "*"), count(file, "DISTINCT powerW")];
  return { rate: (all - meters) / seconds, lost: MESSAGES - different, doubled: all - meters - different };
}

async function publish(port: number, messages: number, topics: number): Promise<void> {
  const child = spawn(process.execPath, ["bench/publisher.mjs", String(port), String(messages), String(topics)], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  await once(child, "exit");
}

function count(file: string, what: "*" | "DISTINCT powerW"): number {
  const db = new Database(file, { readonly: true });
  try {
    const [row] = db.prepare<[], { count: number }>(`SELECT count(${what}) AS count FROM reading`).all();
    return row?.count ?? 0;
  } catch (error) {
    if (String(error).includes("no such table")) return 0;
    throw error;
  } finally {
    db.close();
  }
}
