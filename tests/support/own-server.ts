import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import type { ServerSettings } from "../../lib/storage/server";
import { askServer } from "./databases";
import { freePort } from "./node-red-process";
import { until } from "./until";

/** A database server of the test's own, which may be killed, stopped and filled. */
export interface OwnServer {
  /** Of its empty database. */
  readonly settings: ServerSettings;
  /** Runs statements as the administrator, and answers what the last of them found. */
  ask(sql: string): Promise<unknown[]>;
  /** Every process of it at once, as a power cut does; resolves when they are gone. */
  kill(): Promise<void>;
  /** Starts it again; resolves when it answers. */
  start(): Promise<void>;
  /** Takes connections and says nothing, until `resume`. */
  pause(): void;
  resume(): void;
}

interface Options {
  /** Where its tables lie; they have no room but what is there. */
  readonly folder?: string;
  /** Settings of the server's own, `name=value`. */
  readonly settings?: readonly string[];
}

const DATABASE = "vatio";

/** Starts a server from the machine's programs; it ends with the test. `program` is its binary. */
export async function startOwnServer(
  kind: ServerSettings["kind"],
  program: string,
  { folder, settings: extra = [] }: Options = {},
): Promise<OwnServer> {
  const own = mkdtempSync(join(tmpdir(), `vatio-${kind}-`));
  const port = await freePort();
  const [data, more] = [join(folder ?? own, "data"), join(own, "more")];
  const { make, args, user } = (kind === "postgres" ? postgres : mariadb)({ program, own, data, more, port });
  const as = user !== undefined && process.getuid?.() === 0 ? idsOf(user) : undefined;
  mkdirSync(data);
  if (as) for (const one of [own, folder ?? own, data]) chownSync(one, as.uid, as.gid);
  chmodSync(data, 0o700);
  const settings = {
    kind,
    host: "127.0.0.1",
    port,
    user: kind === "postgres" ? "postgres" : "root",
    password: "",
    tls: "off",
    database: DATABASE,
  } as const;
  const administrator = { ...settings, database: kind === "postgres" ? "postgres" : "mysql" };
  const [command = "", ...given] = make;
  execFileSync(command, given, { ...as, cwd: own, stdio: ["ignore", "ignore", "pipe"] });

  let child: ChildProcess | undefined;
  let log = "";
  const pids = (): number[] => (child?.pid === undefined ? [] : [child.pid, ...childrenOf(child.pid)]);
  const signal = (name: NodeJS.Signals, to = pids()): void => {
    for (const pid of to) send(pid, name);
  };
  const hasEnded = () => child?.exitCode !== null || child.signalCode !== null;
  const kill = async (): Promise<void> => {
    const all = pids();
    signal("SIGKILL", all);
    await until("the server to be gone", () => hasEnded() && !all.some(isAlive));
  };
  const start = async (): Promise<void> => {
    const started = spawn(program, [...args, ...extra.map((one) => `--${one}`)], {
      ...as,
      cwd: own,
      stdio: ["ignore", "pipe", "pipe"],
    });
    child = started;
    for (const stream of [started.stdout, started.stderr])
      stream.on("data", (text: Buffer) => (log = (log + text.toString()).slice(-4_000)));
    await until(
      `${kind} to answer`,
      async () => {
        if (hasEnded()) throw new Error(`${kind} ended: ${log}`);
        return askServer(administrator, "select 1").then(
          () => true,
          () => false,
        );
      },
      30_000,
    );
  };
  onTestFinished(async () => {
    signal("SIGCONT");
    signal(kind === "postgres" ? "SIGQUIT" : "SIGKILL", child?.pid === undefined ? [] : [child.pid]);
    await until("the server to end", hasEnded).finally(kill);
    rmSync(own, { recursive: true, force: true });
  });
  await start();
  await askServer(administrator, `create database ${DATABASE}`);

  return {
    settings,
    ask: (sql) => askServer(settings, sql),
    kill,
    start,
    pause: () => signal("SIGSTOP"),
    resume: () => signal("SIGCONT"),
  };
}

interface Place {
  readonly program: string;
  readonly own: string;
  readonly data: string;
  /** For what must have room when the tables have none. */
  readonly more: string;
  readonly port: number;
}

/** It refuses to work as the administrator. */
function postgres({ program, data, more, own, port }: Place) {
  const initdb = join(dirname(program), "initdb");
  const how = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "--wal-segsize=1"];
  return {
    user: "postgres",
    make: [initdb, "-D", data, "-X", more, ...how],
    args: ["-D", data, "-p", String(port), "-k", own, "-c", "listen_addresses=127.0.0.1"],
  };
}

function mariadb({ data, own, port }: Place) {
  const who = ["--no-defaults", "--user=root", `--datadir=${data}`];
  const small = ["--innodb-log-file-size=8M"];
  return {
    user: undefined,
    make: ["mariadb-install-db", ...who, "--auth-root-authentication-method=normal", "--skip-test-db"],
    args: [
      ...[...who, ...small, `--port=${port}`, "--bind-address=127.0.0.1"],
      ...[`--socket=${join(own, "socket")}`, `--pid-file=${join(own, "pid")}`],
    ],
  };
}

function idsOf(user: string): { readonly uid: number; readonly gid: number } {
  const id = (what: string): number => Number(execFileSync("id", [what, user], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
  } catch {
    return []; // it has ended
  }
}

function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false; // it has ended
  }
}

/** One that nobody waited for yet is as good as gone. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
