import { describe, expect, it } from "vitest";
import { makeProfile, type ProfileSettings } from "../../../lib/automation/device-profiles";

const NONE: ProfileSettings = {
  device: "",
  channel: "",
  baseTopic: "",
  commandTopic: "",
  payloadOn: "on",
  payloadOff: "off",
  reportTopic: "",
  reportOn: "",
  reportOff: "",
};
const profile = (name: string, settings: Partial<ProfileSettings>) => {
  const made = makeProfile(name, { ...NONE, ...settings });
  if (!made) throw new Error("no profile");
  return made;
};
const rpc = (method: string, params: object, src: string): string => JSON.stringify({ id: 1, src, method, params });

describe("a command", () => {
  it.each<[string, string, Partial<ProfileSettings>, boolean, string, string]>([
    ["Tasmota", "tasmota", { device: "heater" }, true, "cmnd/heater/POWER", "ON"],
    ["Tasmota", "tasmota", { device: "heater" }, false, "cmnd/heater/POWER", "OFF"],
    ["Tasmota's second relay", "tasmota", { device: "strip", channel: "2" }, true, "cmnd/strip/POWER2", "ON"],
    [
      "Tasmota with another FullTopic",
      "tasmota",
      { device: "heater", baseTopic: "home/%topic%/%prefix%/" },
      true,
      "home/heater/cmnd/POWER",
      "ON",
    ],
    ["Shelly Gen1", "shelly-gen1", { device: "shelly1-A1" }, true, "shellies/shelly1-A1/relay/0/command", "on"],
    [
      "Shelly Gen1's second relay",
      "shelly-gen1",
      { device: "s", channel: "1", baseTopic: "attic" },
      false,
      "attic/s/relay/1/command",
      "off",
    ],
    [
      "Shelly Gen2",
      "shelly-gen2",
      { device: "shellyplus1-a" },
      true,
      "shellyplus1-a/rpc",
      rpc("Switch.Set", { id: 0, on: true }, "vatio/shellyplus1-a/0"),
    ],
    [
      "Shelly Gen2 under a prefix",
      "shelly-gen2",
      { device: "s", channel: "1", baseTopic: "house" },
      false,
      "house/s/rpc",
      rpc("Switch.Set", { id: 1, on: false }, "vatio/house/s/1"),
    ],
    ["Zigbee2MQTT", "zigbee2mqtt", { device: "fridge" }, true, "zigbee2mqtt/fridge/set", '{"state":"ON"}'],
    [
      "an outlet of Zigbee2MQTT",
      "zigbee2mqtt",
      { device: "attic/strip", channel: "2", baseTopic: "z2m" },
      false,
      "z2m/attic/strip/set",
      '{"state_l2":"OFF"}',
    ],
    ["any device", "generic", { commandTopic: "pump/set", payloadOn: "1", payloadOff: "0" }, true, "pump/set", "1"],
  ])("for %s (%s) speaks its language", (_, name, settings, on, topic, payload) => {
    expect(profile(name, settings).command(on)).toEqual({ topic, payload });
  });
});

