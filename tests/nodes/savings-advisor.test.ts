import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Advice } from "../../lib/storage/energy-store";
import energySite from "../../nodes/energy-site/energy-site";
import savingsAdvisor from "../../nodes/savings-advisor/savings-advisor";
import { siteLending } from "../../nodes/shared/borrow";
import { startFlow, stopFlow, until, type FlowNode } from "../support/flow";

const MODULES = [energySite, savingsAdvisor];
const SITE = {
  id: "site",
  type: "energy-site",
  name: "Casa",
  zone: "Europe/Madrid",
  currency: "EUR",
  language: "es-ES",
  contractedKw: "3",
  pricePerKwh: "0.25",
};
const flow = (advisor: object = {}): FlowNode[] => [
  SITE,
  { id: "advisor", type: "savings-advisor", site: "site", wires: [["out"]], ...advisor },
  { id: "out", type: "helper" },
];

/** Five days of a grid meter's register: 100 W at rest, 2.8 kW from 19 to 22 o'clock of the site. */
async function fill(): Promise<void> {
  const hour = new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/Madrid", hour: "2-digit", hourCycle: "h23" });
  const to = Date.now();
  let importWh = 1000;
  const readings = [];
  for (let at = Math.floor(to / 900_000) * 900_000 - 5 * 86_400_000; at <= to; at += 300_000) {
    readings.push({ meter: "grid", at, importWh });
    const oClock = Number(hour.format(at));
    importWh += (oClock >= 19 && oClock < 22 ? 2800 : 100) / 12;
  }
  const site = siteLending.borrow("site");
  site.meters.describe({ key: "grid", role: "grid", gapLimitMs: 600_000 });
  await site.keep({ readings });
}

describe("savings-advisor", () => {
  it("says in the language of the site what to do, with money and evidence, and keeps it", async () => {
    const { send, received, status } = await startFlow(MODULES, flow());
    await fill();
    expect(await send("advisor", { payload: "now", tag: "passes through" })).toBeUndefined();

    const [msg] = received("out");
    expect(msg).toMatchObject({ topic: "Casa", tag: "passes through" });
    const advice = msg!.payload as (Advice & { title: string; text: string })[];
    expect(advice.map(({ kind }) => kind)).toEqual(["base-load", "costly-hours-flat", "near-contracted"]);
    expect(advice[0]!.title.replace(/\s/g, " ")).toBe("En reposo consume 0,1 kW, 219 € al año");
    expect(advice[1]!.values).toMatchObject({ costlyFrom: 19, costlyTo: 22 });
    expect(advice[2]!.values.peak).toBeCloseTo(2800, 6);
    expect(status("advisor")).toEqual({ fill: "green", shape: "dot", text: "savings-advisor.status.advised" });

    const kept = await siteLending.borrow("site").store.advice();
    expect(kept.map(({ id }) => id).sort()).toEqual(["base-load", "costly-hours", "near-contracted"]);
  });

  it("does what was due moments ago while nobody was there, once", async () => {
    const userDir = mkdtempSync(join(tmpdir(), "vatio-test-"));
    onTestFinished(() => rmSync(userDir, { recursive: true, force: true }));
    const due = Math.floor(Date.now() / 1000) * 1000 - 2_000;
    const clock = new Intl.DateTimeFormat("en-GB", { timeZone: SITE.zone, timeStyle: "medium" }).format(due);
    const schedule = `${clock.split(":").reverse().map(Number).join(" ")} * * *`;
    await startFlow(MODULES, flow({ schedule: "" }), { userDir });
    await fill();
    await siteLending.borrow("site").store.remember("advisor", "ranAt", due - 86_400_000);
    await stopFlow();

    const { received } = await startFlow(MODULES, flow({ schedule }), { userDir });
    await until("the advice", () => received("out").length === 1);
    const ranAt = async () => (await siteLending.borrow("site").store.recall("advisor")).ranAt as number;
    await until("that it is remembered", async () => (await ranAt()) > due);
    await stopFlow();

    const again = await startFlow(MODULES, flow({ schedule }), { userDir });
    expect(await again.send("advisor", { payload: "now" })).toBeUndefined();
    expect(again.received("out")).toHaveLength(1);
  });

  it("says how long it still needs, and sends nothing", async () => {
    const { send, received, status } = await startFlow(MODULES, flow());
    await send("advisor", {});
    expect(status("advisor")).toEqual({ fill: "yellow", shape: "ring", text: "savings-advisor.status.needsDays" });
    expect(received("out")).toEqual([]);
  });

  it("advises by its schedule", async () => {
    const { received } = await startFlow(MODULES, flow({ schedule: "* * * * * *" }));
    await fill();
    await until("advice", () => received("out").length > 0);
  });

  it("works untouched, with a status", async () => {
    const { status } = await startFlow(MODULES, [{ id: "advisor", type: "savings-advisor" }]);
    expect(status("advisor")).toEqual({ fill: "yellow", shape: "ring", text: "savings-advisor.status.waiting" });
  });

  it.each([
    ["schedule", "every morning"],
    ["shiftKwh", "-1"],
    ["shiftKwh", "much"],
  ])("shows that %s cannot be %j", async (setting, value) => {
    const { status } = await startFlow(MODULES, flow({ [setting]: value }));
    expect(status("advisor")).toMatchObject({
      fill: "red",
      shape: "ring",
      text: expect.stringContaining("failure.invalid-config"),
    });
  });
});
