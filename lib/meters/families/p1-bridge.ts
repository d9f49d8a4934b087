import { asText, NOTHING, readings, type Decoded } from "../decoded";
import type { DecodeSettings, Family } from "../family";
import { gatewayReadings, linesFor, linesOfAll, named, stampLine, type Named, type Names } from "../gateway-lines";
import type { Memory } from "../memory";
import { objectOf, type Body, type Message } from "../message";
import type { ObisLine } from "../obis-lines";
import { partialReadings } from "../obis-memory";
import { instantOf } from "../stamps";

const GAS = 3;
const HEAT = 4;
const WATER = 7;

/** `power_delivered_l1` and its like: the same for the three phases. */
function ofPhases(name: (phase: string) => string, codes: readonly [string, string, string], unit: string): Names {
  return Object.fromEntries(codes.map((code, index): [string, Named] => [name(`l${index + 1}`), [code, unit]]));
}
const DELIVERED = ["1-0:21.7.0", "1-0:41.7.0", "1-0:61.7.0"] as const;
const RETURNED = ["1-0:22.7.0", "1-0:42.7.0", "1-0:62.7.0"] as const;
const VOLTAGE = ["1-0:32.7.0", "1-0:52.7.0", "1-0:72.7.0"] as const;
const CURRENT = ["1-0:31.7.0", "1-0:51.7.0", "1-0:71.7.0"] as const;

/** Names that only these gateways have. */
const OWN: Names = {
  // The DSMR library of the ESP8266: DSMRloggerAPI, P1-Dongle-ESP32 and others.
  energy_delivered_tariff1: ["1-0:1.8.1", "kWh"],
  energy_delivered_tariff2: ["1-0:1.8.2", "kWh"],
  energy_returned_tariff1: ["1-0:2.8.1", "kWh"],
  energy_returned_tariff2: ["1-0:2.8.2", "kWh"],
  power_delivered: ["1-0:1.7.0", "kW"],
  power_returned: ["1-0:2.7.0", "kW"],
  ...ofPhases((phase) => `power_delivered_${phase}`, DELIVERED, "kW"),
  ...ofPhases((phase) => `power_returned_${phase}`, RETURNED, "kW"),
  gas_delivered: ["0-1:24.2.1", "m3", GAS],
  water_delivered: ["0-2:24.2.1", "m3", WATER],
  thermal_delivered: ["0-3:24.2.1", "GJ", HEAT],

  // The dongle of plan-d; Belgian: the first tariff is the day's.
  total_consumption_day: ["1-0:1.8.1", "kWh"],
  total_consumption_night: ["1-0:1.8.2", "kWh"],
  total_injection_day: ["1-0:2.8.1", "kWh"],
  total_injection_night: ["1-0:2.8.2", "kWh"],
  total_energy_consumed: ["1-0:1.8.0", "kWh"],
  total_energy_injected: ["1-0:2.8.0", "kWh"],
  active_power_consumption: ["1-0:1.7.0", "kW"],
  active_power_injection: ["1-0:2.7.0", "kW"],
  total_active_power: ["1-0:16.7.0", "kW"],
  natural_gas_consumption: ["0-1:24.2.3", "m3", GAS],

  // P1 Monitor; Dutch: the first tariff is the low one.
  consumption_kwh_low: ["1-0:1.8.1", "kWh"],
  consumption_kwh_high: ["1-0:1.8.2", "kWh"],
  production_kwh_low: ["1-0:2.8.1", "kWh"],
  production_kwh_high: ["1-0:2.8.2", "kWh"],
  consumption_kw: ["1-0:1.7.0", "kW"],
  production_kw: ["1-0:2.7.0", "kW"],
  consumption_w: ["1-0:1.7.0", "W"],
  production_w: ["1-0:2.7.0", "W"],
  ...ofPhases((phase) => `consumption_${phase}_kw`, DELIVERED, "kW"),
  ...ofPhases((phase) => `production_${phase}_kw`, RETURNED, "kW"),
  ...ofPhases((phase) => `consumption_${phase}_w`, DELIVERED, "W"),
  ...ofPhases((phase) => `production_${phase}_w`, RETURNED, "W"),
  consumption_gas_m3: ["0-1:24.2.1", "m3", GAS],
  watermeter_consumption_total_m3: ["0-2:24.2.1", "m3", WATER],

  // esp8266_p1meter: whole watts, watt-hours, milliamperes and, whatever the name says, litres of gas.
  consumption_low_tarif: ["1-0:1.8.1", "Wh"],
  consumption_high_tarif: ["1-0:1.8.2", "Wh"],
  returndelivery_low_tarif: ["1-0:2.8.1", "Wh"],
  returndelivery_high_tarif: ["1-0:2.8.2", "Wh"],
  actual_consumption: ["1-0:1.7.0", "W"],
  actual_returndelivery: ["1-0:2.7.0", "W"],
  ...ofPhases((phase) => `${phase}_instant_power_usage`, DELIVERED, "W"),
  ...ofPhases((phase) => `${phase}_instant_power_current`, CURRENT, "mA"),
  gas_meter_m3: ["0-1:24.2.1", "L", GAS],
};

