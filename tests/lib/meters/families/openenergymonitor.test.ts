import { describe, expect, it } from "vitest";
import { ARRIVAL, hear, hearJson, nothing, readings } from "../said";

const emontx = { name: "emontx" };

describe("OpenEnergyMonitor", () => {
  it.each([
    ["power1", "623", { channel: "1", powerW: 623 }],
    ["power4", "-120.5", { channel: "4", powerW: -120.5 }],
    ["P2", "80", { channel: "2", powerW: 80 }],
    ["E1", "123456", { channel: "1", importWh: 123_456 }],
    ["wh3", "99", { channel: "3", importWh: 99 }],
    ["power1_kwh", "12.5", { channel: "1", importWh: 12_500 }],
    ["vrms", "241.56", { electrical: { voltageV: 241.56 } }],
    ["V2", "230.5", { electrical: { phases: { L2: { voltageV: 230.5 } } } }],
    ["irms2", "1.5", { channel: "2", electrical: { currentA: 1.5 } }],
    ["pf1", "0.98", { channel: "1", electrical: { powerFactor: 0.98 } }],
    ["solar", "900", { channel: "solar", role: "solar", powerW: 900 }],
    ["use_kwh", "321", { channel: "use", role: "load", importWh: 321_000 }],
    ["immersion_power", "2000", { channel: "immersion", powerW: 2000 }],
  ])("reads %s %s", (key, payload, reading) => {
    expect(hear(`emon/emontx/${key}`, payload)).toEqual(readings({ ...emontx, ...reading }));
    expect(hear(`cabin/emon/emontx/${key}`, payload)).toEqual(readings({ ...emontx, ...reading }));
  });

  it.each([
    ["emon/emonth1/humidity", "54.900000000000006"],
    ["emon/emonth1/temperature", "19.5"],
    ["emon/emontx/temp1", "21.2"],
    ["emon/emontx/pulse", "4711"],
    ["emon/emontx/pulsecount", "4711"],
    ["emon/emontx/power1pluspower2", "700"],
    ["emon/emontx/msg", "17"],
    ["emon/emontx/E1", "-5"],
    ["emonhub/rx/10/values", "100,200,300"],
    ["emonhub/rx/10/values", "100"],
    ["emonhub/rx/10/rssi", "-61"],
  ])("says nothing about energy with %s %s", (topic, payload) => {
    expect(hear(topic, payload)).toEqual(nothing);
  });

  it("refuses a power that is none", () => {
    expect(hear("emon/emontx/power1", "lots")).toMatchObject({ kind: "refused", reason: "not-a-number" });
  });

  it.each(["emon/emontx", "NodeJSON/emontx"])("reads the values of a node as JSON under %s", (topic) => {
    const body = { power1: 100, power2: 200.5, wh1: 5000, vrms: 239.5, temp1: 21, time: ARRIVAL / 1000 };

    expect(hearJson(topic, body)).toEqual(
      readings(
        { ...emontx, channel: "1", powerW: 100, importWh: 5000, at: ARRIVAL },
        { ...emontx, channel: "2", powerW: 200.5, at: ARRIVAL },
        { ...emontx, electrical: { voltageV: 239.5 }, at: ARRIVAL },
      ),
    );
  });

  it("reads the line that an emonTx writes on its serial port", () => {
    expect(hear("", "MSG:4,Vrms:240.12,P1:500,P2:-20,E1:1234,pulse:0")).toEqual(
      readings(
        { electrical: { voltageV: 240.12 } },
        { channel: "1", powerW: 500, importWh: 1234 },
        { channel: "2", powerW: -20 },
      ),
    );
  });

  it.each(["MSG:4,Vrms:240", "P1:500,E1:many", "P1:1:2,P2:3", "a:1,b:2"])(
    "does not take %s for such a line",
    (text) => {
      expect(hear("house", text).kind).toBe("refused");
    },
  );
});
