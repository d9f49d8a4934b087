import { describe, expect, it } from "vitest";
import { hear, nothing, readings } from "../said";

const TOPIC = "energy/consumption";

describe("a plain number", () => {
  it.each([
    ["text with a point", "1.25", 1250],
    ["text with a comma", "1,25", 1250],
    ["a buffer", Buffer.from("1.25"), 1250],
    ["a number", 1.25, 1250],
    ["zero, which is a value", "0", 0],
    ["export, which is negative", "-0.4", -400],
    ["negative zero as zero", "-0.0", 0],
    ["an exponent", "1.5e-3", 1.5],
    ["blanks and a line's end around it", " 2.5\r\n", 2500],
    ["a JSON string", '"0.5"', 500],
    ["thousands by points", "1.234,5", 1_234_500],
    ["thousands by commas", "1,234.5", 1_234_500],
    ["no hair more than was said", "1.1", 1100],
    ["its own unit, which beats the setting", "230 W", 230],
  ])("is understood as kW when it is %s", (_, payload, powerW) => {
    expect(hear(TOPIC, payload)).toEqual(readings({ powerW }));
  });

  it.each([
    ["W", { powerW: 12 }],
    ["kW", { powerW: 12_000 }],
    ["MW", { powerW: 12_000_000 }],
    ["Wh", { importWh: 12 }],
    ["kWh", { importWh: 12_000 }],
    ["MWh", { importWh: 12_000_000 }],
    ["m3", { volumeM3: 12 }],
    ["L", { volumeM3: 0.012 }],
  ] as const)("with the unit %s is in it", (unit, reading) => {
    expect(hear(TOPIC, "12", { unit })).toEqual(readings(reading));
    expect(hear(TOPIC, "12", { unit, profile: "number" })).toEqual(readings(reading));
  });

  it.each([
    ["house/power_w", { powerW: 5 }],
    ["house/total_kwh", { importWh: 5000 }],
    ["house/gas_m3", { volumeM3: 5 }],
    ["house/own_use", { powerW: 5000 }],
    ["house/kwh", { importWh: 5000 }],
    ["house/watts", { powerW: 5 }],
    ["house/energy", { importWh: 5000 }],
    ["house/energyTotal", { importWh: 5000 }],
    ["house/energy_export", { exportWh: 5000 }],
    ["roof/energy_produced", { importWh: 5000 }],
    ["house/gas", { volumeM3: 5 }],
  ])("under %s has the unit that the topic names", (topic, reading) => {
    expect(hear(topic, "5")).toEqual(readings(reading));
  });

  it("keeps to the chosen unit, whatever the topic says, when the kind of message was chosen too", () => {
    expect(hear("house/power_w", "5", { profile: "number", unit: "kW" })).toEqual(readings({ powerW: 5000 }));
  });

  it("under …/energy has the energy of the size of the unit that was set, and any other that was set itself", () => {
    expect(hear("house/energy", "5", { unit: "W" })).toEqual(readings({ importWh: 5 }));
    expect(hear("house/energy", "5", { unit: "MWh" })).toEqual(readings({ importWh: 5_000_000 }));
    expect(hear("house/power_current", "5", { unit: "W" })).toEqual(readings({ powerW: 5 }));
  });

  it.each(["21.5 °C", "230 V", "45%", "-60 dBm"])("is not %j, which is of something else", (payload) => {
    expect(hear(TOPIC, payload)).toEqual(nothing);
  });

  it.each([
    ...["temperature", "humidity", "rssi", "linkquality", "battery", "uptime"],
    ...["room_temperature", "wifi_rssi", "batteryLevel", "voltage_l1", "current_l2", "grid_frequency"],
  ])("under …/%s is no energy", (leaf) => {
    expect(hear(`house/${leaf}`, "21.5")).toEqual(nothing);
  });

  it.each([
    "",
    " ",
    "on",
    "OFF",
    "online",
    "offline",
    "nan",
    "NaN",
    "null",
    "nil",
    "unavailable",
    "unknown",
    true,
    false,
  ])("is not %j, which says nothing about energy", (payload) => expect(hear(TOPIC, payload)).toEqual(nothing));

  it.each(["abc", "1.2.3", "100,200,300", "0x10", "1e999", "12 apples", "--1", "1,2,3.4", "Infinity 5", "١٢"])(
    "is not %j, which is refused",
    (payload) => {
      expect(hear(TOPIC, payload)).toEqual({ kind: "refused", reason: "not-a-number", detail: payload });
    },
  );

  it.each([NaN, Infinity, -Infinity, 1e300])("is not %d", (payload) => {
    expect(hear(TOPIC, payload)).toMatchObject({ kind: "refused", reason: "not-a-number" });
  });

  it("quotes a refused text shortly and on one line", () => {
    const refused = hear(TOPIC, `<img>\u0000\n${"x".repeat(5000)}`);

    expect(refused).toMatchObject({ kind: "refused" });
    expect(refused.kind === "refused" && refused.detail).toMatch(/^<img> x{60,80}…$/);
  });

  it("passes over words under a topic that is about the device", () => {
    expect(hear("house/meter/info", "Hello from 00C7551E, version 2.1.5.")).toEqual(nothing);
  });
});
