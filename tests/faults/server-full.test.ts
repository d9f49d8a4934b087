import { mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { asError } from "../../lib/errors";
import { makeDeliveries } from "../../lib/site/deliveries";
import { openSite } from "../../lib/site/open-site";
import { codeOf } from "../../lib/storage/server";
import { startOwnServer } from "../support/own-server";
import { itNeeds } from "../support/requires";
import { mountSmall } from "../support/small-disk";
import { until } from "../support/until";

/**
 * FAULTS.md, row 4, on servers: the disk under their tables is full. PostgreSQL's log lies on another, since without room for it
 * PostgreSQL itself ends, and then nothing can be read: that is `postgresql-gone.test.ts`.
 */
const ROUNDS = process.env.FULL ? 10 : 1;
const START = Date.now() - 1_000_000;
/** With room for what each round leaves. */
const DISK_BYTES = { postgres: 60e6 + ROUNDS * 6e6, mysql: 160e6 + ROUNDS * 12e6 } as const;

for (const [kind, service, title] of [
  ["postgres", "postgresql", "PostgreSQL"],
  ["mysql", "mariadb", "MariaDB"],
] as const)
  itNeeds(
    service,
    `${title} on a disk that is full: what comes is kept beside it and an alert says so, what is stored is read, all is stored once there is room`,
    async (program, _, { skip }) => {
      const disk = mkdtempSync(join(tmpdir(), "vatio-server-disk-"));
      const own = mkdtempSync(join(tmpdir(), "vatio-site-"));
      onTestFinished(() => rmSync(own, { recursive: true, force: true }));
      mountSmall(disk, DISK_BYTES[kind], skip);
      const server = await startOwnServer(kind, program, { folder: disk });
      const site = openSite(
        {
          id: "s",
          name: "Home",
          kind: "home",
          zone: "UTC",
          currency: "EUR",
          language: "en-US",
          file: join(own, "home.db"),
          durability: "crash",
          server: server.settings,
          channels: [],
        },
        { now: Date.now, onProblem: () => undefined, deliveries: makeDeliveries() },
      );
      onTestFinished(() => site.close());
      let said = 0;
      const say = async (count: number): Promise<void> => {
        const readings = Array.from({ length: count }, () => ({ meter: "m", at: START + (said += 1), powerW: 5 }));
        await site.keep({ readings });
      };
      let isOpen = false;
      site.live.subscribe(({ event }) => {
        if (event.kind === "alert" && event.alert.kind === "storage-spooling")
          isOpen = event.alert.clearedAt === undefined;
      });
      const isSpooling = (): boolean => isOpen;
      const stored = async (): Promise<number> => {
        const [row] = (await server.ask("select count(*) as count from reading")) as { count: string }[];
        return Number(row?.count);
      };

      await say(1_000);
      for (let round = 0; round < ROUNDS; round += 1) {
        const filler = join(disk, "filler");
        const fill = (): void => {
          const { bavail, bsize } = statfsSync(disk);
          try {
            writeFileSync(filler, Buffer.alloc(bavail * bsize), { flag: "a" });
          } catch (error) {
            // The server was quicker: it is full all the same.
            if (codeOf(asError(error)) !== "ENOSPC") throw error;
          }
        };
        /** When the first reading was not stored: until then there is room in the files that the server has. */
        let fullAt = Infinity;
        while (!isSpooling()) {
          fill();
          await say(500);
          const [first] = await site.store.readings({ from: START, to: START + 10, limit: 1 });
          expect(first).toMatchObject({ meter: "m" });
          if ((await stored()) < said) fullAt = Math.min(fullAt, Date.now());
          expect(Date.now() - fullAt).toBeLessThan(30_000);
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
        const before = await stored();
        expect(before).toBeLessThan(said);
        rmSync(filler);
        const freeAt = performance.now();
        await until("more readings", async () => (await stored()) > before, 10_000);
        console.info(`${title} took readings again after ${Math.round(performance.now() - freeAt)} ms`);
        await until("all readings", async () => (await stored()) === said, 30_000);
        await until("the end of the alert", () => !isSpooling(), 20_000);
      }
    },
    60_000 + ROUNDS * 90_000,
  );
