import { describe, expect } from "vitest";
import { startMosquitto } from "../support/mosquitto";
import { startOwnServer } from "../support/own-server";
import { itNeeds } from "../support/requires";
import { makeRandom, seed } from "../support/seed";
import { until } from "../support/until";
import { makeServerSite } from "./server-site";

/** FAULTS.md, row 1, where the data is in a server. `FULL=1`: 200 kills of each; what SQLite does is in `kill.test.ts`. */
const KILLS = process.env.FULL ? 100 : 2;
const A_SECOND = 2_000;
const STEP_MS = 50;
/** More than this the broker need not hold. */
const MOST_WAITING = 2 * A_SECOND;
const READY_MS = 5_000;

for (const [kind, service, title, check] of [
  ["postgres", "postgresql", "PostgreSQL", "select bt_index_check('reading_key', true)"],
  ["mysql", "mariadb", "MariaDB", "check table reading extended"],
] as const)
  describe(`${title}, at ${A_SECOND} messages a second (SEED=${seed})`, () => {
    itNeeds(
      [service, "mosquitto"],
      `loses nothing, doubles nothing and is sound, Node-RED killed ${KILLS} times and the server as often`,
      async (program, mosquitto) => {
        const random = makeRandom();
        const { url, client } = await startMosquitto(mosquitto);
        const server = await startOwnServer(kind, program);
        const site = makeServerSite(url, client, server.settings, server.ask);
        let running = await site.start();
        await site.ready();
        if (kind === "postgres") await server.ask("create extension amcheck");
        let [isOver, stored] = [false, 0];
        const speaking = (async () => {
          for (let due = performance.now(); !isOver; due += STEP_MS) {
            if (site.said() - stored < MOST_WAITING) await site.say((A_SECOND * STEP_MS) / 1_000);
            await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
          }
        })();
        const more = async (): Promise<void> => {
          const before = await site.count();
          await until("more readings", async () => (stored = await site.count()) > before, 30_000);
        };

        let slowestMs = 0;
        for (let kill = 0; kill < KILLS; kill += 1) {
          await more();
          await new Promise((resolve) => setTimeout(resolve, random() * 150));
          await running.kill();
          const began = performance.now();
          running = await site.start();
          await more();
          slowestMs = Math.max(slowestMs, performance.now() - began);
          await new Promise((resolve) => setTimeout(resolve, random() * 150));
          await server.kill();
          await server.start();
          expect(await server.ask(check)).toMatchObject([kind === "postgres" ? {} : { Msg_text: "OK" }]);
        }
        isOver = true;
        await speaking;
        await until("all of them", async () => (await site.count()) >= site.said(), 60_000);
        await running.stop();
        console.info(`${title}: ${site.said()} messages, ready again within ${Math.round(slowestMs)} ms`);
        expect(await site.stored()).toEqual(Array.from({ length: site.said() }, (_, index) => index));
        if (process.env.FULL) expect(slowestMs).toBeLessThan(READY_MS);
      },
      60_000 + KILLS * 60_000,
    );
  });
