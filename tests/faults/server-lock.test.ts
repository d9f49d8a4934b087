import mysql from "mysql2/promise";
import pg from "pg";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { ServerSettings } from "../../lib/storage/server";
import { openStore } from "../../lib/storage/open-store";
import { describeServer, KINDS, makeDatabase } from "../support/databases";
import { until } from "../support/until";

/** FAULTS.md, row 5, on servers: another program has locked the readings. In short: longer than an append waits. */
const LOCKED_MS = process.env.FULL ? 30_000 : 7_000;
const STEP_MS = 20;
const START = Date.UTC(2025, 4, 10, 12);

/** Answers what ends it. */
async function lock({ kind, host, port, user, database }: ServerSettings): Promise<() => Promise<unknown>> {
  if (kind === "mysql") {
    const other = await mysql.createConnection({ host, port, user, database });
    await other.query("lock tables reading write");
    return () => other.end();
  }
  const other = new pg.Client({ host, port, user, database });
  await other.connect();
  await other.query("begin; lock table reading in access exclusive mode");
  return () => other.end();
}

for (const kind of KINDS)
  await describeServer(kind, (title) => {
    describe(`${title} whose readings another program locks for ${LOCKED_MS / 1_000} s`, () => {
      it("takes every reading, never waits in the thread of the flows, and has them all afterwards", async () => {
        const database = await makeDatabase(kind);
        const folder = mkdtempSync(join(tmpdir(), "vatio-lock-"));
        const store = openStore({
          file: join(folder, "home.db"),
          durability: "crash",
          zone: "UTC",
          server: database.settings,
        });
        onTestFinished(async () => {
          await store.close();
          await database.drop();
          rmSync(folder, { recursive: true, force: true });
        });
        let said = 0;
        const say = () => store.append({ readings: [{ meter: "m", at: START + said, powerW: (said += 1) }] });
        await say();

        const release = await lock(database.settings);
        const delay = monitorEventLoopDelay({ resolution: 1 });
        delay.enable();
        const kept: Promise<unknown>[] = [];
        for (const end = performance.now() + LOCKED_MS; performance.now() < end;) {
          kept.push(say());
          await new Promise((resolve) => setTimeout(resolve, STEP_MS));
        }
        delay.disable();
        // Not one of them waits for the lock to go.
        await Promise.all(kept);
        await release();
        const p99Ms = delay.percentile(99) / 1e6;
        console.info(`${title}: ${kept.length} readings, event loop p99 ${p99Ms.toFixed(1)} ms`);
        if (process.env.FULL) expect(p99Ms).toBeLessThan(20);
        const powers = async () =>
          (await store.readings({ from: START, to: START + said })).map(({ powerW }) => powerW);
        await until("all of them", async () => (await powers()).length === said, 30_000);
        expect(await powers()).toEqual(Array.from({ length: said }, (_, index) => index + 1));
      }, 120_000);
    });
  });
