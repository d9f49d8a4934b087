import { describe, expect, it } from "vitest";
import { hear, listen, nothing, readings } from "../said";

const BASE = "smartmeter/mains/sensor/1/obis";
const said = { name: "smartmeter-mains", role: "grid" };

describe("SMLReader", () => {
  it.each([
    ["1-0:1.8.0", "7123456.5", { importWh: 7_123_456.5 }],
    ["1-0:2.8.0", "44.5", { exportWh: 44.5 }],
    ["1-0:16.7.0", "-451.5", { powerW: -451.5 }],
    ["1-0:36.7.0", "120", { electrical: { phases: { L1: { powerW: 120 } } } }],
    ["1-0:32.7.0", "230.4", { electrical: { phases: { L1: { voltageV: 230.4 } } } }],
    ["1-0:51.7.0", "1.25", { electrical: { phases: { L2: { currentA: 1.25 } } } }],
    ["1-0:14.7.0", "49.9", { electrical: { frequencyHz: 49.9 } }],
  ])("says %s in Wh, W, V, A and Hz", (code, payload, measures) => {
    expect(hear(`${BASE}/${code}/255/value`, payload)).toEqual(readings({ ...said, ...measures }));
    expect(hear(`site1/${BASE}/${code}/255/value`, payload)).toEqual(
      readings({ ...said, name: "site1-smartmeter-mains", ...measures }),
    );
  });

  it("adds up the phases of a meter that says no power of the connection", () => {
    const say = listen();
    say(`${BASE}/1-0:36.7.0/255/value`, "100");
    say(`${BASE}/1-0:56.7.0/255/value`, "-150");

    expect(say(`${BASE}/1-0:76.7.0/255/value`, "20")).toEqual(
      readings({ ...said, powerW: -30, electrical: { phases: { L3: { powerW: 20 } } } }),
    );
  });

  it("gives its second head a channel, and does not mix the two", () => {
    const say = listen();
    say(`${BASE}/1-0:1.7.0/255/value`, "100");

    expect(say("smartmeter/mains/sensor/2/obis/1-0:2.7.0/255/value", "40")).toEqual(
      readings({ ...said, channel: "2", powerW: -40 }),
    );
  });

  it.each([
    ["smartmeter/mains/info", "Hello, version 2."],
    [`${BASE}/1-0:96.50.1/1/value`, "5"],
    [`${BASE}/1-0:1.8.0/255/unit`, "30"],
  ])("says nothing of energy under %s", (topic, payload) => {
    expect(hear(topic, payload)).not.toMatchObject({ kind: "readings" });
  });

  it("refuses what is no number", () => {
    expect(hear(`${BASE}/1-0:1.8.0/255/value`, "many")).toMatchObject({ kind: "refused", reason: "not-a-number" });
    expect(hear(`${BASE}/1-0:1.8.0/255/value`, "nan")).toEqual(nothing);
  });
});
