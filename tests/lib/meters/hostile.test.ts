import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PROFILES } from "../../../lib/meters/family";
import { decode } from "../../../lib/meters/decode";
import { ARRIVAL, hear } from "./said";

const MAX_PAUSE_MS = 20;

/** The work of this process alone, best of some tries: the machine may be busy with something else. */
function shortestPause(work: () => unknown): number {
  let shortest = Infinity;
  for (let run = 0; run < 15 && shortest >= MAX_PAUSE_MS / 2; run += 1) {
    const from = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(from);
    shortest = Math.min(shortest, (user + system) / 1000);
  }
  return shortest;
}

describe("hostile messages", () => {
  it.each([
    ["10 MB of JSON", "too-big", `{"power":[${"1,".repeat(5_000_000)}1]}`],
    ["10 MB of digits", "too-big", "1".repeat(10_000_000)],
    ["JSON nested 100,000 deep", "too-big", "[".repeat(100_000) + "]".repeat(100_000)],
    ["JSON nested 60,000 deep", "too-deep", "[".repeat(60_000) + "]".repeat(60_000)],
    ["objects nested 20,000 deep", "too-deep", '{"a":'.repeat(20_000) + "1" + "}".repeat(20_000)],
    ["JSON cut short", "not-json", '{"power":12'],
    ["bytes that are no text", "not-a-number", Buffer.from([0xff, 0xfe, 0x00, 0xc3, 0x28])],
  ] as const)("%s are refused and do not hold the loop", (_, reason, text) => {
    const payload = Buffer.from(text as string);

    expect(hear("house", payload)).toMatchObject({ kind: "refused", reason });
    expect(shortestPause(() => hear("house", payload))).toBeLessThan(MAX_PAUSE_MS);
  });

  it.each([
    [
      "eight thousand fields",
      JSON.stringify(Object.fromEntries(Array.from({ length: 8_000 }, (_, n) => [`k${n}`, n]))),
    ],
    [
      "a thousand entries",
      `[${Array.from({ length: 1000 }, (_, n) => `{"power":${n},"time":"2026-03-10 13:00"}`).join()}]`,
    ],
    ["empty objects only", `[${"{},".repeat(40_000)}{}]`],
  ])("the largest messages that are opened do not hold the loop either: %s", (_, text) => {
    expect(shortestPause(() => hear("house", Buffer.from(text)))).toBeLessThan(MAX_PAUSE_MS);
  });

  it("does not count brackets inside texts as nesting", () => {
    expect(hear("house", JSON.stringify({ note: '"[{'.repeat(500), power: 5 }))).toMatchObject({ kind: "readings" });
  });

  it.each([
    ["N/p1/grid/30/Ac/Power", '{"value":{"toString":5}}'],
    ["shellies/announce", '{"id":"a","model":{"toString":5},"emeters":[]}'],
    ["p1", '[{"name":"a","value":1},{"name":{"toString":5}}]'],
  ])("take no object for a text: %s %s", (topic, text) => {
    expect(() => hear(topic, text)).not.toThrow();
  });

  it("keep what devices call themselves to one line of a hundred characters", () => {
    const name = `evil\u0000\n${"x".repeat(500)}`;
    const heard = hear(`homie/${name}/a\u0007b/power`, "5");

    expect(heard).toMatchObject({
      readings: [{ name: expect.stringMatching(/^evil x{94}…$/) as string, channel: "a b" }],
    });
  });

  const topic = fc.oneof(
    fc.string({ maxLength: 40 }),
    fc.constantFrom("tele/a/SENSOR", "stat/a/STATUS8", "shellies/a/relay/0/power", "shellies/em3/emeter/1/pf"),
    fc.constantFrom(
      "shellies/a/info",
      "zigbee2mqtt/a/power_phase_b",
      "a/sensor/l1_power/state",
      "homeassistant/sensor/a/config",
      "statestream/sensor/a_power/state",
      "homie/5/a/meter/power",
      "application/1/device/2/event/up",
      "v3/a@b/devices/c/up",
      "spBv1.0/a/DBIRTH/b/c",
      "N/a/grid/30/Ac/L1/Power",
      "SMA-EM/status/1/psupply",
      "energy/growatt",
      "deye/dc/pv1/power",
      "openWB/counter/0/get/powers",
      "evcc/site/battery/power",
      "emon/a/power1",
      "mbmd/a/Import/L2",
      "dsmr/raw",
      "DSMR-API/power_delivered",
      "dsmr/reading/electricity_delivered_1",
      "a/sensor/2/obis/1-0:1.8.0/255/value",
      "vzlogger/chn0/id",
      "vzlogger/chn0/raw",
      "ams/a/meter/import/active",
      "glow/a/SENSOR/gasmeter",
      "tele/a/RESULT",
      "a/events/rpc",
      "a/status/switch:1",
      "a/status/em:0",
      "zigbee2mqtt/a",
      "zigbee2mqtt/a/power",
    ),
  );
  const value: fc.Arbitrary<unknown> = fc.oneof(
    fc.double(),
    fc.constantFrom(
      null,
      true,
      "nan",
      "1,5",
      "1e308",
      1e308,
      -1e308,
      5e-324,
      65535,
      -32768,
      "9".repeat(30),
      {},
      [],
      "",
    ),
    fc.constantFrom(
      "/ABC5x\r\n1-0:1.8.1(1*kWh)\r\n!",
      "1-0:1.7.0(1*kW)",
      "\x02\nPAPP 00710 )\r\x03",
      "260310130000W",
      "H260310130000",
    ),
    fc.array(fc.oneof(fc.double(), fc.string()), { maxLength: 5 }),
    fc.record(
      { value: fc.double(), unit: fc.constantFrom("kW", "MWh", "°C"), total: fc.double() },
      { requiredKeys: [] },
    ),
  );
  const key = fc.oneof(
    fc.constantFrom(
      "Power",
      "Total",
      "Voltage",
      "Frequency",
      "ExportActive",
      "TotalTariff",
      "Time",
      "StatusSNS",
      "ENERGY",
    ),
    fc.constantFrom(
      "apower",
      "aenergy",
      "ret_aenergy",
      "act_power",
      "a_act_power",
      "total_act_power",
      "ts",
      "id",
      "switch:0",
      "em:0",
    ),
    fc.constantFrom(
      "meters",
      "emeters",
      "unixtime",
      "mac",
      "power",
      "energy",
      "last_seen",
      "power_l1",
      "power_l2",
      "power_phase_b",
    ),
    fc.constantFrom(
      ...["deviceid", "actPow_00", "phase_0_p", "object", "deviceInfo", "uplink_message", "end_device_ids", "metrics"],
      ...["media", "meter", "total_m3", "state_topic", "unit_of_measurement", "nodes", "values", "1773144000", "alias"],
    ),
    fc.constantFrom(
      ...[
        "SerialReceived",
        "TIC",
        "PAPP",
        "HCHC",
        "SML",
        "Total_in",
        "power_L1",
        "1_8_0",
        "Gas",
        "P",
        "PO",
        "tPI",
        "rtc",
      ],
      ...["energy_delivered_tariff1", "gas_delivered", "sensorId", "actual", "electricity_delivered_1", "timestamp"],
      ...["active_power_w", "total_power_import_t1_kwh", "external", "gas_timestamp", "total_liter_m3", "smr_version"],
      ...["electricitymeter", "gasmeter", "current_summ_delivered", "current_tier1_summ_delivered", "current_date"],
    ),
    fc.constantFrom(
      "value",
      "unit",
      "grid",
      "values",
      "device",
      "loadpoints",
      "PACTot",
      "labels",
      "power1",
      "Head",
      "Body",
      "__proto__",
      "constructor",
      "toString",
      "params",
      "result",
      "method",
      "import_w",
      "data",
    ),
    fc.string({ maxLength: 10 }),
  );
  const flat = fc.dictionary(key, value, { maxKeys: 8 });
  const body = fc.dictionary(key, fc.oneof(value, flat, fc.array(flat, { maxLength: 4 })), { maxKeys: 8 });
  const payload = fc.oneof(
    body.map((object) => Buffer.from(JSON.stringify(object))),
    body as fc.Arbitrary<object>,
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc.json(),
    fc.string(),
    fc.double(),
    fc.boolean(),
    fc.object(),
  );

  it("never throw, and never yield a number that is none", () => {
    const profile = fc.constantFrom("auto" as const, ...PROFILES);
    const paths = fc.constantFrom(undefined, { power: "power" }, { import: "data.value", export: "meters[0].total" });
    fc.assert(
      fc.property(
        topic,
        payload,
        profile,
        paths,
        fc.constantFrom("kW", "MWh", "L"),
        (name, message, kind, where, unit) => {
          const settings = {
            profile: kind,
            zone: "Europe/Madrid",
            unit: unit as "kW",
            ...(where ? { paths: where } : {}),
          };
          const decoded = decode({ topic: name, payload: message, at: ARRIVAL }, settings);
          for (const number of numbersIn(decoded)) expect(Number.isFinite(number)).toBe(true);
          if (decoded.kind === "readings") {
            expect(decoded.readings.length).toBeGreaterThan(0);
            for (const { at } of decoded.readings) expect(at === undefined || Number.isInteger(at)).toBe(true);
          }
        },
      ),
      { numRuns: 3000 },
    );
  });
});

function numbersIn(value: unknown): number[] {
  if (typeof value === "number") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(numbersIn) : [];
}
