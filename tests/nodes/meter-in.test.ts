import { describe, expect, it } from "vitest";
import type { Reading } from "../../lib/energy/reading";
import { siteLending } from "../../nodes/shared/borrow";
import energySite from "../../nodes/energy-site/energy-site";
import energyStore from "../../nodes/energy-store/energy-store";
import meterIn from "../../nodes/meter-in/meter-in";
import { startFlow, until, type FlowNode, type RunningFlow } from "../support/flow";

const MODULES = [energySite, meterIn, energyStore];
const SITE = { id: "site", type: "energy-site", name: "Home", zone: "Europe/Madrid" };
const METER = { id: "meter", type: "meter-in", site: "site", topic: "", wires: [["store"], ["refused"]] };
const STORE = { id: "store", type: "energy-store", site: "site", wires: [["out"]] };
const SINKS = [
  { id: "out", type: "helper" },
  { id: "refused", type: "helper" },
];
const start = (meter: object, ...more: FlowNode[]): Promise<RunningFlow> =>
  startFlow(MODULES, [SITE, { ...METER, ...meter }, STORE, ...SINKS, ...more]);
/** What has passed the store, once there are as many. */
async function passed({ received }: RunningFlow, count: number): Promise<Reading[]> {
  await until(`${count} readings`, () => received("out").length >= count);
  return received("out").map(({ payload }) => payload as Reading);
}

describe("meter-in", () => {
  it("takes what the device says for the role, and what the user says before that", async () => {
    const flow = await start({}, { ...METER, id: "second", meter: "roof", role: "solar" });
    const site = siteLending.borrow("site");
    await flow.send("meter", { topic: "garage", payload: 1.5 });
    await flow.send("second", { topic: "pv", payload: 2 });
    expect([site.meters.role("garage"), site.meters.role("roof")]).toEqual(["load", "solar"]);
    expect((await passed(flow, 2)).map(({ meter, powerW }) => [meter, powerW])).toEqual([
      ["garage", 1500],
      ["roof", -2000],
    ]);
  });

  it("sends a power that no meter could have to the second output, keeps it aside and says so", async () => {
    const flow = await start({ maxPowerKw: "20" });
    const site = siteLending.borrow("site");
    const payload = { power: 48_000, energy: 12.5 };
    await flow.send("meter", { topic: "heater", payload });
    await until("the power", () => flow.received("refused").length > 0);
    expect(flow.received("refused")).toMatchObject([
      { topic: "heater", payload: { powerW: 48_000 }, reason: "beyond-maximum", detail: "48000 W, at most 20000 W" },
    ]);
    const [believed] = await passed(flow, 1);
    expect(believed).toMatchObject({ importWh: 12_500 });
    expect(believed).not.toHaveProperty("powerW");
    expect(await site.store.quarantine({ limit: 10 })).toMatchObject([
      { meter: "heater", path: "*", reason: "beyond", status: "open" },
    ]);
  });

  it("keeps ten such powers of a quarter of an hour aside, and no more", async () => {
    const flow = await start({ maxPowerKw: "20" });
    const ts = Math.floor(Date.now() / 900_000) * 900;
    for (let index = 0; index < 12; index += 1) {
      await flow.send("meter", { topic: "heater", payload: { ts: ts + index / 100, power: 48_000 + index } });
    }
    await until("all of them", () => flow.received("refused").length === 12);
    expect(await siteLending.borrow("site").store.quarantine({ limit: 20 })).toHaveLength(10);
  });

  it("gives the register that comes just after the hour to the full hour", async () => {
    const flow = await start({ covers: "registers", intervalMinutes: "60" });
    const now = Date.now();
    const hour = Math.floor(now / 3_600_000) * 3_600_000;
    const payload = { ts: (hour + 15_000) / 1000, power: 300, energy: 2 };
    await flow.send("meter", { topic: "main", payload });
    expect((await passed(flow, 2)).map(({ at, importWh, powerW }) => [at - hour, importWh, powerW])).toEqual([
      [0, 2000, undefined],
      [15_000, undefined, 300],
    ]);
  });

  it("turns yellow when a meter falls silent", async () => {
    const flow = await start({ staleSeconds: "3" });
    await flow.send("meter", { topic: "fridge", payload: "0.12 kW" });
    expect(flow.status("meter")).toMatchObject({ fill: "green", shape: "dot" });
    await until("the silence", () => flow.status("meter")?.fill === "yellow", 20_000);
    await flow.send("meter", { topic: "fridge", payload: "0.13 kW" });
    await until("the next word", () => flow.status("meter")?.fill === "green", 3_000);
  });

  it("computes a meter from others, each time one of them speaks", async () => {
    const flow = await start(
      {},
      {
        id: "second",
        type: "meter-in",
        site: "site",
        profile: "computed",
        meter: "rest",
        plus: "grid",
        minus: "heater, car",
        wires: [["store"], []],
      },
    );
    const site = siteLending.borrow("site");
    await flow.send("meter", { topic: "grid", payload: 5 });
    await flow.send("meter", { topic: "heater", payload: 2 });
    await until("the heater", () => site.live.latest().has("heater"));
    expect((await passed(flow, 2)).map(({ meter }) => meter)).toEqual(["grid", "heater"]);

    await flow.send("meter", { topic: "car", payload: 0.5 });
    await until("the rest", () => site.live.latest().has("rest"));
    expect(site.live.latest().get("rest")).toMatchObject({ powerW: 2500 });
    const stored = await site.store.readings({ meters: ["rest"], from: 0, to: Date.now() + 1000 });
    expect(stored).toEqual([]);
  });

  it("takes no message for a computed meter", async () => {
    const flow = await start({ profile: "computed", meter: "rest", plus: "grid" });
    await flow.send("meter", { topic: "rest", payload: 5 });
    await flow.send("store", { payload: { meter: "grid", at: Date.now(), powerW: 700 } });
    await until("the grid's", () => siteLending.borrow("site").live.latest().has("rest"));
    expect(siteLending.borrow("site").live.latest().get("rest")).toMatchObject({ powerW: 700 });
    expect(flow.received("out").map(({ payload }) => (payload as Reading).powerW)).not.toContain(5000);
  });

  it("shows what is wrong with a computed meter and stays inert", async () => {
    const flow = await start({ profile: "computed", plus: "grid" });
    expect(flow.status("meter")).toMatchObject({ fill: "red", shape: "ring" });
  });
});
