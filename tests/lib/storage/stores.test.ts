import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { openStore } from "../../../lib/storage/open-store";
import { describeStore } from "./store-contract";

const folder = mkdtempSync(join(tmpdir(), "vatio-store-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;
const open = (file = join(folder, `${(count += 1)}.db`)) =>
  openStore({ file, durability: "crash", zone: "Europe/Madrid" });

describeStore("SQLite in its thread", () => Promise.resolve(open()));

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
