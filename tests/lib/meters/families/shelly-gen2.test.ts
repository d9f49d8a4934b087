import { describe, expect, it } from "vitest";
import { hear, hearJson, listen, nothing, readings } from "../said";

const TS = 1_773_144_000.5;
const notify = (params: object, method = "NotifyStatus") => ({
  src: "shellyplus1pm-a1",
  dst: "x/events",
  method,
  params,
});

describe("Shelly, second generation and later", () => {
  it("reads a switch's status: watts and watt-hours", () => {
    const body = {
      id: 0,
      output: true,
      apower: 47.1,
      voltage: 232,
      current: 0.2,
      pf: 0.98,
      aenergy: { total: 5125.5 },
    };

    expect(hearJson("washer/status/switch:0", body)).toEqual(
      readings({
        powerW: 47.1,
        importWh: 5125.5,
        electrical: { voltageV: 232, currentA: 0.2, powerFactor: 0.98 },
      }),
    );
  });

  it("reads only what a notification says has changed, at the instant it gives", () => {
    expect(hearJson("washer/events/rpc", notify({ ts: TS, "switch:0": { id: 0, apower: 12 } }))).toEqual(
      readings({ powerW: 12, at: TS * 1000 }),
    );
  });

  it("leaves the stamp of an unset clock out", () => {
    expect(hearJson("washer/events/rpc", notify({ ts: 1.61, "switch:0": { apower: 12 } }))).toEqual(
      readings({ powerW: 12 }),
    );
  });

  it("takes the circuit from the component's name", () => {
    const params = { ts: TS, "switch:0": { apower: 1 }, "switch:3": { apower: 4 }, wifi: { rssi: -60 } };

    expect(hearJson("pro4/events/rpc", notify(params, "NotifyFullStatus"))).toEqual(
      readings({ powerW: 1, at: TS * 1000 }, { powerW: 4, channel: "3", at: TS * 1000 }),
    );
  });

  it("joins the two components of one clamp", () => {
    const params = {
      ts: TS,
      "em1:0": { act_power: -300, freq: 50 },
      "em1data:0": { total_act_energy: 7, total_act_ret_energy: 8 },
    };

    expect(hearJson("grid/events/rpc", notify(params))).toEqual(
      readings({ powerW: -300, importWh: 7, exportWh: 8, electrical: { frequencyHz: 50 }, at: TS * 1000 }),
    );
  });

  it("joins a three-phase meter's powers and registers, and drops the frequency of an unwired phase", () => {
    const em = {
      a_act_power: 100,
      b_act_power: 0,
      c_act_power: -20,
      total_act_power: 80,
      a_freq: 198,
      c_freq: 50,
      n_current: null,
    };
    const emdata = { a_total_act_energy: 1, c_total_act_ret_energy: 2, total_act: 1, total_act_ret: 2 };

    expect(hearJson("grid/events/rpc", notify({ ts: TS, "em:0": em, "emdata:0": emdata }))).toEqual(
      readings({
        powerW: 80,
        importWh: 1,
        exportWh: 2,
        at: TS * 1000,
        electrical: {
          frequencyHz: 50,
          phases: { L1: { powerW: 100, importWh: 1 }, L2: { powerW: 0 }, L3: { powerW: -20, exportWh: 2 } },
        },
      }),
    );
  });

  it("refuses phases that contradict their total", () => {
    const body = { a_act_power: 900, b_act_power: 900, c_act_power: 900, total_act_power: 100 };

    expect(hearJson("grid/status/em:0", body)).toMatchObject({ kind: "refused", reason: "inconsistent" });
  });

  it("takes what is returned out of a counter of both directions", () => {
    const body = { aenergy: { total: 1500 }, ret_aenergy: { total: 1400 } };

    expect(hearJson("pv/status/switch:0", body)).toEqual(readings({ importWh: 100, exportWh: 1400 }));
  });

  it("never makes a negative register of a counter of one direction", () => {
    const body = { aenergy: { total: 100 }, ret_aenergy: { total: 1400 } };

    expect(hearJson("pv/status/switch:0", body)).toEqual(readings({ exportWh: 1400 }));
  });

  it.each([
    [
      "an RPC answer",
      { id: 7, src: "shelly1pm-a1", dst: "me", result: { id: 0, output: true, apower: 9, aenergy: { total: 1 } } },
    ],
    ["an HTTP answer", { id: 0, output: true, apower: 9, aenergy: { total: 1 } }],
    ["a full status", { "switch:0": { apower: 9, aenergy: { total: 1 } }, sys: { unixtime: 5 } }],
  ])("reads %s that has no topic", (_, body) => {
    expect(hearJson("", body)).toEqual(readings({ powerW: 9, importWh: 1 }));
  });

  it.each([[{ toString: 0 }], [[{ toString: 0 }]], [{}], ["x"], [-1], [1e9], [null]])(
    "takes the first circuit where the id is %j",
    (id) => {
      expect(hearJson("", { id, total_act_power: 5 })).toEqual(readings({ powerW: 5 }));
    },
  );

  it.each([
    ["washer/status/sys", '{"mac":"AA","uptime":900,"ram_size":256000}'],
    ["washer/status/wifi", '{"sta_ip":"192.168.1.9","rssi":-60}'],
    ["washer/status/input:0", '{"id":0,"state":false}'],
    ["washer/status/temperature:100", '{"id":100,"tC":21}'],
    ["washer/online", "true"],
    ["washer/events/rpc", JSON.stringify(notify({ ts: TS, mqtt: { connected: true } }))],
    ["washer/events/rpc", JSON.stringify(notify({ ts: TS, events: [] }, "NotifyEvent"))],
    ["washer/events/rpc", JSON.stringify(notify({ ts: TS, "switch:0": { id: 0, output: true } }))],
    ["me/rpc", '{"id":1,"src":"shelly1pm-a1","dst":"me","result":{"was_on":true}}'],
  ])("says nothing about energy with %s %s", (topic, payload) => {
    expect(hear(topic, payload)).toEqual(nothing);
  });
});

describe("Shelly's notifications of what has changed", () => {
  it("give the total where one phase has changed and the others are known", () => {
    const say = listen();
    const em = (fields: object, afterMs: number): unknown =>
      say("grid/events/rpc", JSON.stringify(notify({ "em:0": { id: 0, ...fields } })), afterMs);
    const L2 = { electrical: { phases: { L2: { powerW: -900 } } } };
    em({ a_act_power: 100, b_act_power: 200, c_act_power: 300, total_act_power: 600 }, 0);

    expect(em({ b_act_power: -900 }, 5000)).toEqual(readings({ powerW: -500, ...L2 }));
    expect(em({ b_act_power: -900 }, 90_000)).toEqual(readings(L2));
  });

  it("give the import less what was returned, where only the counter of both has changed", () => {
    const say = listen();
    const pm = (fields: object): unknown =>
      say("pv/events/rpc", JSON.stringify(notify({ "pm1:0": { id: 0, ...fields } })));
    pm({ aenergy: { total: 1000 }, ret_aenergy: { total: 400 } });

    expect(pm({ aenergy: { total: 1010 } })).toEqual(readings({ importWh: 610 }));
    expect(pm({ ret_aenergy: { total: 420 } })).toEqual(readings({ exportWh: 420 }));
    expect(pm({ aenergy: { total: 1030 } })).toEqual(readings({ importWh: 610 }));
  });
});
