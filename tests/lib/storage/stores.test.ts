import { chmodSync, mkdtempSync, readdirSync, readlinkSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { EnergyStore } from "../../../lib/storage/energy-store";
import { openDatabase } from "../../../lib/storage/open-database";
import { openEngine, type Engine } from "../../../lib/storage/engine";
import { openStore } from "../../../lib/storage/open-store";
import { openSqlite } from "../../../lib/storage/sqlite";
import { describeServer, KINDS, makeDatabase, type TestDatabase } from "../../support/databases";
import { asStore, sealedEngine } from "../../support/sealed-engine";
import { describeCorrections } from "./correction-contract";
import { describeLoad } from "./load-contract";
import { describeMaintenance } from "./maintenance-contract";
import { describeMonths } from "./month-contract";
import { describeQuarantine } from "./quarantine-contract";
import { describeRecent } from "./recent-contract";
import { describeStore } from "./store-contract";

const folder = mkdtempSync(join(tmpdir(), "vatio-store-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;
const open = (file = join(folder, `${(count += 1)}.db`)) =>
  openStore({ file, durability: "crash", zone: "Europe/Madrid" });

/** All that a store must do, as it comes from its thread, and with everything sealed at once. */
function describeAll(title: string, open: () => Promise<EnergyStore>, openInner: () => Promise<Engine>): void {
  const openSealed = async () => asStore(sealedEngine(await openInner()));
  for (const [name, opening] of [
    [title, open],
    [`${title}, all of it sealed`, openSealed],
  ] as const) {
    describeStore(name, opening);
    describeQuarantine(name, opening);
    describeCorrections(name, opening);
    describeMaintenance(name, opening);
    describeMonths(name, opening);
    describeRecent(name, opening);
  }
  describeLoad(title, title === "SQLite" ? 6 : 2, openInner);
}
const SITE = { zone: "Europe/Madrid", maxPowerW: 100_000 };

describeAll(
  "SQLite",
  () => Promise.resolve(open()),
  () => openEngine(openSqlite(":memory:", "crash"), SITE),
);

for (const kind of KINDS)
  await describeServer(kind, (title) => {
    let database: TestDatabase;
    beforeAll(async () => {
      database = await makeDatabase(kind);
    });
    afterAll(() => database.drop());
    const settings = () =>
      ({ file: join(folder, "none.db"), durability: "crash", zone: SITE.zone, server: database.settings }) as const;

    describeAll(
      title,
      async () => {
        await database.empty();
        return openStore(settings());
      },
      async () => {
        await database.empty();
        return openEngine(openDatabase(settings()), SITE);
      },
    );
  });

it("keeps its file from other users", async () => {
  const store = open(join(folder, "sub", "private.db"));
  await store.append({ readings: [{ meter: "m", at: Date.UTC(2025, 0), powerW: 1 }] });
  expect(statSync(join(folder, "sub", "private.db")).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, "sub", "private.db-wal")).mode & 0o777).toBe(0o600);
  await store.close();
});

it("takes a file that a backup brought back for all to read for itself alone", async () => {
  const file = join(folder, "restored.db");
  writeFileSync(file, "");
  chmodSync(file, 0o644);
  const store = open(file);
  await store.meters();
  expect(statSync(file).mode & 0o777).toBe(0o600);
  await store.close();
});

/** How often this process holds a file open. */
const heldOpen = (file: string): number =>
  readdirSync("/proc/self/fd").filter((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`) === file;
    } catch {
      return false; // closed meanwhile
    }
  }).length;

it("keeps what was handed over before it was closed, and what that leads to", async () => {
  const file = join(folder, "closing.db");
  const store = open(file);
  const at = Date.UTC(2025, 0);
  const kept = Array.from({ length: 50 }, (_, index) =>
    store.append({ readings: [{ meter: "m", at: at + index, powerW: 1 }] }),
  );
  const alert = { id: "1", at: 1, rule: "r", severity: "info", kind: "above", values: {} } as const;
  const chain = store.alerts({ limit: 1 }).then(() => store.putAlert(alert));
  await store.close();
  await Promise.all([...kept, chain]);

  const again = open(file);
  expect(await again.readings({ from: at, to: at + 50 })).toHaveLength(50);
  expect(await again.alerts({ limit: 1 })).toHaveLength(1);
  await again.close();
});

it("refuses once it is closed, and opens its file no more", async () => {
  const file = join(folder, "closed.db");
  const store = open(file);
  await store.meters();
  await store.close();
  await expect(store.meters()).rejects.toMatchObject({ code: "storage-failed" });
  await expect(store.append({ readings: [{ meter: "m", at: 1, powerW: 1 }] })).rejects.toMatchObject({
    code: "storage-failed",
  });
  await store.close();
});

it.runIf(process.platform === "linux")("lets go of a file that is no database, however often it is asked", async () => {
  const file = join(folder, "broken.db");
  writeFileSync(file, "no database at all, ".repeat(2_000));
  const store = open(file);
  for (let index = 0; index < 5; index += 1) {
    await expect(store.meters()).rejects.toMatchObject({ code: "storage-failed" });
  }
  expect(heldOpen(file)).toBe(0);
  await store.close();
});
