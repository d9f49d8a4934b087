import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { startBroker } from "./broker.ts";
import { demoFlow, METER_NAMES } from "./demo-flow.ts";
import { makeHistory } from "./house/history.ts";
import { makeDevices, runHouse } from "./house/run-house.ts";
import { machineHour, makeSurroundings, withGuests } from "./house/surroundings.ts";
import { toReadings } from "./house/to-readings.ts";
import { startNodeRed, type NodeRedOptions } from "./node-red.ts";
import type { DemoOptions } from "./options.ts";

const HISTORY_DAYS = 14;
const CHUNK = 2_000;
const INTRODUCTION_MS = 2_500;
/** On someone's own broker our devices must not be taken for theirs. */
const FOREIGN_PREFIX = "vatio-demo-";

export interface Demo {
  readonly url: string;
  readonly brokerUrl: string;
  /** Resolves when the days before today are stored and the adviser has looked at them. */
  readonly imported: Promise<void>;
  close(): Promise<void>;
}

/** The whole demonstration; `close` leaves no process, no file and no retained message behind. */
export async function startDemo(options: Omit<DemoOptions, "help"> & Pick<NodeRedOptions, "say">): Promise<Demo> {
  const userDir = mkdtempSync(join(tmpdir(), "vatio-demo-"));
  const removeFiles = (): void => rmSync(userDir, { recursive: true, force: true });
  process.on("exit", removeFiles);

  const broker = options.brokerUrl === undefined ? await startBroker(options.brokerPort) : undefined;
  const brokerUrl = options.brokerUrl ?? broker?.url ?? "";
  const prefix = broker ? "" : FOREIGN_PREFIX;

  const now = Date.now();
  const around = makeSurroundings(machineHour);
  const history = makeHistory(now, HISTORY_DAYS, around, machineHour);
  const { flow, credentials } = demoFlow(brokerUrl, prefix, options.language);

  const [nodeRed, house] = await Promise.all([
    startNodeRed({ userDir, port: options.port, flow, credentials, lang: options.language, say: options.say }),
    runHouse(brokerUrl, history.now, withGuests(around, now), makeDevices(prefix, around)),
  ]);

  let closing = false;
  const importHistory = async (): Promise<void> => {
    // The meters introduce themselves first: who is the grid and who the sun.
    await setTimeout(INTRODUCTION_MS);
    const readings = history.moments.flatMap((moment) => toReadings(moment, METER_NAMES[options.language]));
    for (let from = 0; from < readings.length && !closing; from += CHUNK) {
      await nodeRed.send("house-history", { payload: readings.slice(from, from + CHUNK) });
    }
    if (!closing) await nodeRed.send("house-adviser", { payload: true });
  };

  return {
    url: nodeRed.url,
    brokerUrl,
    imported: importHistory(),
    close: async () => {
      closing = true;
      await house.close();
      await nodeRed.close();
      await broker?.close();
      removeFiles();
    },
  };
}
