import type { Measure } from "../energy/measures";
import type { Decoded } from "./decoded";
import type { Memory } from "./memory";
import type { Message } from "./message";
import type { Unit } from "./units";

/** In the order in which the form and the list of devices show them. */
export const PROFILE_GROUPS = {
  homes: ["tasmota", "shelly-gen1", "shelly-gen2", "zigbee2mqtt", "esphome", "home-assistant", "homie", "ewelink"],
  utility: [
    ...(["p1", "p1-bridge", "dsmr-reader", "homewizard", "obis"] as const),
    ...(["smlreader", "vzlogger", "teleinfo", "ams", "glow"] as const),
  ],
  inverters: ["victron", "sma", "fronius", "growatt", "deye", "openwb", "evcc", "iotawatt", "openenergymonitor"],
  gateways: ["emoncms", "mbmd", "wmbus", "lorawan", "sparkplug"],
  any: ["json", "csv", "number"],
} as const;
export const PROFILES = [
  ...PROFILE_GROUPS.homes,
  ...PROFILE_GROUPS.utility,
  ...PROFILE_GROUPS.inverters,
  ...PROFILE_GROUPS.gateways,
  ...PROFILE_GROUPS.any,
] as const;
export type ProfileName = (typeof PROFILES)[number];

/** Where the user says the measures stand in a JSON body: `data.power`, `phases[0].p`. */
export interface JsonPaths {
  readonly power?: string;
  readonly import?: string;
  readonly export?: string;
}

export interface DecodeSettings {
  readonly profile: "auto" | ProfileName;
  /** Of numbers that do not say their own; kW when absent. A power unit stands for the energy unit of its size, too. */
  readonly unit?: Unit;
  readonly paths?: JsonPaths;
  /** IANA zone of stamps that name none. */
  readonly zone: string;
}

/** What `docs/devices.md` says of a family, in words that need no translation. */
export interface About {
  /** As its makers write it. */
  readonly name: string;
  /** As they come, with `<…>` for what differs: `tele/<topic>/SENSOR`. */
  readonly topics: readonly string[];
  readonly fields: readonly { readonly measure: Measure; readonly from: string; readonly unit: string }[];
  /** Versions whose messages are among the tests. */
  readonly tested: readonly string[];
  /** How its devices are switched: a profile of `automation-action`. */
  readonly switchedBy?: "tasmota" | "shelly-gen1" | "shelly-gen2" | "zigbee2mqtt" | "generic";
}

/** One make of device: a file each under `families/`. */
export interface Family {
  readonly profile: ProfileName;
  readonly about: About;
  /** Whether topic or body can only be this family's, or goes on with what one of its devices began to say. */
  recognises(message: Message, memory: Memory): boolean;
  /** Never throws. `memory` holds what its devices said before. */
  decode(message: Message, settings: DecodeSettings, memory: Memory): Decoded;
}
