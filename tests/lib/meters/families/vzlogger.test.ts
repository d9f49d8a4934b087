import { describe, expect, it } from "vitest";
import { ARRIVAL, hear, listen, nothing, readings } from "../said";

const sample = (value: unknown): string => JSON.stringify({ timestamp: ARRIVAL - 1000, value });
const said = { name: "vzlogger-grid", role: "grid" };

describe("vzlogger", () => {
  it("says a register and its time in milliseconds, or a bare number", () => {
    expect(hear("vzlogger/grid/chn0/agg", sample(1234.5))).toEqual(
      readings({ ...said, importWh: 1_234_500, at: ARRIVAL - 1000 }),
    );
    expect(hear("vzlogger/grid/chn1/raw", "7.25")).toEqual(readings({ ...said, exportWh: 7250 }));
  });

  it.each([
    ["1-0:16.7.0", 250, { powerW: 250 }],
    ["1-0:16.7.0*255", -250, { powerW: -250 }],
    ["1-0:2.7.0*255", 40, { powerW: -40 }],
    ["1-0:2.8.0", 12, { exportWh: 12_000 }],
    ["1-0:32.7.0", 230, { electrical: { phases: { L1: { voltageV: 230 } } } }],
  ])("is what its channel has said that it is: %s", (id, value, measures) => {
    const say = listen();

    expect(say("vzlogger/grid/chn0/id", id)).toEqual(nothing);
    expect(say("vzlogger/grid/chn0/raw", String(value))).toEqual(readings({ ...said, ...measures }));
  });

  it("has powers in W with the unit that the form starts with", () => {
    const say = listen({ unit: "kW" });
    say("vzlogger/grid/chn0/id", "1-0:16.7.0");

    expect(say("vzlogger/grid/chn0/raw", "412.5")).toEqual(readings({ ...said, powerW: 412.5 }));
    expect(say("vzlogger/grid/chn1/raw", "7.25")).toEqual(readings({ ...said, exportWh: 7250 }));
  });

  it("has the unit that is set", () => {
    expect(hear("vzlogger/grid/chn0/agg", sample(1_234_500), { unit: "Wh" })).toMatchObject(
      readings({ importWh: 1_234_500 }),
    );
  });

  it("refuses a channel of which nothing is known, and what is no number", () => {
    expect(hear("vzlogger/grid/chn7/raw", "5")).toMatchObject({ kind: "refused", reason: "not-understood" });
    expect(hear("vzlogger/grid/chn0/raw", "five")).toMatchObject({ kind: "refused", reason: "not-a-number" });
  });

  it.each([
    ["vzlogger/grid/chn0/uuid", "00000000-1111-2222-3333-444444444444"],
    ["vzlogger/grid/chn0/id", "1-0:1.8.0"],
  ])("says nothing of energy under %s", (topic, payload) => {
    expect(hear(topic, payload)).toEqual(nothing);
  });

  it("says nothing with an id that is no quantity of energy's", () => {
    const say = listen();
    say("vzlogger/grid/chn0/id", "1-0:96.5.5");

    expect(say("vzlogger/grid/chn0/raw", "5")).toEqual(nothing);
  });
});
