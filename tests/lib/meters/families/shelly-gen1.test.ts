import { describe, expect, it } from "vitest";
import { hear, hearJson, listen, nothing, readings } from "../said";

const phases = (value: object) => ({ electrical: { phases: value } });

describe("Shelly, first generation", () => {
  it.each([
    ["shellies/plug/relay/0/power", "20.58", { powerW: 20.58 }],
    ["shellies/plug/relay/0/energy", "6000", { importWh: 100 }],
    ["shellies/shelly25/relay/1/power", "7", { powerW: 7, channel: "1" }],
    ["shellies/shelly25/roller/0/power", "90", { powerW: 90 }],
    ["shellies/dimmer/light/0/energy", "60", { importWh: 1 }],
    ["shellies/shellyem-A1/emeter/0/power", "-310.5", { powerW: -310.5 }],
    ["shellies/shellyem-A1/emeter/1/total", "1234.5", { importWh: 1234.5, channel: "1" }],
    ["shellies/shellyem-A1/emeter/0/total_returned", "99.5", { exportWh: 99.5 }],
    ["shellies/shellyem-A1/emeter/0/voltage", "231.2", { electrical: { voltageV: 231.2 } }],
    ["shellies/shellyem3-A1/emeter/2/power", "5", phases({ L3: { powerW: 5 } })],
    ["shellies/shellyem3-A1/emeter/0/total", "50", phases({ L1: { importWh: 50 } })],
  ])("reads %s %s", (topic, payload, reading) => {
    expect(hear(topic, payload)).toEqual(readings(reading));
  });

  it.each([
    ["shellies/plug/relay/0", "on"],
    ["shellies/plug/relay/0", "overpower"],
    ["shellies/plug/relay/0/command", "off"],
    ["shellies/plug/relay/0/overpower_value", "0"],
    ["shellies/plug/temperature", "28.2"],
    ["shellies/plug/online", "true"],
    ["shellies/shellyem-A1/emeter/0/energy", "12"],
    ["shellies/shellyem-A1/emeter/0/returned_energy", "12"],
    ["shellies/plug/relay/0/power", "nan"],
    ["shellies/announce", '{"id":"shellyplug","model":"SHPLG-S","mac":"AA"}'],
  ])("says nothing about energy with %s %s", (topic, payload) => {
    expect(hear(topic, payload)).toEqual(nothing);
  });

  it("refuses a power that is no number", () => {
    expect(hear("shellies/plug/relay/0/power", "lots")).toMatchObject({ kind: "refused", reason: "not-a-number" });
  });

  it("reads the status of a double relay, stamped by the device's clock", () => {
    const unixtime = 1_773_144_000;
    const meters = [
      { power: 10, total: 600, is_valid: true, timestamp: unixtime + 3600 },
      { power: 20, total: 1200, is_valid: true },
    ];

    expect(hearJson("", { relays: [], meters, unixtime })).toEqual(
      readings(
        { powerW: 10, importWh: 10, at: unixtime * 1000 },
        { powerW: 20, importWh: 20, channel: "1", at: unixtime * 1000 },
      ),
    );
  });

  it("reads two clamps of an EM as two meters and passes over the one that is not valid", () => {
    const emeters = [
      { power: 10, voltage: 230, total: 5, total_returned: 6, is_valid: true },
      { power: 0, is_valid: false },
    ];

    expect(hearJson("shellies/em/info", { relays: [], emeters, unixtime: 0 })).toEqual(
      readings({ powerW: 10, importWh: 5, exportWh: 6, electrical: { voltageV: 230 } }),
    );
  });
});

describe("Shelly's first three-phase meter, a topic a value", () => {
  const L = (n: number, values: object): object => ({ electrical: { phases: { [`L${n}`]: values } } });

  it("gives the total with each phase once all three have been heard", () => {
    const say = listen();
    const power = (n: number, watts: number, afterMs: number): unknown =>
      say(`shellies/shellyem3-A1/emeter/${n}/power`, String(watts), afterMs);

    expect(power(0, 100, 0)).toEqual(readings(L(1, { powerW: 100 })));
    expect(power(1, -400, 5)).toEqual(readings(L(2, { powerW: -400 })));
    expect(power(2, 50, 10)).toEqual(readings({ powerW: -250, ...L(3, { powerW: 50 }) }));
    expect(power(0, 200, 30_000)).toEqual(readings({ powerW: -150, ...L(1, { powerW: 200 }) }));
    expect(power(0, 200, 90_000)).toEqual(readings(L(1, { powerW: 200 })));
  });

  it("adds the registers up, too", () => {
    const say = listen();
    for (const n of [0, 1]) say(`shellies/shellyem3-A1/emeter/${n}/total`, "1000");

    expect(say("shellies/shellyem3-A1/emeter/2/total", "500")).toEqual(
      readings({ importWh: 2500, ...L(3, { importWh: 500 }) }),
    );
  });

  it("is known under a name of the user's by its model", () => {
    const say = listen();
    say("shellies/announce", '{"id":"house","model":"SHEM-3","mac":"A1"}');

    expect(say("shellies/house/emeter/0/power", "100")).toEqual(readings(L(1, { powerW: 100 })));
    expect(say("shellies/shellyem-A1/emeter/0/power", "100")).toEqual(readings({ powerW: 100 }));
  });

  it("gives no register of one phase as that of all, before it is known how many there are", () => {
    const say = listen();
    expect(say("shellies/house/emeter/0/total", "1000")).toEqual(nothing);
    expect(say("shellies/house/emeter/1/total", "1100")).toEqual(nothing);

    expect(say("shellies/house/emeter/2/total", "1200")).toEqual(
      readings({ importWh: 3300, ...L(3, { importWh: 1200 }) }),
    );
  });

  it("is two clamps where the first is heard again before any third", () => {
    const say = listen();
    expect(say("shellies/garage/emeter/0/total", "1000")).toEqual(nothing);
    expect(say("shellies/garage/emeter/1/total", "1100")).toEqual(nothing);

    expect(say("shellies/garage/emeter/0/total", "1001", 30_000)).toEqual(readings({ importWh: 1001 }));
    expect(say("shellies/garage/emeter/1/total", "1101", 30_000)).toEqual(readings({ importWh: 1101, channel: "1" }));
  });
});