describe("a report", () => {
  const generic = { commandTopic: "p/set", reportTopic: "p", payloadOn: "1", payloadOff: "0" };
  it.each<[string, Partial<ProfileSettings>, string, string, string | undefined]>([
    ["tasmota", { device: "h" }, "stat/h/POWER", "ON", "on"],
    ["tasmota", { device: "h" }, "stat/h/POWER1", "OFF", "off"],
    ["tasmota", { device: "h" }, "stat/h/RESULT", '{"POWER":"OFF"}', "off"],
    ["tasmota", { device: "h" }, "stat/h/RESULT", '{"POWER1":"ON"}', "on"],
    ["tasmota", { device: "h" }, "tele/h/STATE", '{"Time":"…","POWER":"ON","Wifi":{}}', "on"],
    ["tasmota", { device: "h" }, "tele/h/STATE", '{"POWER":"OFF"', undefined],
    ["tasmota", { device: "h", channel: "2" }, "tele/h/STATE", '{"POWER1":"ON","POWER2":"OFF"}', "off"],
    ["tasmota", { device: "h", channel: "2" }, "stat/h/POWER1", "ON", undefined],
    ["tasmota", { device: "h" }, "stat/h/RESULT", '{"Dimmer":20}', undefined],
    ["shelly-gen1", { device: "s" }, "shellies/s/relay/0", "on", "on"],
    ["shelly-gen1", { device: "s" }, "shellies/s/relay/0", "overpower", "off"],
    ["shelly-gen1", { device: "s" }, "shellies/s/relay/1", "on", undefined],
    ["shelly-gen2", { device: "s" }, "s/status/switch:0", '{"id":0,"output":true}', "on"],
    [
      "shelly-gen2",
      { device: "s" },
      "s/events/rpc",
      '{"method":"NotifyStatus","params":{"ts":1,"switch:0":{"id":0,"output":false}}}',
      "off",
    ],
    [
      "shelly-gen2",
      { device: "s" },
      "s/events/rpc",
      '{"method":"NotifyStatus","params":{"switch:1":{"output":false}}}',
      undefined,
    ],
    [
      "shelly-gen2",
      { device: "s" },
      "s/events/rpc",
      '{"method":"NotifyStatus","params":{"switch:0":{"apower":3}}}',
      undefined,
    ],
    ["shelly-gen2", { device: "s" }, "vatio/s/0/rpc", '{"id":1,"result":{"id":0,"output":true}}', "on"],
    ["shelly-gen2", { device: "s" }, "vatio/s/0/rpc", '{"id":1,"result":{"was_on":true}}', undefined],
    ["zigbee2mqtt", { device: "f" }, "zigbee2mqtt/f", '{"state":"ON","power":60}', "on"],
    ["zigbee2mqtt", { device: "f", channel: "left" }, "zigbee2mqtt/f", '{"state":"ON","state_left":"OFF"}', "off"],
    ["zigbee2mqtt", { device: "f" }, "zigbee2mqtt/f", "[1]", undefined],
    ["generic", generic, "p", " 1\n", "on"],
    ["generic", generic, "p", "0", "off"],
    ["generic", generic, "p", "standby", undefined],
    ["generic", { ...generic, reportOn: "RUN", reportOff: "HALT" }, "p", "HALT", "off"],
  ])("of %s %j on %s, %s, says %s", (name, settings, topic, payload, expected) => {
    const made = profile(name, settings);
    expect(made.parse(topic, payload)).toBe(expected);
    if (expected) expect(made.reports).toContain(topic);
  });

  it("that is no text of a device changes nothing", () => {
    for (const name of ["tasmota", "shelly-gen1", "shelly-gen2", "zigbee2mqtt"]) {
      const made = profile(name, { device: "d" });
      const junk = ["", "null", "[]", '"on"', '{"__proto__":{"state":"ON","POWER":"ON"}}', "{".repeat(100_000)];
      for (const topic of made.reports) {
        for (const payload of junk) expect(made.parse(topic, payload)).toBeUndefined();
      }
    }
  });
});

describe("the settings of a device", () => {
  it.each([["tasmota"], ["shelly-gen1"], ["shelly-gen2"], ["zigbee2mqtt"], ["generic"]])(
    "may still be empty (%s)",
    (name) => {
      expect(makeProfile(name, NONE)).toBeUndefined();
    },
  );

  it.each<[string, string, Partial<ProfileSettings>, string]>([
    ["a wildcard as device", "tasmota", { device: "+" }, "device"],
    ["a base with a wildcard", "shelly-gen1", { device: "s", baseTopic: "#" }, "baseTopic"],
    ["a channel that is no number", "shelly-gen2", { device: "s", channel: "two" }, "channel"],
    ["one word for on and off", "generic", { commandTopic: "a", payloadOn: "x", payloadOff: "x" }, "payloadOff"],
    ["a profile nobody knows", "constructor", { device: "s" }, "profile"],
  ])("refuse %s", (_, name, settings, field) => {
    expect(() => makeProfile(name, { ...NONE, ...settings })).toThrow(
      expect.objectContaining({ code: "invalid-config", field }) as Error,
    );
  });
});
