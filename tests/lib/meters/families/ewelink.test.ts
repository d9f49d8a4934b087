import { describe, expect, it } from "vitest";
import { hear, hearJson, listen, nothing, readings } from "../said";

const TOPIC = "sonoff/garage";

describe("Sonoff over eWeLink", () => {
  it("reads circuits that are counted in hundredths, one meter each", () => {
    const params = {
      ...{ switches: [{ switch: "on", outlet: 0 }], fwVersion: "1.4.0", actPow_00: 123456, voltage_00: 23055 },
      ...{ current_00: 536, reactPow_00: 1200, apparentPow_00: 124000, actPow_01: 0, voltage_01: 23055, current_01: 0 },
    };

    expect(hearJson(TOPIC, params)).toEqual(
      readings(
        {
          channel: "1",
          powerW: 1234.56,
          electrical: { voltageV: 230.55, currentA: 5.36, reactiveVar: 12, apparentVa: 1240 },
        },
        { channel: "2", powerW: 0, electrical: { voltageV: 230.55, currentA: 0 } },
      ),
    );
  });

  it("knows that totalPower is an energy where a phase has plain numbers", () => {
    expect(
      hearJson(TOPIC, { switch: true, phase_0_p: 61.5, phase_0_v: 229.8, phase_0_c: 0.27, totalPower: 4.2 }),
    ).toEqual(readings({ powerW: 61.5, importWh: 4200, electrical: { voltageV: 229.8, currentA: 0.27 } }));
  });

  it("adds three phases up", () => {
    const params = { phase_0_p: 100, phase_1_p: 200, phase_2_p: 50.5, phase_0_v: 230, phase_1_v: 231, phase_2_v: 232 };

    expect(hearJson(TOPIC, params)).toEqual(
      readings({
        powerW: 350.5,
        electrical: {
          phases: {
            L1: { powerW: 100, voltageV: 230 },
            L2: { powerW: 200, voltageV: 231 },
            L3: { powerW: 50.5, voltageV: 232 },
          },
        },
      }),
    );
  });

  it("reads one load as texts", () => {
    const update = {
      action: "update",
      deviceid: "10009a",
      params: { power: "61.25", voltage: "230.10", current: "0.27" },
    };

    expect(hearJson(TOPIC, update)).toEqual(
      readings({ powerW: 61.25, electrical: { voltageV: 230.1, currentA: 0.27 } }),
    );
    expect(hearJson("", update)).toEqual(
      readings({ name: "10009a", powerW: 61.25, electrical: { voltageV: 230.1, currentA: 0.27 } }),
    );
  });

  it("learns from the voltage that one load is counted in hundredths, and remembers it for what follows", () => {
    const say = listen();
    const update = (params: object): unknown => say(TOPIC, JSON.stringify({ deviceid: "10009b", params }));

    expect(update({ power: 6125 })).toEqual(nothing);
    expect(update({ power: 6125, voltage: 23010, current: 27, dayKwh: 120 })).toEqual(
      readings({ powerW: 61.25, electrical: { voltageV: 230.1, currentA: 0.27 } }),
    );
    expect(update({ power: 7000 })).toEqual(readings({ powerW: 70 }));
  });

  it("says which key is needed where the message is encrypted", () => {
    expect(hearJson(TOPIC, { deviceid: "10009a", encrypt: true, iv: "AAAA", data1: "BBBB" })).toMatchObject({
      reason: "needs-codec",
      detail: expect.stringContaining("device key") as string,
    });
  });

  it("has nothing to say of a switch, nor of what is no number", () => {
    expect(hearJson(TOPIC, { deviceid: "10009a", params: { switch: "on", rssi: -50, fwVersion: "3.5.1" } })).toEqual(
      nothing,
    );
    expect(hearJson(TOPIC, { deviceid: "10009a", params: { actPow_00: null, voltage_00: {} } })).toEqual(nothing);
    expect(hear(TOPIC, "{}", { profile: "ewelink" })).toEqual(nothing);
  });
});
