import type { Formula } from "../../lib/energy/formula";
import { NETTINGS, type Netting } from "../../lib/energy/netting";
import { ROLES, type Role } from "../../lib/energy/reading";
import { KIND_DEFAULTS, type SiteFacts } from "../../lib/energy/site-facts";
import { EnergyError } from "../../lib/errors";
import { COVERS, INTERVAL_MINUTES, type Covers } from "../../lib/meters/covers";
import type { DecodeSettings, ProfileName } from "../../lib/meters/decode";
import { PROFILES } from "../../lib/meters/family";
import { UNITS } from "../../lib/meters/units";
import { isFilter } from "../../lib/mqtt/topic-filter";
import { parseChoice } from "../../lib/parse-choice";
import { parseOptionalNumber } from "../../lib/parse-number";
import type { MeterSettings } from "../../lib/storage/energy-store";

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
  readonly plus?: string;
  readonly minus?: string;
  readonly parent?: string;
  readonly maxPowerKw?: string;
  readonly rolloverKwh?: string;
  readonly gapLimitSeconds?: string;
  readonly staleSeconds?: string;
  readonly covers?: string;
  readonly intervalMinutes?: string;
  readonly netting?: string;
  readonly reversed?: boolean;
}

export interface MeterInSettings {
  /** Empty: nothing is subscribed to. */
  readonly filter: string;
  /** Empty: from the topic. */
  readonly meter: string;
  /** Absent: what the device says of itself. */
  readonly role?: Role;
  readonly reversed: boolean;
  readonly covers: Covers;
  readonly decode: DecodeSettings;
  /** What is told of each of its meters, beside key and role. */
  readonly described: Omit<MeterSettings, "key" | "role">;
  readonly staleMs: number;
  readonly maxPowerW: number;
}

/** The settings that a form's texts mean, or an `invalid-config` error that names the field. */
export function makeMeterSettings(def: MeterDef, site: Pick<SiteFacts, "zone" | "kind">): MeterInSettings {
  const filter = (def.topic ?? "").trim();
  if (filter !== "" && !isFilter(filter)) {
    throw new EnergyError(
      "invalid-config",
      `topic "${filter}" is no MQTT filter: # stands only at the end, + alone between slashes`,
      { field: "topic" },
    );
  }
  const isComputed = def.profile === "computed";
  const formula = isComputed ? makeFormula(def) : undefined;
  const role = parseChoice<Role | "auto">(def.role, "role", ["auto", ...ROLES]);
  const covers = makeCovers(def);
  const netting = parseChoice<Netting>(def.netting, "netting", NETTINGS);
  const gapLimitMs = (above0(def.gapLimitSeconds, "gapLimitSeconds") ?? Math.max(300, heldSeconds(covers))) * 1000;
  const staleMs = (above0(def.staleSeconds, "staleSeconds") ?? 0) * 1000;
  const maxPowerKw = above0(def.maxPowerKw, "maxPowerKw");
  const rolloverKwh = above0(def.rolloverKwh, "rolloverKwh");
  const parent = def.parent?.trim();
  return {
    filter: isComputed ? "" : filter,
    meter: def.meter ?? "",
    ...(role !== "auto" && { role }),
    reversed: def.reversed === true,
    covers,
    decode: {
      profile: isComputed ? "auto" : parseChoice<ProfileName | "auto">(def.profile, "profile", ["auto", ...PROFILES]),
      unit: parseChoice(def.unit, "unit", UNITS, "kW"),
      paths: {
        ...(def.pathPower && { power: def.pathPower }),
        ...(def.pathImport && { import: def.pathImport }),
        ...(def.pathExport && { export: def.pathExport }),
      },
      zone: site.zone,
    },
    described: {
      gapLimitMs,
      ...(staleMs > 0 && { staleMs }),
      ...(maxPowerKw !== undefined && { maxPowerW: maxPowerKw * 1000 }),
      ...(rolloverKwh !== undefined && { rolloverWh: rolloverKwh * 1000 }),
      ...(netting !== "device" && { netting }),
      ...(parent && { parent }),
      ...(formula && { formula }),
    },
    staleMs: staleMs || gapLimitMs,
    maxPowerW: maxPowerKw === undefined ? KIND_DEFAULTS[site.kind].maxPowerW : maxPowerKw * 1000,
  };
}

function makeFormula(def: MeterDef): Formula {
  const plus = names(def.plus);
  const minus = names(def.minus);
  const own = def.meter?.trim();
  if (!own) {
    throw new EnergyError("invalid-config", "meter is empty: a computed meter needs a name", { field: "meter" });
  }
  if (plus.length === 0) {
    throw new EnergyError("invalid-config", "plus is empty: name the meters to add up", { field: "plus" });
  }
  if (plus.includes(own) || minus.includes(own)) {
    throw new EnergyError("invalid-config", `"${own}" cannot be computed from itself`, { field: "plus" });
  }
  return { plus, minus };
}

/** Meter names, separated by commas. */
function names(text: string | undefined): string[] {
  const list = (text ?? "").split(",").map((name) => name.trim());
  return [...new Set(list.filter(Boolean))];
}

function makeCovers(def: MeterDef): Covers {
  const choices = INTERVAL_MINUTES.map(String) as [string, ...string[]];
  const minutes = Number(parseChoice(def.intervalMinutes, "intervalMinutes", choices, "60"));
  return {
    kind: parseChoice(def.covers, "covers", COVERS),
    minutes: INTERVAL_MINUTES.find((one) => one === minutes) ?? 60,
  };
}

/** The mean power of an interval is held until the next one; a day has 25 hours at most. */
function heldSeconds({ kind, minutes }: Covers): number {
  if (kind !== "interval") return 0;
  return (minutes === 1440 ? 25 * 60 : minutes) * 60;
}

function above0(value: unknown, field: string): number | undefined {
  const number = parseOptionalNumber(value, field);
  if (number !== undefined && number <= 0) {
    throw new EnergyError("invalid-config", `${field} must be more than 0, got ${number}`, { field });
  }
  return number;
}
