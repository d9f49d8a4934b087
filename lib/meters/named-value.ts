import type { DecodeSettings } from "./family";
import type { FieldKind } from "./field-names";
import { hertz } from "./measures";
import { fraction, measureOf, type Said, type Target } from "./named-measures";
import { scaled, within } from "./numbers";
import type { Scale } from "./units";
import { unitOf, valueNameOf, type ValueName } from "./value-name";

/** A value that came alone (under a topic, as a metric, in a column), and what its name and unit say of it. */
export interface NamedValue {
  readonly target: Target;
  readonly value: number;
  /** 0 for L1. */
  readonly phase?: number;
  readonly tariff?: string;
  readonly role?: "solar" | "gas" | "water";
  /** The words of the name that say what it belongs to: `washer` of `washer_power`. */
  readonly of: string;
}

/** What a value says by its name and the unit that its device wrote for it, or nothing where it is none of energy's. */
export function namedValue(
  name: string,
  raw: unknown,
  unit: unknown,
  settings: DecodeSettings,
): NamedValue | undefined {
  const said = valueNameOf(name);
  if (!said) return undefined;
  const { target, value } = measure(said, raw, unit, settings) ?? {};
  if (target === undefined || value === undefined) return undefined;
  const { phase, tariff, medium, of } = said;
  const role =
    target === "volumeM3" ? medium : said.solar && (target === "powerW" || target === "importWh") ? "solar" : undefined;
  return {
    target,
    value,
    of,
    ...(role && { role }),
    ...(phase !== undefined && { phase }),
    ...(tariff !== undefined && isCounted(target) && { tariff }),
  };
}

function isCounted(target: Target): boolean {
  return target === "importWh" || target === "exportWh";
}

function measure(said: ValueName, raw: unknown, text: unknown, settings: DecodeSettings): Said | undefined {
  const { field } = said;
  const unit = unitOf(text);
  if (unit === "other") {
    if (field?.kind === "factor") return { target: "powerFactor", value: fraction(raw) };
    return field?.kind === "soc" ? { target: "socPercent", value: within(raw, 0, 100) } : undefined;
  }
  if (unit && "quantity" in unit) return { target: targetOf(said, unit), value: scaled(raw, unit.factor) };
  if (unit) return { target: ELECTRICAL[unit.kind] ?? "voltageV", value: electrical(unit.kind, raw, unit.factor) };
  if (!field || !said.sure) return undefined;
  const own = measureOf(field, raw, undefined, settings);
  const way = said.exported ? OUTWARD[own.target] : said.imported ? INWARD[own.target] : undefined;
  return { ...own, target: way ?? own.target };
}

function targetOf({ exported, imported }: ValueName, { quantity }: Scale): Target {
  if (quantity === "volume") return "volumeM3";
  if (quantity === "energy") return exported ? "exportWh" : "importWh";
  return exported ? "powerOutW" : imported ? "powerInW" : "powerW";
}

const OUTWARD: Readonly<Partial<Record<Target, Target>>> = {
  powerW: "powerOutW",
  powerInW: "powerOutW",
  importWh: "exportWh",
};
const INWARD: typeof OUTWARD = { powerW: "powerInW" };
const ELECTRICAL: Readonly<Partial<Record<FieldKind, Target>>> = {
  voltage: "voltageV",
  current: "currentA",
  frequency: "frequencyHz",
  apparent: "apparentVa",
  reactive: "reactiveVar",
};

function electrical(kind: FieldKind, raw: unknown, factor: number): number | undefined {
  const value = scaled(raw, factor);
  if (kind === "frequency") return hertz(value);
  if (kind === "voltage") return within(value, 0, 1e6);
  return kind === "current" ? within(value, -1e5, 1e5) : value;
}
