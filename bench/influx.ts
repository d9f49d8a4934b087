import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { freePort, until } from "./processes";

const PROGRAM = "influxd";
const DATABASE = "bench";

/** What InfluxDB answers of one series: rows in the order of `columns`, times in epoch ms. */
export interface InfluxSeries {
  readonly name: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly columns: readonly string[];
  readonly values: readonly (readonly (number | string | null)[])[];
}

/** InfluxDB 1.x, until `end`. Its answers reject with what it says. */
export interface Influx {
  readonly url: string;
  readonly pid: number;
  /** Line protocol with times in epoch ms; up to some megabytes at once, of a retention policy. Kept when it resolves. */
  write(lines: string, policy?: string): Promise<void>;
  /** One InfluxQL statement. */
  query(statement: string): Promise<readonly InfluxSeries[]>;
  /** Stops it; its folder stays. */
  end(): Promise<void>;
}

/** Whether the Debian package `influxdb` is installed. */
export function hasInflux(): boolean {
  return spawnSync(PROGRAM, ["version"], { stdio: "ignore" }).error === undefined;
}

/** Starts it on free ports of this machine, on what `folder` holds from before, or with a new database. */
export async function startInflux(folder: string): Promise<Influx> {
  mkdirSync(folder, { recursive: true });
  const [port, backupPort] = [await freePort(), await freePort()];
  const config = join(folder, "influxdb.conf");
  const place = (name: string): string => JSON.stringify(resolve(folder, name));
  writeFileSync(
    config,
    `reporting-enabled = false
bind-address = "127.0.0.1:${backupPort}"
[meta]
dir = ${place("meta")}
logging-enabled = false
[data]
dir = ${place("data")}
wal-dir = ${place("wal")}
index-version = "tsi1"
query-log-enabled = false
[monitor]
store-enabled = false
[http]
bind-address = "127.0.0.1:${port}"
log-enabled = false
[logging]
level = "error"
suppress-logo = true
`,
  );
  const child = spawn(PROGRAM, ["-config", config], { stdio: ["ignore", "ignore", "inherit"] });
  const exit = once(child, "exit");
  const url = `http://127.0.0.1:${port}`;
  const end = async (): Promise<void> => {
    if (child.exitCode === null) child.kill("SIGTERM");
    await exit;
  };
  const demand = async (answer: Response): Promise<Response> => {
    if (!answer.ok) throw new Error(`${PROGRAM} answers ${answer.status}: ${await answer.text()}`);
    return answer;
  };
  const query = async (statement: string): Promise<readonly InfluxSeries[]> => {
    const body = new URLSearchParams({ q: statement, db: DATABASE, epoch: "ms" });
    const answer = await demand(await fetch(`${url}/query`, { method: "POST", body }));
    const { results } = (await answer.json()) as { results: { series?: InfluxSeries[]; error?: string }[] };
    const [result] = results;
    if (result?.error !== undefined) throw new Error(`${PROGRAM} answers ${result.error} to ${statement}`);
    return result?.series ?? [];
  };

  try {
    await until(PROGRAM, async () => {
      if (child.exitCode !== null) throw new Error(`${PROGRAM} ended`);
      const answer = await fetch(`${url}/ping`).catch(() => undefined);
      return answer?.ok ?? false;
    });
    await query(`CREATE DATABASE ${DATABASE}`);
  } catch (error) {
    await end();
    throw error;
  }
  return {
    url,
    pid: child.pid ?? NaN,
    write: async (lines, policy = "autogen") => {
      const address = `${url}/write?db=${DATABASE}&rp=${policy}&precision=ms`;
      await demand(await fetch(address, { method: "POST", body: lines }));
    },
    query,
    end,
  };
}
