import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { MeterNames } from "./house/to-readings.ts";
import type { Language } from "./options.ts";

export const METER_NAMES: Readonly<Record<Language, MeterNames>> = {
  "en-US": { grid: "Grid", solar: "Solar", heater: "Heater", washer: "Washing machine", fridge: "Fridge" },
  "es-ES": { grid: "Red", solar: "Placas solares", heater: "Calefactor", washer: "Lavadora", fridge: "Nevera" },
};
const SITE_NAMES: Readonly<Record<Language, string>> = { "en-US": "Demo house", "es-ES": "Casa de muestra" };

/** The example that the demonstration runs; anyone may import it too. */
const EXAMPLE = join(import.meta.dirname, "..", "..", "examples", "A whole house.json");

interface FlowNode {
  readonly id: string;
  readonly type: string;
  readonly name?: string;
  readonly meter?: string;
  readonly topic?: string;
  readonly device?: string;
  readonly confirmMeter?: string;
}

export interface DemoFlow {
  readonly flow: readonly FlowNode[];
  readonly credentials: Readonly<Record<string, object>>;
}

/** "A whole house" on this broker, in this language; `prefix` stands before the names of the simulated devices. */
export function demoFlow(brokerUrl: string, prefix: string, language: Language): DemoFlow {
  const example = JSON.parse(readFileSync(EXAMPLE, "utf8")) as FlowNode[];
  const url = new URL(brokerUrl);
  const user = decodeURIComponent(url.username);
  const password = decodeURIComponent(url.password);
  url.username = "";
  url.password = "";

  const english = METER_NAMES["en-US"];
  const keys = ["grid", "solar", "heater", "washer", "fridge"] as const;
  const names = new Map(keys.map((key) => [english[key], METER_NAMES[language][key]]));
  const renamed = (name = ""): string => names.get(name) ?? name;

  const prefixed = (text = ""): string =>
    prefix ? text.replace(/(^|\/)(grid|solar|heater|washer|fridge)(?=\/|$)/, `$1${prefix}$2`) : text;

  const flow = example.map((node) => {
    const { name, meter, topic, device, confirmMeter } = node;
    switch (node.type) {
      case "energy-site":
        return { ...node, name: SITE_NAMES[language], language };
      case "energy-broker":
        // A session kept at someone's broker would outlive us and fill up there.
        return { ...node, url: url.href.replace(/\/$/, ""), persistent: false };
      case "energy-api":
        return { ...node, localMayControl: true };
      case "meter-in":
        return { ...node, name: renamed(name), meter: renamed(meter), topic: prefixed(topic) };
      case "automation-action":
        return { ...node, name: renamed(name), confirmMeter: renamed(confirmMeter), device: prefixed(device) };
      default:
        return node;
    }
  });
  return { flow, credentials: { "house-broker": { user, password } } };
}
