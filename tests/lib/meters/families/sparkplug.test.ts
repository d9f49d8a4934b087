import { PbfWriter } from "pbf";
import { describe, expect, it } from "vitest";
import { ARRIVAL, hear, listen, nothing, readings } from "../said";

interface Metric {
  name?: string;
  alias?: number;
  at?: number;
  type?: number;
  isNull?: boolean;
  unit?: string;
  int?: number;
  long?: number;
  float?: number;
  double?: number;
  boolean?: boolean;
  text?: string;
}

/** A payload as an edge node writes it. */
function payload(metrics: readonly Metric[], at = ARRIVAL, uuid?: string): Buffer {
  const writer = new PbfWriter();
  writer.writeVarintField(1, at);
  for (const metric of metrics) writer.writeMessage(2, writeMetric, metric);
  writer.writeVarintField(3, 7);
  if (uuid) writer.writeStringField(4, uuid);
  return Buffer.from(writer.finish());
}

function writeMetric(metric: Metric, writer: PbfWriter): void {
  if (metric.name !== undefined) writer.writeStringField(1, metric.name);
  if (metric.alias !== undefined) writer.writeVarintField(2, metric.alias);
  if (metric.at !== undefined) writer.writeVarintField(3, metric.at);
  if (metric.type !== undefined) writer.writeVarintField(4, metric.type);
  if (metric.isNull) writer.writeBooleanField(7, true);
  if (metric.unit !== undefined) writer.writeMessage(9, writeUnit, metric.unit);
  if (metric.int !== undefined) writer.writeVarintField(10, metric.int);
  if (metric.long !== undefined) writer.writeVarintField(11, metric.long);
  if (metric.float !== undefined) writer.writeFloatField(12, metric.float);
  if (metric.double !== undefined) writer.writeDoubleField(13, metric.double);
  if (metric.boolean !== undefined) writer.writeBooleanField(14, metric.boolean);
  if (metric.text !== undefined) writer.writeStringField(15, metric.text);
}

function writeUnit(unit: string, writer: PbfWriter): void {
  writer.writeStringField(1, "Quality");
  writer.writeStringField(1, "engUnit");
  writer.writeMessage(2, (quality: number, inner) => inner.writeVarintField(3, quality), 192);
  writer.writeMessage(2, (text: string, inner) => inner.writeStringField(8, text), unit);
}

const at = ARRIVAL;
const DOUBLE = 10;
const INT16 = 2;
const DDATA = "spBv1.0/Plant/DDATA/Edge/Press";

