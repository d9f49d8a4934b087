import { ROLES, type Role } from "../../lib/energy/reading";
import { EnergyError } from "../../lib/errors";
import type { DecodeSettings, ProfileName } from "../../lib/meters/decode";
import { PROFILES } from "../../lib/meters/family";
import { UNITS } from "../../lib/meters/units";
import { isFilter } from "../../lib/mqtt/topic-filter";
import { parseChoice } from "../../lib/parse-choice";
import { parseNumber } from "../../lib/parse-number";

/** As the form keeps it. */
export interface MeterDef {
  readonly topic?: string;
  readonly meter?: string;
  readonly role?: string;
  readonly profile?: string;
  readonly unit?: string;
  readonly pathPower?: string;
  readonly pathImport?: string;
  readonly pathExport?: string;
  readonly gapLimitSeconds?: string;
  readonly reversed?: boolean;
}

export interface MeterInSettings {
  /** Empty: nothing is subscribed to. */
  readonly filter: string;
  /** Empty: from the topic. */
  readonly meter: string;
  readonly role: Role;
  readonly gapLimitMs: number;
  readonly reversed: boolean;
  readonly decode: DecodeSettings;
}

/** The settings that a form's texts mean, or an `invalid-config` error that names the field. `zone` is the site's. */
export function makeMeterSettings(def: MeterDef, zone: string): MeterInSettings {
  const filter = (def.topic ?? "").trim();
  if (filter !== "" && !isFilter(filter)) {
    throw new EnergyError(
      "invalid-config",
      `topic "${filter}" is no MQTT filter: # stands only at the end, + alone between slashes`,
      { field: "topic" },
    );
  }
  const gapLimitMs = parseNumber(def.gapLimitSeconds, "gapLimitSeconds", 300) * 1000;
  if (gapLimitMs <= 0) {
    throw new EnergyError("invalid-config", "gapLimitSeconds must be more than 0", { field: "gapLimitSeconds" });
  }
  return {
    filter,
    meter: def.meter ?? "",
    role: parseChoice(def.role, "role", ROLES, "load"),
    gapLimitMs,
    reversed: def.reversed === true,
    decode: {
      profile: parseChoice<ProfileName | "auto">(def.profile, "profile", ["auto", ...PROFILES]),
      unit: parseChoice(def.unit, "unit", UNITS, "kW"),
      paths: {
        ...(def.pathPower && { power: def.pathPower }),
        ...(def.pathImport && { import: def.pathImport }),
        ...(def.pathExport && { export: def.pathExport }),
      },
      zone,
    },
  };
}
