import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { noteSalvaged, setFileAside, yetToSalvage } from "../../../lib/storage/set-file-aside";

it("a second file that is set aside does not make the first one forgotten", () => {
  const folder = mkdtempSync(join(tmpdir(), "vatio-aside-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "home.db");
  const [first, second] = [0, 60_000].map((now) => {
    writeFileSync(file, `damaged at ${now}`);
    return setFileAside(file, now);
  });
  if (first === undefined || second === undefined) throw new Error("nothing was set aside");

  expect(yetToSalvage(file)).toBe(first);
  noteSalvaged(file, first);
  expect(yetToSalvage(file)).toBe(second);
  noteSalvaged(file, second);
  expect(yetToSalvage(file)).toBeUndefined();
});
