import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, rmSync, statSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";

const PROGRAM = "victoria-metrics";
const START_MS = 20_000;
const MERGE_MS = 60_000;
const POLL_MS = 50;

/** A series as it is imported: epoch ms and values, as many of each. */
export interface Series {
  readonly name: string;
  readonly meter: string;
  readonly timestamps: readonly number[];
  readonly values: readonly number[];
}

/** VictoriaMetrics on a fresh directory, until `close`. */
export interface Victoria {
  /** Where its HTTP is. */
  readonly url: string;
  readonly importSeries: (series: Iterable<Series>) => Promise<void>;
  /** How many samples of `name` a query finds. */
  readonly count: (name: string) => Promise<number>;
  /** All samples are merged as far as they are ever merged. */
  readonly settle: () => Promise<void>;
  /** Stops it, and gives the bytes of its samples and its index on disk: its caches and locks are not counted. */
  readonly close: () => Promise<number>;
}

export function hasVictoria(): boolean {
  return spawnSync(PROGRAM, ["-version"], { stdio: "ignore" }).error === undefined;
}

/** Starts it on a free port of this machine, keeping `directory` for itself. Rejects when it does not answer. */
export async function openVictoria(directory: string): Promise<Victoria> {
  rmSync(directory, { recursive: true, force: true });
  const address = `127.0.0.1:${await freePort()}`;
  const url = `http://${address}`;
  const child = spawn(
    PROGRAM,
    [
      `-storageDataPath=${directory}`,
      `-httpListenAddr=${address}`,
      "-retentionPeriod=100y",
      "-search.maxPointsPerTimeseries=10000000",
      "-loggerLevel=ERROR",
    ],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  const exit = once(child, "exit");
  const ask = async (path: string, body?: string): Promise<string> => {
    const answer = await fetch(`${url}${path}`, body === undefined ? {} : { method: "POST", body });
    if (!answer.ok) throw new Error(`${PROGRAM} answers ${answer.status} to ${path}: ${await answer.text()}`);
    return answer.text();
  };
  const close = async (): Promise<number> => {
    if (child.exitCode === null) child.kill("SIGINT");
    await exit;
    return bytesUnder(join(directory, "data")) + bytesUnder(join(directory, "indexdb"));
  };

  try {
    await until(START_MS, `${PROGRAM} does not answer`, () =>
      ask("/health").then(
        () => true,
        () => child.exitCode !== null && fail(`${PROGRAM} ended`),
      ),
    );
  } catch (error) {
    await close();
    throw error;
  }
  return {
    url,
    importSeries: async (series) => {
      for (const { name, meter, timestamps, values } of series) {
        await ask("/api/v1/import", JSON.stringify({ metric: { __name__: name, meter }, values, timestamps }));
      }
      await ask("/internal/force_flush");
    },
    count: async (name) => {
      const lines = (await ask(`/api/v1/export?match[]=${name}&start=0`)).split("\n").filter((line) => line !== "");
      return lines.reduce((sum, line) => sum + (JSON.parse(line) as { values: unknown[] }).values.length, 0);
    },
    settle: async () => {
      await ask("/internal/force_flush");
      await ask("/internal/force_merge");
      await until(MERGE_MS, `${PROGRAM} does not end its merges`, async () =>
        /^vm_active_force_merges 0$/m.test(await ask("/metrics")),
      );
    },
    close,
  };
}

function bytesUnder(directory: string): number {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function until(limitMs: number, otherwise: string, done: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + limitMs; !(await done());) {
    if (performance.now() > end) throw new Error(otherwise);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function fail(sentence: string): never {
  throw new Error(sentence);
}
