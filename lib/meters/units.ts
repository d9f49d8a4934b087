import { parseText } from "./numbers";

export const UNITS = ["W", "kW", "MW", "Wh", "kWh", "MWh", "m3", "L"] as const;
export type Unit = (typeof UNITS)[number];

export type Quantity = "power" | "energy" | "volume";

/** What a unit measures, and how many W, Wh or m³ one of it is. */
export interface Scale {
  readonly quantity: Quantity;
  readonly factor: number;
}

const SCALES = {
  W: { quantity: "power", factor: 1 },
  kW: { quantity: "power", factor: 1000 },
  MW: { quantity: "power", factor: 1e6 },
  Wh: { quantity: "energy", factor: 1 },
  kWh: { quantity: "energy", factor: 1000 },
  MWh: { quantity: "energy", factor: 1e6 },
  m3: { quantity: "volume", factor: 1 },
  L: { quantity: "volume", factor: 0.001 },
} as const satisfies Record<Unit, Scale>;

/** As devices write them. Case counts only where it tells mega from milli. */
const WRITTEN = new Map<string, Scale>([
  ...UNITS.map((unit): [string, Scale] => [unit, SCALES[unit]]),
  ...UNITS.filter((unit) => !unit.startsWith("M")).map((unit): [string, Scale] => [unit.toLowerCase(), SCALES[unit]]),
  ["mwh", SCALES.MWh], // nobody counts in milliwatt-hours
  ["mW", { quantity: "power", factor: 0.001 }],
  ["GJ", { quantity: "energy", factor: 1e9 / 3600 }],
  ["watt", SCALES.W],
  ["watts", SCALES.W],
  ["m³", SCALES.m3],
  ["m^3", SCALES.m3],
  ["litre", SCALES.L],
  ["liter", SCALES.L],
  ["litres", SCALES.L],
  ["liters", SCALES.L],
]);

export function scaleOf(unit: Unit): Scale {
  return SCALES[unit];
}

/** The scale of a unit as someone wrote it, or nothing where it is none of energy's. */
export function writtenScale(text: unknown): Scale | undefined {
  if (typeof text !== "string" || text.length > 12) return undefined;
  const unit = text.trim();
  return WRITTEN.get(unit) ?? WRITTEN.get(unit.toLowerCase());
}

/** A number with or without a unit of energy's behind it: `1.25 kW`. */
export function parseQuantity(text: string): { number: number; scale?: Scale } | undefined {
  const number = parseText(text);
  if (number !== undefined) return { number };
  const match = /^([+-]?[\d.,]+(?:e[+-]?\d+)?)\s*([a-zA-Z]{1,5}[³3]?)$/.exec(text.slice(0, 60));
  if (!match) return undefined;
  const before = parseText(match[1] ?? "");
  const scale = writtenScale(match[2]);
  return before !== undefined && scale ? { number: before, scale } : undefined;
}
