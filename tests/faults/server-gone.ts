import { describe, expect } from "vitest";
import type { ServerSettings } from "../../lib/storage/server";
import { startMosquitto } from "../support/mosquitto";
import { startOwnServer, type OwnServer } from "../support/own-server";
import { itNeeds } from "../support/requires";
import { until } from "../support/until";
import { makeServerSite } from "./server-site";

/** FAULTS.md, row 15. In short: for seconds; `FULL=1`: for ten minutes each. */
const HOLD_MS = process.env.FULL ? 600_000 : 7_000;
const A_SECOND = 200;
const STEP_MS = 50;

type Kind = ServerSettings["kind"];

interface Fault {
  readonly name: string;
  begin(server: OwnServer): Promise<void> | void;
  end(server: OwnServer): Promise<void> | void;
}

const FAULTS: readonly Fault[] = [
  { name: "killed", begin: (server) => server.kill(), end: (server) => server.start() },
  {
    name: "silent",
    begin: (server) => {
      server.pause();
    },
    end: (server) => {
      server.resume();
    },
  },
  { name: "read-only", begin: (server) => setReadOnly(server, true), end: (server) => setReadOnly(server, false) },
];

async function setReadOnly({ settings, ask }: OwnServer, on: boolean): Promise<void> {
  if (settings.kind === "mysql") return void (await ask(`set global read_only = ${Number(on)}`));
  await ask(`alter system set default_transaction_read_only = ${on ? "on" : "off"}`);
  await ask("select pg_reload_conf()");
}

/** Of MariaDB's users only the administrator may write to a server that is read-only. */
async function makeUser({ settings, ask }: OwnServer): Promise<ServerSettings> {
  if (settings.kind === "postgres") return settings;
  await ask("create user vatio@'%'");
  await ask(`grant all on ${settings.database}.* to vatio@'%'`);
  return { ...settings, user: "vatio" };
}

export function describeGone(kind: Kind, service: "postgresql" | "mariadb", title: string): void {
  describe(`${title} that is gone for ${HOLD_MS / 1_000} s while ${A_SECOND} messages a second come`, () => {
    itNeeds(
      [service, "mosquitto"],
      `${FAULTS.map(({ name }) => name).join(", ")}: everything the broker was told is kept is stored once`,
      async (program, mosquitto) => {
        const { url, client } = await startMosquitto(mosquitto);
        const server = await startOwnServer(kind, program);
        const site = makeServerSite(url, client, await makeUser(server), server.ask);
        const running = await site.start();
        await site.ready();
        const talk = new AbortController();
        const speaking = (async () => {
          for (let due = performance.now(); !talk.signal.aborted; due += STEP_MS) {
            await site.say((A_SECOND * STEP_MS) / 1_000);
            await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
          }
        })();

        for (const { name, begin, end } of FAULTS) {
          await begin(server);
          const before = site.said();
          await new Promise((resolve) => setTimeout(resolve, HOLD_MS));
          await end(server);
          const left = await site.count();
          expect(site.said() - left, `${name}: what waits`).toBeGreaterThan((A_SECOND * HOLD_MS) / 2_000);
          await until(`${name}: the first of what waits`, async () => (await site.count()) > left, 90_000);
          const began = performance.now();
          await until(
            `${name}: all of it`,
            async () => (await site.count()) >= site.said() - A_SECOND,
            HOLD_MS + 30_000,
          );
          const tookMs = Math.round(performance.now() - began);
          console.info(`${title} ${name}: ${site.said() - before} messages, caught up in ${tookMs} ms`);
          if (process.env.FULL) expect(tookMs, name).toBeLessThan(HOLD_MS / 5);
        }
        talk.abort();
        await speaking;
        await until("the last one", async () => (await site.count()) >= site.said(), 30_000);
        expect(await site.stored()).toEqual(Array.from({ length: site.said() }, (_, index) => index));
        // The same process all the time, which ends as it should.
        expect(await running.stop()).toBe(0);
      },
      FAULTS.length * (2 * HOLD_MS + 150_000),
    );
  });
}
