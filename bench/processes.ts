import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

const PATIENCE_MS = 60_000;
/** Looking costs the machine that is measured. */
const LOOK_EVERY_MS = 200;

/** A program that runs while something is measured. */
export interface Running {
  readonly port: number;
  readonly folder: string;
  readonly process: ChildProcess;
  /** Ends it and removes its folder. */
  end(): Promise<void>;
}

interface NodeRedOptions {
  /** Node-RED alone, without this package. */
  readonly isBare?: boolean;
  /** A module that it loads first, which may talk to this process. */
  readonly probe?: string;
  /** Puts into the user directory what is to be there already. */
  readonly prepare?: (folder: string) => Promise<void>;
}

/** Node-RED with the built package and these flows; runs when its flows do. */
export async function startNodeRed(flow: readonly object[], options: NodeRedOptions = {}): Promise<Running> {
  const { isBare = false, probe, prepare } = options;
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "vatio-bench-"));
  if (!isBare) installInto(folder);
  await prepare?.(folder);
  writeFileSync(join(folder, "flows.json"), JSON.stringify(flow));
  writeFileSync(
    join(folder, "settings.js"),
    `module.exports = { uiPort: ${port}, uiHost: "127.0.0.1", flowFile: "flows.json", credentialSecret: false,
      telemetry: { enabled: false }, logging: { console: { level: "info" } } };`,
  );
  const first = probe === undefined ? [] : ["--require", resolve(probe)];
  const child = spawn(process.execPath, [...first, resolve("node_modules/node-red/red.js"), "--userDir", folder], {
    stdio: ["ignore", "pipe", "inherit", ...(probe === undefined ? [] : (["ipc"] as const))],
  });
  let log = "";
  child.stdout?.on("data", (data: Buffer) => (log += data.toString()));
  await until("Node-RED", () => Promise.resolve(log.includes("Started flows")));
  return { port, folder, process: child, end: () => end(child, folder) };
}

function installInto(folder: string): void {
  const place = join(folder, "node_modules", "@vatio/node-red-energy");
  mkdirSync(dirname(place), { recursive: true });
  symlinkSync(resolve("."), place, "junction");
  writeFileSync(join(folder, "package.json"), JSON.stringify({ dependencies: { "@vatio/node-red-energy": "*" } }));
}

/** A Mosquitto that keeps all that is not yet taken. */
export async function startMosquitto(): Promise<Running> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "vatio-bench-"));
  const config = join(folder, "mosquitto.conf");
  const lines = [`listener ${port} 127.0.0.1`, "allow_anonymous true", "persistence false", "max_queued_messages 0"];
  writeFileSync(config, [...lines, "max_inflight_messages 0", "user root", ""].join("\n"));
  const child = spawn("mosquitto", ["-c", config], {
    stdio: "ignore",
    env: { ...process.env, PATH: `${process.env.PATH ?? ""}:/usr/sbin` },
  });
  await until("Mosquitto", () => answers(port));
  return { port, folder, process: child, end: () => end(child, folder) };
}

export async function until(what: string, isSo: () => Promise<boolean>, patienceMs = PATIENCE_MS): Promise<void> {
  const limit = performance.now() + patienceMs;
  while (!(await isSo())) {
    if (performance.now() > limit) throw new Error(`${what}: not within ${patienceMs / 1_000} s`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

async function end(child: ChildProcess, folder: string): Promise<void> {
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
  rmSync(folder, { recursive: true, force: true });
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const said = (is: boolean) => {
      socket.destroy();
      resolve(is);
    };
    socket.once("connect", () => said(true)).once("error", () => said(false));
  });
}
