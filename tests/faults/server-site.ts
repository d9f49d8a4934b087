import type { MqttClient } from "mqtt";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { ServerSettings } from "../../lib/storage/server";
import { startNodeRedProcess, type NodeRedProcess } from "../support/node-red-process";
import { until } from "../support/until";

const TOPIC = "energy/consumption";
/** No home has more than some kilowatts. */
const MOST_W = 10_000;

/** A site whose data is in a server, as its users have it: Node-RED in a process of its own, and a broker that keeps what it missed. */
export interface ServerSite {
  /** Starts Node-RED; anew when it was killed. */
  start(): Promise<NodeRedProcess>;
  /** Resolves when the broker knows the session and a first reading, which is none of those told of below, was stored. */
  ready(): Promise<void>;
  /** Publishes the next messages, one reading each; resolves when the broker has them. */
  say(count: number): Promise<void>;
  /** How many were published. */
  said(): number;
  /** How many are stored. */
  count(): Promise<number>;
  /** Which are stored, as often as they are, in order; a reading whose value is not what was said is -1. */
  stored(): Promise<number[]>;
}

type Ask = (sql: string) => Promise<unknown[]>;

export function makeServerSite(url: string, client: MqttClient, settings: ServerSettings, ask: Ask): ServerSite {
  const userDir = mkdtempSync(join(tmpdir(), "vatio-server-site-"));
  onTestFinished(() => rmSync(userDir, { recursive: true, force: true }));
  const flow = [
    { id: "tab", type: "tab", label: "faults" },
    {
      id: "site",
      type: "energy-site",
      database: settings.kind,
      databaseHost: settings.host,
      databasePort: String(settings.port),
      databaseName: settings.database,
      databaseUser: settings.user,
      databaseTls: "off",
    },
    { id: "broker", type: "energy-broker", url, persistent: true },
    { id: "meter", z: "tab", type: "meter-in", site: "site", broker: "broker", topic: TOPIC, wires: [["store"], []] },
    { id: "store", z: "tab", type: "energy-store", site: "site", wires: [[]] },
  ];
  // What is younger than an hour is not sealed: it is looked at as it was written.
  const start = Date.now();
  let said = 0;
  const publish = (power: number, time: number): Promise<unknown> =>
    client.publishAsync(TOPIC, JSON.stringify({ power, time }), { qos: 1 });
  const next = (): Promise<unknown> => {
    const index = (said += 1) - 1;
    return publish(index % MOST_W, start + index);
  };
  return {
    start: () => startNodeRedProcess(userDir, flow, { credentials: { site: { databasePassword: "" } } }),
    ready: () =>
      until("a first reading", async () => {
        await publish(0, start - 1);
        return (await ask("select at from reading").catch(() => [])).length > 0;
      }),
    say: async (count) => void (await Promise.all(Array.from({ length: count }, next))),
    said: () => said,
    count: async () => {
      const [row] = (await ask(`select count(*) as count from reading where at >= ${start}`)) as { count: string }[];
      return Number(row?.count);
    },
    stored: async () => {
      const rows = (await ask(`select * from reading where at >= ${start}`)) as { at: string; powerW: number }[];
      return rows
        .map(({ at, powerW }) => {
          const index = Number(at) - start;
          return powerW === index % MOST_W ? index : -1;
        })
        .sort((a, b) => a - b);
    },
  };
}
