import { parentPort, workerData } from "node:worker_threads";
import { KIND_DEFAULTS } from "../energy/site-facts";
import { asError, EnergyError } from "../errors";
import { openEngine, type Engine } from "./engine";
import { openDatabase } from "./open-database";
import type { Answer, Call, WorkerSettings } from "./worker-store";

/** The worker's end of `worker-store.ts`: opens the database when first asked, and again when that failed. */
const port = parentPort;
if (!port) throw new Error("this file runs as a worker only");
const settings = workerData as WorkerSettings;
const { zone, maxPowerW = KIND_DEFAULTS.home.maxPowerW } = settings;
let engine: Promise<Engine> | undefined;

const open = async (): Promise<Engine> => openEngine(openDatabase(settings), { zone, maxPowerW }, settings.retention);

async function answer({ id, method, args }: Call): Promise<Answer> {
  try {
    if (method === "close" && !engine) return { id };
    engine ??= open();
    const opened = await engine.catch((error: unknown) => {
      engine = undefined;
      throw error;
    });
    const work = opened[method] as (...given: readonly unknown[]) => Promise<unknown>;
    return { id, value: await work(...args) };
  } catch (caught) {
    const error = asError(caught);
    const code = error instanceof EnergyError ? error.code : "storage-failed";
    return { id, error: { code, message: error.message } };
  }
}

port.on("message", (call: Call) => {
  void answer(call).then((reply) => {
    port.postMessage(reply);
    if (call.method === "close") port.close();
  });
});
