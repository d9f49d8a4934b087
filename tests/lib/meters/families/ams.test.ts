import { describe, expect, it } from "vitest";
import { ARRIVAL, hear, hearJson, listen, nothing, readings } from "../said";

const HEAD = { id: "AA:BB", name: "ams", up: 5, t: ARRIVAL / 1000 - 2, vcc: 3.2, rssi: -60, temp: -127 };
const REALTIME = { realtime: { h: 0.5, d: 12, t: 5, x: 4.2, he: 0, de: 0 } };
const list = (data: object): object => ({ ...HEAD, data, ...REALTIME });
const said = { name: "ams-house", role: "grid", at: ARRIVAL - 2000 };

describe("amsreader", () => {
  it("says its power every few seconds, never what was used this hour or day", () => {
    expect(hearJson("ams/house", list({ P: 1320 }))).toEqual(readings({ ...said, powerW: 1320 }));
  });

  it("says both directions, the lines and the meter's number every ten seconds", () => {
    const data = {
      ...{ lv: "AIDON_V0001", meterId: "735999\u0000", type: "6525", P: 0, Q: 0, PO: 250, QO: 30, PF: 0.98 },
      ...{ I1: 1.5, I2: 0, I3: -2.5, U1: 238.5, U2: 238.1, U3: 237.6 },
    };

    expect(hearJson("ams/house", list(data))).toEqual(
      readings({
        ...said,
        powerW: -250,
        serial: "735999",
        electrical: {
          powerFactor: 0.98,
          reactiveVar: -30,
          phases: {
            L1: { voltageV: 238.5, currentA: 1.5 },
            L2: { voltageV: 238.1, currentA: 0 },
            L3: { voltageV: 237.6, currentA: -2.5 },
          },
        },
      }),
    );
  });

  it("says its registers once an hour", () => {
    const data = { P: 500, PO: 0, tPI: 12_345.67, tPO: 89.01, tQI: 1, tQO: 2, rtc: ARRIVAL / 1000 - 10 };

    expect(hearJson("ams/house", list(data))).toEqual(
      readings({ ...said, powerW: 500, importWh: 12_345_670, exportWh: 89_010 }),
    );
  });

  it.each([
    ["the reader's", { t: ARRIVAL / 1000 - 2 }, ARRIVAL / 1000 - 9, ARRIVAL - 2000],
    ["the meter's where the reader has none", { t: 0 }, ARRIVAL / 1000 - 9, ARRIVAL - 9000],
    ["none where neither has one", { t: 0 }, 0, undefined],
  ])("has a stamp: %s", (_, head, rtc, at) => {
    const body = { ...HEAD, ...head, data: { P: 5, tPI: 1, rtc } };
    const decoded = hearJson("ams/house", body);

    expect(decoded.kind === "readings" && decoded.readings[0]?.at).toBe(at);
  });

  it("goes on exporting while the short list says that nothing comes in", () => {
    const say = listen();
    const hears = (data: object, afterMs: number): unknown => say("ams/house", JSON.stringify(list(data)), afterMs);
    hears({ P: 0, PO: 1500, Q: 0, QO: 0 }, 0);

    expect(hears({ P: 0 }, 2500)).toMatchObject(readings({ powerW: -1500 }));
    expect(hears({ P: 300 }, 5000)).toMatchObject(readings({ powerW: 300 }));
    expect(hears({ P: 0 }, 90_000)).toMatchObject(readings({ powerW: 0 }));
  });

  it("is read although the meter's number breaks its JSON", () => {
    const text = `{"id":"AA","up":5,"rssi":-60,"data":{"meterId":"73\u000059\u0007","P":12}}`;

    expect(hear("ams/house", Buffer.from(text))).toMatchObject(readings({ powerW: 12, serial: "73 59" }));
  });

  it("says the same without a wrapper where it speaks to Home Assistant", () => {
    const say = listen();

    expect(say("ams/house/power", '{"P":250}')).toEqual(readings({ name: "ams-house", role: "grid", powerW: 250 }));
    expect(say("ams/house/power", '{"P":0,"Q":0,"PO":40,"QO":0,"U1":230}')).toMatchObject(readings({ powerW: -40 }));
    expect(say("ams/house/energy", '{"tPI":10.5,"tPO":1,"tQI":0,"tQO":0,"rtc":0}')).toEqual(
      readings({ name: "ams-house", role: "grid", importWh: 10_500, exportWh: 1000 }),
    );
  });

  it.each([
    ["import/active", "1320", { powerW: 1320 }],
    ["export/active", "250", { powerW: -250 }],
    ["import/active/accumulated", "12345.67", { importWh: 12_345_670 }],
    ["export/active/accumulated", "1.5", { exportWh: 1500 }],
    ["l2/voltage", "231.5", { electrical: { phases: { L2: { voltageV: 231.5 } } } }],
    ["l3/current", "2.25", { electrical: { phases: { L3: { currentA: 2.25 } } } }],
    ["import/l1", "100", { electrical: { phases: { L1: { powerW: 100 } } } }],
  ])("says %s under a topic of its own", (name, payload, measures) => {
    expect(hear(`ams/house/meter/${name}`, payload)).toEqual(
      readings({ name: "ams-house", role: "grid", ...measures }),
    );
  });

  it.each(["realtime/import/hour", "realtime/import/day"])("is not read by what starts again: %s", (name) => {
    const decoded = hear(`ams/house/${name}`, "12.5");

    expect(decoded).not.toMatchObject(readings({ role: "grid" }));
  });

  it("says nothing of energy with its own state", () => {
    expect(hearJson("ams/house", { ...HEAD, data: { lv: "x" } })).toEqual(nothing);
  });
});
