import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { until } from "./until";

/** Node-RED in a process of its own, with the built package as users install it: it can be killed. */
export interface NodeRedProcess {
  readonly url: string;
  readonly log: () => string;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** SIGTERM, as systemd and Ctrl-C do; resolves to the exit code. */
  stop(): Promise<number | null>;
}

const repository = join(import.meta.dirname, "..", "..");

/** Starts in `userDir` and resolves when the flows run. */
export async function startNodeRedProcess(
  userDir: string,
  flow: readonly object[],
  more: { settings?: string; credentials?: object; packages?: readonly string[] } = {},
): Promise<NodeRedProcess> {
  const port = await freePort();
  install(userDir, "@vatio/node-red-energy", repository);
  for (const name of more.packages ?? []) install(userDir, name, join(repository, "node_modules", name));
  const names = ["@vatio/node-red-energy", ...(more.packages ?? [])];
  const dependencies = Object.fromEntries(names.map((name) => [name, "*"]));
  writeFileSync(join(userDir, "package.json"), JSON.stringify({ dependencies }));
  writeFileSync(join(userDir, "flows.json"), JSON.stringify(flow));
  writeFileSync(join(userDir, "flows_cred.json"), JSON.stringify(more.credentials ?? {}));
  writeFileSync(
    join(userDir, "settings.js"),
    `module.exports = { uiPort: ${port}, uiHost: "127.0.0.1", flowFile: "flows.json", credentialSecret: false,
      telemetry: { enabled: false }, logging: { console: { level: "info" } }, ${more.settings ?? ""} };`,
  );

  const child = spawn(process.execPath, [join(repository, "node_modules/node-red/red.js"), "--userDir", userDir], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data: Buffer) => (log += data.toString()));
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    child.kill(signal);
    return ended;
  };
  onTestFinished(() => void end("SIGKILL"));
  await until(`the flows to start: ${log}`, () => log.includes("Started flows") || hasEnded(child), 60_000);
  if (hasEnded(child)) throw new Error(`Node-RED ended: ${log}`);

  return {
    url: `http://127.0.0.1:${port}`,
    log: () => log,
    kill: async () => void (await end("SIGKILL")),
    stop: () => end("SIGTERM"),
  };
}

function install(userDir: string, name: string, from: string): void {
  const place = join(userDir, "node_modules", name);
  mkdirSync(dirname(place), { recursive: true });
  try {
    symlinkSync(from, place, "junction");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;
