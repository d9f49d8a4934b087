import { EnergyError } from "../errors";
import { generic, type GenericTopics } from "./profiles/generic";
import type { DeviceAddress, DeviceProfile } from "./profiles/profile";
import { shellyGen1 } from "./profiles/shelly-gen1";
import { shellyGen2 } from "./profiles/shelly-gen2";
import { tasmota } from "./profiles/tasmota";
import { zigbee2mqtt } from "./profiles/zigbee2mqtt";

export type ProfileSettings = DeviceAddress & GenericTopics;

/** By the names that flows keep: never rename one. */
const PROFILES: Readonly<Record<string, (settings: ProfileSettings) => DeviceProfile>> = {
  tasmota,
  "shelly-gen1": shellyGen1,
  "shelly-gen2": shellyGen2,
  zigbee2mqtt,
  generic,
};

/** The profile of one device, or nothing while no device was chosen; `invalid-config` when a setting is wrong. */
export function makeProfile(name: string, settings: ProfileSettings): DeviceProfile | undefined {
  const make = Object.hasOwn(PROFILES, name) ? PROFILES[name] : undefined;
  if (!make) throw new EnergyError("invalid-config", `no device profile is called "${name}"`, { field: "profile" });
  const chosen = name === "generic" ? settings.commandTopic : settings.device;
  return chosen.trim() === "" ? undefined : make(settings);
}
