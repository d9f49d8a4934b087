import { Aedes } from "aedes";
import { spawn, type ChildProcess } from "node:child_process";
import { readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { StateDoc } from "../../lib/api/types";
import { METER_NAMES } from "../../scripts/demo/demo-flow.ts";
import { parseOptions } from "../../scripts/demo/options.ts";
import { retainedTopics } from "./retained";

const repository = join(import.meta.dirname, "..", "..");

interface Demo {
  readonly process: ChildProcess;
  readonly url: string;
  readonly brokerUrl: string;
  readonly ended: Promise<number | null>;
  said(): string;
}

let temp: string;
let demo: Demo | undefined;

beforeEach(async () => {
  temp = await mkdtemp(join(tmpdir(), "vatio-test-"));
});

afterEach(async () => {
  if (demo) endGroup(demo.process.pid!);
  await demo?.ended;
  demo = undefined;
  await rm(temp, { recursive: true, force: true });
});

/** What a failed test may have left running. */
function endGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

const FREE_PORTS = ["--port", "0", "--broker-port", "0", "--language", "en"];

/** Starts it as `npm start` does, on free ports and with a temporary directory that nobody else uses. */
function start(...options: string[]): Promise<Demo> {
  return startBy(process.execPath, "scripts/demo/start.mjs", ...FREE_PORTS, ...options);
}

async function startBy(command: string, ...args: string[]): Promise<Demo> {
  const child = spawn(command, args, {
    cwd: repository,
    env: { ...process.env, TMPDIR: temp },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let said = "";
  const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
  const addresses = new Promise<[string, string]>((resolve, reject) => {
    const hear = (data: Buffer): void => {
      said += data.toString();
      const found = /Dashboard +(http:\S+)\/energy[\s\S]*Broker +(mqtt:\S+)/.exec(said);
      if (found) resolve([found[1]!, found[2]!]);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    void ended.then((code) => reject(new Error(`ended with ${code}:\n${said}`)));
  });
  const [url, brokerUrl] = await addresses;
  return (demo = { process: child, url, brokerUrl, ended, said: () => said });
}

async function state({ url }: Demo): Promise<StateDoc> {
  const answer = await fetch(`${url}/api/v1/state`);
  expect(answer.status).toBe(200);
  return (await answer.json()) as StateDoc;
}

async function stateIn(running: Demo, holds: (doc: StateDoc) => boolean): Promise<StateDoc> {
  let doc = await state(running);
  await expect.poll(async () => holds((doc = await state(running))), { timeout: 20_000, interval: 200 }).toBe(true);
  return doc;
}

const kw = (doc: StateDoc, key: string): number | undefined => doc.meters.find((meter) => meter.key === key)?.kw;

describe("npm start", () => {
  it("shows a living house, switches its heater and leaves nothing behind", async () => {
    const running = await start();
    expect((await fetch(`${running.url}/energy`)).status).toBe(200);
    expect((await fetch(`${running.url}/`)).status).toBe(200);

    const names = METER_NAMES["en-US"];
    const before = await stateIn(
      running,
      (doc) =>
        Object.values(names).every((name) => kw(doc, name) !== undefined) &&
        doc.devices.length === 3 &&
        doc.devices.every((device) => device.state === "on"),
    );
    expect(kw(before, names.heater)).toBeGreaterThan(0.8);
    await stateIn(running, (doc) => kw(doc, names.grid) !== kw(before, names.grid));

    const heater = before.devices.find((device) => device.name === names.heater)!;
    const command = await fetch(`${running.url}/api/v1/devices/${heater.id}/commands`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Vatio": "1", Origin: running.url },
      body: JSON.stringify({ on: false }),
    });
    expect(command.status).toBeLessThan(300);
    const after = await stateIn(
      running,
      (doc) => kw(doc, names.heater) === 0 && doc.devices.some(({ id, state }) => id === heater.id && state === "off"),
    );
    await stateIn(running, (doc) => kw(doc, names.grid)! < kw(before, names.grid)! - 0.7);
    expect(after.alerts).toEqual([]);

    const imported = await stateIn(running, (doc) => doc.advice.length > 0);
    // Yesterday at this hour, which may be little after midnight: no quarter of an hour is complete then.
    const now = new Date();
    const hours = now.getHours() + now.getMinutes() / 60;
    expect(imported.yesterdaySoFar?.usedKwh ?? 0).toBeGreaterThanOrEqual(0.1 * Math.max(0, hours - 0.25));

    running.process.kill("SIGINT");
    expect(await running.ended).toBe(0);
    expect(readdirSync(temp)).toEqual([]);
    await expect(fetch(running.url)).rejects.toThrow();
  }, 60_000);
});

describe("npm start, when npm alone is stopped", () => {
  it("ends too, and leaves nothing behind", async () => {
    // npm runs a script by a shell, and stops that shell.
    const shell = await startBy("sh", "-c", `node scripts/run.mjs start ${FREE_PORTS.join(" ")}; exit $?`);
    shell.process.kill("SIGTERM");
    await shell.ended;

    await expect.poll(() => readdirSync(temp), { timeout: 15_000 }).toEqual([]);
    await expect(fetch(shell.url)).rejects.toThrow();
  }, 120_000);
});

describe("npm start -- --broker", () => {
  it("says in one sentence that a broker cannot be reached, and leaves nothing behind", async () => {
    await expect(start("--broker", "mqtt://me:secret@127.0.0.1:1")).rejects.toThrow(
      /ended with 1:\nThe house cannot reach the broker at mqtt:\/\/127\.0\.0\.1:1: .*\n$/,
    );
    expect(readdirSync(temp)).toEqual([]);
  }, 30_000);

  it("uses names of its own on somebody's broker, takes back what it left there, and says which port is taken", async () => {
    const broker = await Aedes.createBroker();
    const server = createServer(broker.handle);
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    const topics = new Set<string>();
    broker.on("publish", ({ topic }, client) => client && topics.add(topic));

    const taken = (server.address() as AddressInfo).port;
    const url = `mqtt://127.0.0.1:${taken}`;
    const running = await start("--broker", url, "--port", String(taken));
    expect(running.said()).toContain(`Port ${taken} is taken`);
    await stateIn(running, (doc) => doc.devices.length === 3 && doc.devices.every((device) => device.state === "on"));
    running.process.kill("SIGINT");
    expect(await running.ended).toBe(0);

    expect([...topics].filter((topic) => !topic.includes("vatio-demo-") && !topic.startsWith("vatio/"))).toEqual([]);
    expect(await retainedTopics(url)).toEqual([]);
    await new Promise<void>((resolve) => broker.close(() => resolve()));
    server.close();
  }, 30_000);
});

describe("its options", () => {
  it.each([
    [[], { LANG: "es_ES.UTF-8" }, { language: "es-ES", port: 1880, brokerPort: 1883 }],
    [[], { LANG: "de_DE.UTF-8" }, { language: "en-US" }],
    [[], { LANG: "en_GB", LC_ALL: "es" }, { language: "es-ES" }],
    [["--port", "0"], {}, { port: 0 }],
    [["--broker", "mqtts://me:secret@broker.lan:8883"], {}, { brokerUrl: "mqtts://me:secret@broker.lan:8883" }],
    [["--help"], {}, { help: true }],
  ])("understands %j in %j", (args, env, expected) => {
    expect(parseOptions(args, env)).toMatchObject(expected);
  });

  it.each([
    [["--port", "x"], "--port must be a port"],
    [["--port", "70000"], "--port must be a port"],
    [["--broker", "localhost"], "--broker must be a URL"],
    [["--broker", "http://localhost"], "--broker must be a URL"],
    [["--colour"], "--colour"],
  ])("says what is wrong with %j", (args, message) => {
    expect(() => parseOptions(args, {})).toThrow(message);
  });
});
