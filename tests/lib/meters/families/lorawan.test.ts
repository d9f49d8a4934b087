import { describe, expect, it } from "vitest";
import { ARRIVAL, hear, hearJson, nothing, readings } from "../said";

const EUI = "0102030405060708";
const STAMP = "2026-03-10T12:00:00.123456789+00:00";
const at = ARRIVAL + 123;
const TOPIC = `application/1f/device/${EUI}/event/up`;
const chirpstack4 = {
  time: STAMP,
  deviceInfo: { deviceName: "Workshop", deviceProfileName: "Clamp 300", applicationName: "plant", devEui: EUI },
  ...{ devAddr: "01020304", fPort: 2, data: "AQID", rxInfo: [], txInfo: { frequency: 868100000 } },
};
const chirpstack3 = {
  ...{ applicationID: "1", applicationName: "plant", deviceName: "Workshop", deviceProfileName: "Clamp 300" },
  ...{ devEUI: "AQIDBAUGBwg=", fPort: 2, data: "AQID" },
};
const things = {
  end_device_ids: { device_id: "workshop", application_ids: { application_id: "plant" }, dev_eui: EUI },
  received_at: "2026-03-10T12:00:00.5Z",
};
const uplink = { f_port: 2, frm_payload: "AQID", received_at: STAMP, settings: { frequency: "868100000" } };

describe("LoRaWAN", () => {
  it("reads what the codec made of a ChirpStack 4 uplink", () => {
    expect(
      hearJson(TOPIC, { ...chirpstack4, object: { active_power_w: 1250, energy_kwh: 12.5, voltage: 230 } }),
    ).toEqual(readings({ name: "Workshop", at, powerW: 1250, importWh: 12_500, electrical: { voltageV: 230 } }));
  });

  it("finds the measures where a codec wraps them", () => {
    expect(hearJson("", { ...chirpstack4, object: { data: { power: 1250 } } })).toEqual(
      readings({ name: "Workshop", at, powerW: 1250 }),
    );
  });

  it("reads ChirpStack 3, which hands the object on as a text", () => {
    expect(hearJson(TOPIC, { ...chirpstack3, objectJSON: '{"power":85,"energy_wh":nan}' })).toEqual(
      readings({ name: "Workshop", powerW: 85 }),
    );
    expect(hearJson(`application/1/device/${EUI}/rx`, { ...chirpstack3, object: { power: 85 } })).toEqual(
      readings({ name: "Workshop", powerW: 85 }),
    );
  });

  it("reads an uplink of The Things Stack", () => {
    const body = { ...things, uplink_message: { ...uplink, decoded_payload: { power: 85, total_wh: 1200 } } };

    expect(hearJson("v3/plant@tenant/devices/workshop/up", body)).toEqual(
      readings({ name: "workshop", at, powerW: 85, importWh: 1200 }),
    );
  });

  it("knows the units of Milesight's sockets, which their names do not say", () => {
    const object = {
      active_power: 8,
      current: 80,
      power_consumption: 4500,
      power_factor: 43,
      socket_status: "on",
      voltage: 229.5,
    };
    const measures = { powerW: 8, importWh: 4500, electrical: { voltageV: 229.5, currentA: 0.08, powerFactor: 0.43 } };

    expect(hearJson("", object)).toEqual(readings(measures));
    expect(hearJson(TOPIC, { ...chirpstack4, object })).toEqual(readings({ name: "Workshop", at, ...measures }));
  });

  it.each([
    ["ChirpStack 4", TOPIC, chirpstack4, "payload codec of device profile Clamp 300"],
    [
      "ChirpStack 4, an empty object",
      TOPIC,
      { ...chirpstack4, object: {} },
      "payload codec of device profile Clamp 300",
    ],
    ["ChirpStack 3", TOPIC, { ...chirpstack3, objectJSON: "" }, "payload codec of device profile Clamp 300"],
    [
      "The Things Stack",
      "v3/plant@tenant/devices/workshop/up",
      { ...things, uplink_message: uplink },
      "payload formatter of application plant",
    ],
  ])("says which decoder is needed where there are only bytes: %s", (_, topic, body, detail) => {
    expect(hearJson(topic, body)).toEqual({ kind: "refused", reason: "needs-codec", detail });
  });

  it("says so, too, where the network server sends Protobuf", () => {
    expect(hear(TOPIC, Buffer.from([10, 4, 1, 2, 3, 4]))).toMatchObject({ reason: "needs-codec" });
  });

  it.each([
    ["a join", `application/1f/device/${EUI}/event/join`, chirpstack4],
    ["an acknowledgement", `application/1f/device/${EUI}/event/txack`, { downlinkId: 1 }],
    ["a status", `application/1f/device/${EUI}/event/status`, { ...chirpstack4, batteryLevel: 88.5, margin: 7 }],
    ["a join of The Things Stack", "v3/plant@tenant/devices/workshop/join", { ...things, join_accept: {} }],
    ["a downlink", "v3/plant@tenant/devices/workshop/down/sent", { ...things, downlink_sent: {} }],
    ["an uplink without payload", TOPIC, { ...chirpstack4, data: "" }],
    ["a decoded object without energy", TOPIC, { ...chirpstack4, object: { humidity: 40, battery: 3.6 } }],
  ])("has nothing to say of %s", (_, topic, body) => {
    expect(hearJson(topic, body)).toEqual(nothing);
  });
});
