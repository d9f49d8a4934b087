import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { toQuarters, type EnergyRules, type Sample } from "../../../lib/energy/quarters";

/** What real meters said; lives beside the repository, is not part of it. */
const DATA = "../shared/data";
const MINUTE = 60_000;

/** Rows by their column's name; stamps without a zone are taken for UTC. */
function readCsv(file: string): Record<string, string>[] {
  const [head = "", ...lines] = readFileSync(`${DATA}/${file}`, "utf8").trim().split(/\r?\n/);
  const names = head.split(",");
  return lines.map((line) => Object.fromEntries(line.split(",").map((cell, index) => [names[index] ?? "", cell])));
}
const instant = (stamp = ""): number => Date.parse(`${stamp.replace(" ", "T")}Z`);

describe.each(["counters/pzem_ttyUSB0.csv", "counters/pzem_ttyUSB1.csv"])("the register in %s", (file) => {
  it.skipIf(!existsSync(`${DATA}/${file}`))("begins anew while nobody looks, and counts nothing", () => {
    const samples: Sample[] = readCsv(file).map((row) => ({
      at: instant(row.datetime),
      importWh: Number(row.energy_wh),
    }));
    const rules: EnergyRules = { gapLimitMs: MINUTE, maxPowerW: 23_000 };
    const { quarters, findings } = toQuarters(samples, rules);

    const low = samples.find(({ importWh }, index) => (samples[index - 1]?.importWh ?? 0) > (importWh ?? 0));
    expect(findings).toEqual([{ at: low?.at, path: "importWh", value: 0, reason: "reset", energyWh: 0, noted: true }]);
    // The load drew 0 W before and after, and the register still shows nothing at the end: what it has counted since it began
    // anew is 0 Wh. What it counted in the hole before that is not to be known; so the hole is estimated, not measured.
    expect(quarters.reduce((sum, { importWh }) => sum + importWh, 0)).toBe(0);
    const hole = (low?.at ?? 0) - (samples[samples.findIndex(({ at }) => at === low?.at) - 1]?.at ?? 0);
    expect(hole).toBeGreaterThan(2 * 60 * MINUTE);
    expect(quarters.reduce((sum, { estimatedMs }) => sum + estimatedMs, 0)).toBe(hole);
  });
});
