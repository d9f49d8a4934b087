import { parentPort, workerData } from "node:worker_threads";
import { KIND_DEFAULTS } from "../energy/site-facts";
import { asError, EnergyError } from "../errors";
import { soundness, type CheckSettings } from "./check-file";
import { openEngine } from "./engine";
import { openKept } from "./kept-engine";
import { openDatabase } from "./open-database";
import type { Answer, Call, News, WorkerSettings } from "./worker-store";

/** The worker's end of `worker-store.ts`, or of `check-file.ts`. */
const port = parentPort;
if (!port) throw new Error("this file runs as a worker only");
const given = workerData as WorkerSettings | CheckSettings;
if ("check" in given) port.postMessage(soundness(given.check));
else serve(port, given);

function serve(main: NonNullable<typeof parentPort>, settings: WorkerSettings): void {
  const { zone, maxPowerW = KIND_DEFAULTS.home.maxPowerW } = settings;
  const kept = openKept(
    settings,
    () => openDatabase(settings),
    (database) => openEngine(database, { zone, maxPowerW }, settings.retention),
    (news) => main.postMessage({ news } satisfies News),
  );

  const answer = async ({ id, method, args }: Call): Promise<Answer> => {
    try {
      return { id, value: await kept.call(method, args) };
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
