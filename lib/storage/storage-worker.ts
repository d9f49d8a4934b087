import { parentPort, workerData } from "node:worker_threads";
import { KIND_DEFAULTS } from "../energy/site-facts";
import { soundness, type CheckSettings } from "./check-file";
import type { EnergyInterval } from "./energy-store";
import { openEngine } from "./engine";
import { toIntervalTable } from "./interval-table";
import { openKept, type Method } from "./kept-engine";
import { openKeptSpool } from "./kept-spool";
import { openDatabase } from "./open-database";
import { openReader, QUERIES, type ReaderSettings } from "./reader";
import type { SpoolSettings } from "./spool-file";
import { makeTalk, type Serve, type Talk } from "./talk";
import type { WorkerSettings } from "./worker-store";

/** The worker's end of `storage-thread.ts`, or of `check-file.ts`. */
const port = parentPort;
if (!port) throw new Error("this file runs as a worker only");
const given = workerData as WorkerSettings | CheckSettings | ReaderSettings | { readonly spool: SpoolSettings };
if ("check" in given) port.postMessage(soundness(given.check));
else if ("spool" in given) serve(port, ({ call }) => openKeptSpool(given.spool, (news) => void call("tell", [news])));
else if ("reads" in given) serve(port, ({ call }) => openReader(given, (...asked) => call("settle", ...asked)));
else serve(port, (talk) => serveSite(talk, given));

function serveSite({ call }: Talk, settings: WorkerSettings): Serve {
  const { zone, maxPowerW = KIND_DEFAULTS.home.maxPowerW } = settings;
  const kept = openKept(
    settings,
    () => openDatabase(settings),
    (database) => openEngine(database, { zone, maxPowerW }, settings.retention),
    { tell: (news) => void call("tell", [news]), letGo: async () => void (await call("letGo", [])) },
  );
  return (method, args, stop) => kept.call(method as Method, QUERIES.has(method) ? [...args, stop] : args);
}

function serve(main: NonNullable<typeof parentPort>, open: (talk: Talk) => Serve): void {
  const talk = makeTalk(main, async (method, args, stop) => {
    const answer = await served(method, args, stop);
    if (method === "close") setImmediate(() => main.close());
    return method === "energy" ? toIntervalTable(answer as EnergyInterval[]) : answer;
  });
  const served = open(talk);
}
