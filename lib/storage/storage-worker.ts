import { parentPort, workerData } from "node:worker_threads";
import { KIND_DEFAULTS } from "../energy/site-facts";
import { asError, EnergyError } from "../errors";
import { soundness, type CheckSettings } from "./check-file";
import type { EnergyInterval } from "./energy-store";
import { openEngine } from "./engine";
import { toIntervalTable } from "./interval-table";
import { openKept, type Method } from "./kept-engine";
import { openDatabase } from "./open-database";
import { openSpoolFile, type SpoolSettings } from "./spool-file";
import type { Answer, Call, News } from "./storage-thread";
import type { WorkerSettings } from "./worker-store";

/** The worker's end of `storage-thread.ts`, or of `check-file.ts`. */
const port = parentPort;
if (!port) throw new Error("this file runs as a worker only");
const given = workerData as WorkerSettings | CheckSettings | { readonly spool: SpoolSettings };
if ("check" in given) port.postMessage(soundness(given.check));
else if ("spool" in given) serve(port, openSpooled(given.spool));
else serve(port, openSite(port, given));

/** What a thread does when it is called. */
interface Served {
  call(method: string, args: readonly unknown[]): Promise<unknown>;
}

function openSite(main: NonNullable<typeof parentPort>, settings: WorkerSettings): Served {
  const { zone, maxPowerW = KIND_DEFAULTS.home.maxPowerW } = settings;
  const kept = openKept(
    settings,
    () => openDatabase(settings),
    (database) => openEngine(database, { zone, maxPowerW }, settings.retention),
    (news) => main.postMessage({ news } satisfies News),
  );
  return {
    call: async (method, args) => {
      const value = await kept.call(method as Method, args);
      return method === "energy" ? toIntervalTable(value as EnergyInterval[]) : value;
    },
  };
}

/** Opens the file when first asked, and again when that failed. */
function openSpooled(settings: SpoolSettings): Served {
  let file: Readonly<Record<string, (...given: readonly unknown[]) => unknown>> | undefined;
  return {
    call: async (method, args) => {
      if (method === "close" && !file) return undefined;
      file ??= openSpoolFile(settings) as unknown as NonNullable<typeof file>;
      return file[method]?.(...args);
    },
  };
}

function serve(main: NonNullable<typeof parentPort>, served: Served): void {
  const answer = async ({ id, method, args }: Call): Promise<Answer> => {
    try {
      return { id, value: await served.call(method, args) };
    } catch (caught) {
      const error = asError(caught);
      const code = error instanceof EnergyError ? error.code : "storage-failed";
      return { id, error: { code, message: error.message } };
    }
  };

  main.on("message", (call: Call) => {
    void answer(call).then((reply) => {
      main.postMessage(reply);
      if (call.method === "close") main.close();
    });
  });
}