/** Names that others have, too: these gateways' only under a topic that says what it is of. */
const COMMON: Names = {
  ...ofPhases((phase) => `voltage_${phase}`, VOLTAGE, "V"),
  ...ofPhases((phase) => `current_${phase}`, CURRENT, "A"),
  ...ofPhases((phase) => `voltage_phase_${phase.slice(1)}`, VOLTAGE, "V"),
  ...ofPhases((phase) => `current_phase_${phase.slice(1)}`, CURRENT, "A"),
  ...ofPhases((phase) => `${phase}_voltage`, VOLTAGE, "V"),
  ...ofPhases((phase) => `${phase}_v`, VOLTAGE, "V"),
  ...ofPhases((phase) => `${phase}_a`, CURRENT, "A"),
};
const ALL: Names = { ...OWN, ...COMMON };
const P1_TOPIC = /p1|dsmr|slimme|smart[-_ ]?meter|utility[-_ ]?meter/i;
/** Levels between the gateway and its values. */
const GROUPS: ReadonlySet<string> = new Set(["smartmeter", "phase", "watermeter"]);

/**
 * Gateways from the P1 port that name their values: one a topic, as a bare number or with its unit, or all in one object. Bare
 * numbers have the unit that the gateway is known for.
 */
export const p1Bridge: Family = {
  profile: "p1-bridge",
  about: {
    name: "P1 (plan-d, DSMRloggerAPI, P1 Monitor, esp8266_p1meter)",
    topics: [
      ...["data/devices/utility_meter/<value>", "<top>/<value>"],
      ...["p1monitor/smartmeter/<value>", "sensors/power/p1meter/<value>"],
    ],
    fields: [
      {
        measure: "powerW",
        from: "power_delivered, power_returned, active_power_consumption, consumption_kw, actual_consumption, …",
        unit: "kW, W",
      },
      {
        measure: "importWh",
        from: "energy_delivered_tariff1, total_consumption_day, consumption_kwh_low, …",
        unit: "kWh, Wh",
      },
      {
        measure: "exportWh",
        from: "energy_returned_tariff1, total_injection_day, production_kwh_low, …",
        unit: "kWh, Wh",
      },
      {
        measure: "volumeM3",
        from: "gas_delivered, natural_gas_consumption, consumption_gas_m3, gas_meter_m3",
        unit: "m³, L",
      },
      {
        measure: "electrical",
        from: "voltage_l1, current_l1, voltage_phase_1, l1_instant_power_current, …",
        unit: "V, A",
      },
    ],
    tested: [],
  },
  recognises: (message) => {
    const { leaf, parts } = message;
    if (named(OWN, leaf)) return true;
    if (named(COMMON, leaf)) return parts.some((part) => P1_TOPIC.test(part));
    const body = bodyOf(message);
    return body !== undefined && (nameIn(body) !== undefined || countOwn(body) > 1);
  },

  decode(message, settings, memory) {
    const known = named(ALL, message.leaf);
    const body = bodyOf(message);
    if (known) return decodeOne(known, body, message, settings, memory);
    if (!body) return NOTHING;
    const own = nameIn(body);
    if (own) return decodeOne(own, body, message, settings, memory);
    const lines = [...linesOfAll(body, ALL), ...stampLine(body.timestamp ?? body.TIMESTAMP_UTC ?? body.timestamp_utc)];
    return snapshot(lines, message, settings, memory);
  },
};

/** `0.412`, `{"value": 0.412, "unit": "kW", "timestamp": …}` or `{"power_delivered": [{"value": …, "unit": …}]}`. */
function decodeOne(
  known: Named,
  body: Body | undefined,
  message: Message,
  settings: DecodeSettings,
  memory: Memory,
): Decoded {
  const { leaf, parts, value } = message;
  const raw = body ? (Object.hasOwn(body, leaf) ? body[leaf] : body) : value;
  const at = body && instantOf(body.timestamp, settings.zone, message.at);
  const [code] = known;
  const isBeside = code.startsWith("0-");
  const lines = isBeside && at !== undefined ? linesFor(known, raw, String(at)) : linesFor(known, raw);
  if (!isBeside && at !== undefined) lines.push(...stampLine(at));
  const above = named(ALL, leaf) ? parts.slice(0, -1) : parts;
  return gatewayReadings(lines, { above: above.filter((part) => !GROUPS.has(part)) }, message, settings, memory);
}

function snapshot(lines: readonly ObisLine[], message: Message, settings: DecodeSettings, memory: Memory): Decoded {
  const context = { zone: settings.zone, arrival: message.at, retained: message.retained };
  return readings(partialReadings(lines, memory, message.topic, context));
}

/** A body, the first of a list of them, or a list of `{"name", "value", "unit"}` as one body. */
function bodyOf(message: Message): Body | undefined {
  const { body } = message;
  const list: unknown = Array.isArray(body) ? body : objectOf(message)?.actual;
  if (!Array.isArray(list)) return objectOf(message);
  const [first] = list as unknown[];
  if (typeof first !== "object" || first === null) return undefined;
  if (typeof (first as Body).name !== "string") return first as Body;
  const items = (list as unknown[]).slice(0, MOST_ITEMS);
  return Object.fromEntries(items.map((item) => [asText((item as Body | null)?.name), item]));
}
const MOST_ITEMS = 100;

/** A message that names itself, wherever it comes: `{"sensorId": "utility_meter.total_active_power", …}`. */
function nameIn(body: Body): Named | undefined {
  const id = body.sensorId;
  return typeof id === "string" && id.length < 100 ? named(ALL, id.slice(id.lastIndexOf(".") + 1)) : undefined;
}

function countOwn(body: Body): number {
  let count = 0;
  let keys = 0;
  for (const key in body) {
    if (++keys > MOST_ITEMS) break;
    if (named(OWN, key) ?? named(OWN, key.toLowerCase())) count += 1;
  }
  return count;
}
