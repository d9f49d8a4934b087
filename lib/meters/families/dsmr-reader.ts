import { NOTHING } from "../decoded";
import type { Family } from "../family";
import { gatewayReadings, linesFor, linesOfAll, named, stampLine, type Named, type Names } from "../gateway-lines";
import { objectOf, type Message } from "../message";
import { isSmallTalk } from "../small-talk";

function ofPhases(name: string, codes: readonly [string, string, string], unit: string): Names {
  return Object.fromEntries(codes.map((code, index): [string, Named] => [`${name}_l${index + 1}`, [code, unit]]));
}

const GAS: Named = ["0-1:24.2.1", "m3", 3];
const NAMES: Names = {
  electricity_delivered_1: ["1-0:1.8.1", "kWh"],
  electricity_delivered_2: ["1-0:1.8.2", "kWh"],
  electricity_returned_1: ["1-0:2.8.1", "kWh"],
  electricity_returned_2: ["1-0:2.8.2", "kWh"],
  electricity_currently_delivered: ["1-0:1.7.0", "kW"],
  electricity_currently_returned: ["1-0:2.7.0", "kW"],
  ...ofPhases("phase_currently_delivered", ["1-0:21.7.0", "1-0:41.7.0", "1-0:61.7.0"], "kW"),
  ...ofPhases("phase_currently_returned", ["1-0:22.7.0", "1-0:42.7.0", "1-0:62.7.0"], "kW"),
  ...ofPhases("phase_voltage", ["1-0:32.7.0", "1-0:52.7.0", "1-0:72.7.0"], "V"),
  ...ofPhases("phase_power_current", ["1-0:31.7.0", "1-0:51.7.0", "1-0:71.7.0"], "A"),
  extra_device_delivered: GAS,
};
/** What it publishes of a day, of its meter's events and of costs. */
const GROUPS: ReadonlySet<string> = new Set([
  ...["reading", "telegram", "consumption", "day-consumption", "current-month", "current-year", "meter-stats"],
  ...["current-period", "json", "raw", "day-totals"],
]);

/**
 * DSMR-reader: `dsmr/reading/<field>`, a value a topic in kW and kWh, or one object with all of them. The stamp has a topic of
 * its own; what comes under the others is of when it came.
 */
export const dsmrReader: Family = {
  profile: "dsmr-reader",
  about: {
    name: "DSMR-reader",
    topics: ["dsmr/reading/<field>", "dsmr/consumption/gas/delivered", "dsmr/json"],
    fields: [
      { measure: "powerW", from: "electricity_currently_delivered, electricity_currently_returned", unit: "kW" },
      { measure: "importWh", from: "electricity_delivered_1, electricity_delivered_2", unit: "kWh" },
      { measure: "exportWh", from: "electricity_returned_1, electricity_returned_2", unit: "kWh" },
      { measure: "tariffs", from: "electricity_delivered_<n>, electricity_returned_<n>", unit: "kWh" },
      {
        measure: "electrical",
        from: "phase_currently_delivered_l1, phase_voltage_l1, phase_power_current_l1",
        unit: "kW, V, A",
      },
      { measure: "volumeM3", from: "extra_device_delivered, gas/delivered", unit: "m³" },
    ],
    tested: [],
  },
  recognises: (message) => {
    if (named(NAMES, message.leaf)) return true;
    const { parts } = message;
    if (parts.some((part, index) => part === "dsmr" && GROUPS.has(parts[index + 1] ?? ""))) return true;
    const body = objectOf(message);
    return body !== undefined && "electricity_currently_delivered" in body && "electricity_delivered_1" in body;
  },

  decode(message, settings, memory) {
    const body = objectOf(message);
    const above = partsAbove(message);
    if (body) {
      const stamp = body.extra_device_timestamp;
      const gas = linesFor(GAS, body.extra_device_delivered, typeof stamp === "string" ? stamp : undefined);
      const lines = [...gas, ...linesOfAll(body, NAMES), ...stampLine(body.timestamp)];
      return gatewayReadings(lines, { above }, message, settings, memory);
    }
    const known = named(NAMES, message.leaf) ?? (message.topic.endsWith("/gas/delivered") ? GAS : undefined);
    if (!known || isSmallTalk(message.value)) return NOTHING;
    return gatewayReadings(linesFor(known, message.value), { above }, message, settings, memory);
  },
};

/** The parts of the topic above the kinds of values: `dsmr`. */
function partsAbove({ parts }: Message): readonly string[] {
  const group = parts.findIndex((part, index) => index > 0 && GROUPS.has(part));
  return group > 0 ? parts.slice(0, group) : parts.slice(0, -1);
}