describe("Sparkplug B", () => {
  it.each([
    ["a double", { name: "Active Power", double: 1250.5 }, { powerW: 1250.5 }],
    ["a float", { name: "Voltage", float: 230.5 }, { electrical: { voltageV: 230.5 } }],
    ["an integer", { name: "Total Energy (kWh)", int: 12 }, { importWh: 12_000 }],
    ["a long integer", { name: "Total Energy (Wh)", long: 5_000_000_000 }, { importWh: 5e9 }],
    ["a negative integer", { name: "Power (W)", type: INT16, int: 65_036 }, { powerW: -500 }],
    ["a negative long integer", { name: "Power (W)", type: 4, long: -500 }, { powerW: -500 }],
    ["a unit in the name", { name: "Power (kW)", double: 1.5 }, { powerW: 1500 }],
    ["a unit among the properties", { name: "Load", unit: "kW", double: 1.5 }, { channel: "load", powerW: 1500 }],
    ["a phase", { name: "Voltage L2", double: 231 }, { electrical: { phases: { L2: { voltageV: 231 } } } }],
    ["a part of the device", { name: "Oven/Power", double: 5 }, { channel: "oven", powerW: 5 }],
    ["its own instant", { name: "Power", at: ARRIVAL - 5000, double: 5 }, { powerW: 5, at: ARRIVAL - 5000 }],
  ])("reads %s", (_, metric, reading) => {
    expect(hear(DDATA, payload([metric]))).toEqual(readings({ name: "Press", at, ...reading }));
  });

  it("reads several metrics as one reading, with the total of the phases", () => {
    const metrics = [
      { name: "Power L1", double: 100 },
      { name: "Power L2", double: 200 },
      { name: "Power L3", double: 300 },
      { name: "Energy", double: 5 },
    ];

    expect(hear("site1/spBv1.0/Plant/NDATA/Edge", payload(metrics))).toEqual(
      readings({
        name: "Edge",
        at,
        powerW: 600,
        importWh: 5000,
        electrical: { phases: { L1: { powerW: 100 }, L2: { powerW: 200 }, L3: { powerW: 300 } } },
      }),
    );
  });

  it("knows by its alias what a birth named, with its unit and sign", () => {
    const say = listen();
    const birth = [
      { name: "Power", alias: 1, type: INT16, unit: "kW", int: 2 },
      { name: "Temperature", alias: 2, type: DOUBLE, double: 60 },
    ];

    expect(say("spBv1.0/Plant/DBIRTH/Edge/Press", payload(birth))).toEqual(
      readings({ name: "Press", at, powerW: 2000 }),
    );
    expect(say(DDATA, payload([{ alias: 1, int: 65_535 }]))).toEqual(readings({ name: "Press", at, powerW: -1000 }));
    expect(say(DDATA, payload([{ alias: 2, double: 61 }]))).toEqual(nothing);
  });

  it("says that a birth is missing, and forgets the aliases of one that a new birth replaces", () => {
    const say = listen();
    const data = payload([{ alias: 1, double: 5 }]);
    const missing = { reason: "needs-codec", detail: "alias 1 of Edge: its BIRTH has not been heard" };

    expect(say("spBv1.0/Plant/NDATA/Edge", data)).toMatchObject(missing);
    say("spBv1.0/Plant/NBIRTH/Edge", payload([{ name: "Power", alias: 1, double: 4 }]));
    expect(say("spBv1.0/Plant/NDATA/Edge", data)).toEqual(readings({ name: "Edge", at, powerW: 5 }));
    say("spBv1.0/Plant/NBIRTH/Edge", payload([{ name: "Power", alias: 2, double: 4 }]));
    expect(say("spBv1.0/Plant/NDATA/Edge", data)).toMatchObject(missing);
  });

  it("reads the JSON form that the specification shows", () => {
    const body = {
      timestamp: ARRIVAL,
      metrics: [{ name: "Line Voltage (V)", dataType: "Float", value: 230.5 }],
      seq: 2,
    };

    expect(hear("spBv1.0/Plant/NDATA/Edge", JSON.stringify(body))).toEqual(
      readings({ name: "Edge", channel: "line", at, electrical: { voltageV: 230.5 } }),
    );
  });

  it.each([
    ["a death", "spBv1.0/Plant/NDEATH/Edge", payload([{ name: "bdSeq", long: 1 }])],
    ["a command", "spBv1.0/Plant/DCMD/Edge/Press", payload([{ name: "Power", double: 5 }])],
    ["the host's state", "spBv1.0/STATE/scada", Buffer.from('{"online":true,"timestamp":1}')],
    ["null", DDATA, payload([{ name: "Power", isNull: true, double: 5 }])],
    ["a boolean", DDATA, payload([{ name: "Power", boolean: true }])],
    ["a text", DDATA, payload([{ name: "Power", text: "off" }])],
    ["what is no energy", DDATA, payload([{ name: "Node Control/Rebirth", boolean: false }])],
  ])("has nothing to say of %s", (_, topic, bytes) => {
    expect(hear(topic, bytes)).toEqual(nothing);
  });

  it("says that a compressed payload must not be", () => {
    expect(hear(DDATA, payload([], ARRIVAL, "SPBV1.0_COMPRESSED"))).toMatchObject({ reason: "needs-codec" });
  });

  it("refuses bytes that are none of Sparkplug's, at every length", () => {
    const whole = payload([{ name: "Power", alias: 1, type: DOUBLE, at: ARRIVAL, double: 5 }]);

    for (let length = 1; length < whole.length; length += 1) {
      const decoded = hear(DDATA, whole.subarray(0, length));
      expect(decoded.kind === "readings" ? decoded.readings[0]?.powerW : 5).toBe(5);
    }
    expect(hear(DDATA, Buffer.from([0x08, 0xff]))).toMatchObject({ reason: "damaged" });
    expect(hear(DDATA, Buffer.from([0x12, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x09]))).toMatchObject({ kind: "refused" });
  });
});
