import Database from "better-sqlite3";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Alert } from "../../lib/storage/energy-store";
import { openEngine } from "../../lib/storage/engine";
import { openSqlite } from "../../lib/storage/sqlite";
import energyBroker from "../../nodes/energy-broker/energy-broker";
import energySite from "../../nodes/energy-site/energy-site";
import energyStore from "../../nodes/energy-store/energy-store";
import meterIn from "../../nodes/meter-in/meter-in";
import { siteLending } from "../../nodes/shared/borrow";
import { startFlow } from "../support/flow";
import { startBroker } from "../support/mqtt-broker";
import { until } from "../support/until";

/** FAULTS.md, row 4. `FULL=1` fills and frees the disk several times over. */
const ROUNDS = process.env.FULL ? 10 : 1;
const SITE = { zone: "Europe/Madrid", maxPowerW: 100_000 };
const NOON = Date.UTC(2025, 4, 10, 12);
const MINUTE = 60_000;

it(
  "a database that may not grow takes nothing by halves, answers what it has, and goes on when it may",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "vatio-pages-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    let raw: Database.Database | undefined;
    const driver = (file: string, settings: object) => (raw = new Database(file, settings));
    const database = openSqlite(join(folder, "full.db"), "crash", { driver });
    const engine = await openEngine(database, SITE);
    const pages = Number(raw?.pragma("page_count", { simple: true }));

    let [sent, kept] = [0, 0];
    const append = async (): Promise<boolean> => {
      const readings = Array.from({ length: 200 }, (_, index) => ({
        meter: "m",
        at: NOON + (sent * 200 + index) * 1_000,
        powerW: index,
      }));
      sent += 1;
      try {
        await engine.appendAll([{ readings }]);
        kept += 200;
        return true;
      } catch (error) {
        expect(error).toMatchObject({ code: "storage-failed", message: expect.stringContaining("full") as string });
        return false;
      }
    };
    const ALL = { from: NOON - MINUTE, to: NOON + 1e9 };

    for (let round = 1; round <= ROUNDS; round += 1) {
      raw?.pragma(`max_page_count = ${pages + 10 * round}`);
      while (await append());
      for (let times = 0; times < 20; times += 1) expect(await append()).toBe(false);
      expect(await engine.readings(ALL)).toHaveLength(kept);
      // What is sealed may find room in the pages that there are, or not.
      await engine
        .sealUntil(Infinity)
        .catch((error: unknown) => expect(error).toMatchObject({ code: "storage-failed" }));
      expect(await engine.readings(ALL)).toHaveLength(kept);

      raw?.pragma("max_page_count = 1073741823");
      expect(await append()).toBe(true);
      await engine.energy({ ...ALL, interval: "total", zone: "UTC" });
      expect(await engine.readings(ALL)).toHaveLength(kept);
    }
    expect(await engine.verify(false)).toMatchObject({ wrong: 0 });
    expect(raw?.pragma("integrity_check", { simple: true })).toBe("ok");
    await engine.close();
  },
  ROUNDS * 20_000,
);

/** Enough for the write-ahead log, which grows to 16 MB before it is written back. */
const DISK_BYTES = 40 * 1024 * 1024;

describe("a disk of its own", () => {
  it(
    "that is full: says so, reads on, and stores everything once there is room",
    async ({ skip }) => {
      const folder = mkdtempSync(join(tmpdir(), "vatio-disk-"));
      const isMounted = mount(folder);
      onTestFinished(() => {
        if (isMounted) execFileSync("umount", ["-l", folder]);
        rmSync(folder, { recursive: true, force: true });
      });
      if (!isMounted) skip("nothing may be mounted here");
      const mqtt = await startBroker();
      await startFlow(
        [energySite, energyBroker, meterIn, energyStore],
        [
          { id: "site", type: "energy-site", name: "Home" },
          { id: "broker", type: "energy-broker", url: mqtt.url },
          {
            id: "meter",
            type: "meter-in",
            site: "site",
            broker: "broker",
            unit: "W",
            topic: "power",
            wires: [["store"], []],
          },
          { id: "store", type: "energy-store", site: "site", wires: [[]] },
        ],
        { userDir: folder },
      );
      await until("the subscription", () => mqtt.isAwaited("power"));
      const { store, live } = siteLending.borrow("site");
      const stored = async () => (await store.readings({ from: 0, to: Date.now() + MINUTE })).map((one) => one.powerW);
      const alerts: Alert[] = [];
      live.subscribe(({ event }) => {
        if (event.kind === "alert") alerts.push(event.alert);
      });
      let said = 0;
      const say = (count: number): void => {
        for (let index = 0; index < count; index += 1) mqtt.client.publish("power", String((said += 1)), { qos: 1 });
      };
      say(1);
      await until("a first reading", async () => (await stored()).length === 1);

      for (let round = 0; round < ROUNDS; round += 1) {
        const filler = join(folder, "filler");
        fill(filler, folder);
        const fullAt = Date.now();
        const isOpen = () => alerts.at(-1)?.kind === "storage-failed" && alerts.at(-1)?.clearedAt === undefined;
        while (!isOpen()) {
          say(50);
          expect((await stored()).length).toBeGreaterThan(0);
          expect(Date.now() - fullAt).toBeLessThan(30_000);
          await new Promise((resolve) => setTimeout(resolve, 250));
        }

        const before = (await stored()).length;
        expect(before).toBeLessThan(said);
        rmSync(filler);
        const freeAt = Date.now();
        await until("more readings", async () => (await stored()).length > before, 10_000);
        expect(Date.now() - freeAt).toBeLessThan(10_000);
        await until("all readings", async () => new Set(await stored()).size === said, 30_000);
        await until("the end of the alert", () => !isOpen());
      }
      expect((await stored()).sort((a = 0, b = 0) => a - b)).toEqual(
        Array.from({ length: said }, (_, index) => index + 1),
      );
      await until("the alert among the stored ones", async () => {
        const [last] = await store.alerts({ limit: 1 });
        return last?.kind === "storage-failed" && last.clearedAt !== undefined;
      });
    },
    ROUNDS * 90_000,
  );
});

/** Whether a small disk in memory is now at the folder. */
function mount(folder: string): boolean {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${DISK_BYTES}`, "tmpfs", folder], { stdio: "ignore" });
    return true;
  } catch {
    return false; // not the administrator, or in a container
  }
}

/** Leaves not a block free. */
function fill(file: string, folder: string): void {
  const { bavail, bsize } = statfsSync(folder);
  writeFileSync(file, Buffer.alloc(bavail * bsize));
}
