import type { Decoded } from "./decoded";
import type { Message } from "./message";
import type { Unit } from "./units";

export const PROFILES = ["tasmota", "shelly-gen1", "shelly-gen2", "zigbee2mqtt", "json", "number"] as const;
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

/** One make of device: a file each under `families/`. */
export interface Family {
  readonly profile: ProfileName;
  /** Whether topic or body can only be this family's. */
  recognises(message: Message): boolean;
  decode(message: Message, settings: DecodeSettings): Decoded;
}
