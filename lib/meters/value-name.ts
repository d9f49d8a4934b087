import { fieldOf, wordsOf, type Field, type FieldKind } from "./field-names";
import { writtenScale, type Scale } from "./units";

/** What the name of a value that stands alone says: `washer_power`, `Meter1/Voltage L2 (V)`, `total_energy_export`. */
export interface ValueName {
  readonly field?: Field;
  /** The name alone tells what it is; else it does so only beside a unit. */
  readonly sure: boolean;
  /** 0 for L1. */
  readonly phase?: number;
  /** One register of several: `1` of `energy_consumed_tariff_1`. */
  readonly tariff?: string;
  /** It is of what comes in, where another value may be of what goes out. */
  readonly imported: boolean;
  /** It is of what goes out. */
  readonly exported: boolean;
  /** It is of panels, whose production is what they say. */
  readonly solar: boolean;
  /** What flows, where it is no electricity. */
  readonly medium?: "gas" | "water";
  /** The words that say what it belongs to: `washer`. */
  readonly of: string;
}

/** Registers that start again, limits and forecasts are no measures. */
const NO_MEASURE = new Set([
  ...["today", "daily", "day", "yesterday", "week", "weekly", "month", "monthly", "year", "yearly", "hour", "hourly"],
  ...["session", "last", "max", "maximum", "min", "minimum", "peak", "avg", "average", "mean", "forecast", "estimated"],
  ...[
    "cost",
    "price",
    "tomorrow",
    "next",
    "predicted",
    "prediction",
    "expected",
    "remaining",
    "limit",
    "target",
    "setpoint",
    "threshold",
    "offset",
    "calibration",
    "rated",
  ],
]);
/** Says nothing of what is measured. */
const NOISE = new Set(["sensor", "meter", "value", "measured", "actual", "reading", "state"]);
const OUTWARD = new Set([
  ...["export", "exported", "exporting", "return", "returned", "feed", "fed", "feedin", "injected", "injection"],
  ...["reverse", "produced", "production", "generated", "generation", "out"],
]);
const INWARD = new Set(["import", "imported", "importing", "consumed", "consumption", "delivered"]);
const SOLAR = new Set(["solar", "pv", "photovoltaic", "inverter", "panel", "panels", "mppt"]);
/** Names that mean something only in a body of measures, or beside a unit. */
const AMBIGUOUS: ReadonlySet<FieldKind> = new Set(["value", "volume", "temperature"]);
const TOO_SHORT = new Set(["p", "u", "i", "total", "import", "imported", "export", "exported", "pac"]);
/** Beside a measure's name they say nothing of what it belongs to. */
const USUAL = new Set([
  ...["consumption", "consumed", "usage", "used", "total", "energy", "power", "active", "electricity", "electric"],
  ...["import", "imported", "delivered", "volume", "current", "voltage", "grid", "supply", "index", "register"],
]);
const PHASES: readonly (readonly string[])[] = [
  ["l1", "phase1", "phasea"],
  ["l2", "phase2", "phaseb"],
  ["l3", "phase3", "phasec"],
];

/** The same names come in message after message; strangers' names must not fill the memory. */
const known = new Map<string, ValueName | null>();
const MAX_KNOWN = 5000;

/** What a name says, or nothing where it is no measure's. */
export function valueNameOf(name: string): ValueName | undefined {
  let said = known.get(name);
  if (said === undefined) {
    said = (name.length <= 120 && parseValueName(name)) || null;
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(name, said);
  }
  return said ?? undefined;
}

function parseValueName(name: string): ValueName | undefined {
  const all = wordsOf(name);
  if (all.length > 12 || all.some((word) => NO_MEASURE.has(word))) return undefined;
  const { rest, tariff } = withoutTariff(all.filter((word) => !NOISE.has(word)));
  const { words, phases } = withoutPhases(rest);
  // Two phases: the voltage between them.
  if (phases.length > 1) return undefined;
  const solar = words.some((word) => SOLAR.has(word));
  const medium = words.includes("gas") ? "gas" : words.includes("water") ? "water" : undefined;
  const found = fieldIn(words);
  return {
    ...(found && { field: found.field }),
    sure: found?.sure === true,
    ...(phases[0] !== undefined && { phase: phases[0] }),
    ...(tariff !== undefined && { tariff }),
    imported: !solar && words.some((word) => INWARD.has(word)),
    exported: !solar && (found?.field.kind === "export" || words.some((word) => OUTWARD.has(word))),
    solar,
    ...(medium && { medium }),
    of: (found?.rest ?? words).filter((word) => !OUTWARD.has(word) && !USUAL.has(word) && word !== medium).join("_"),
  };
}

/** `tariff 1`, `tariff1`, `t1`. */
function withoutTariff(words: readonly string[]): { rest: readonly string[]; tariff?: string } {
  const at = words.findIndex((word) => /^(?:tariff|tarif|t[1-9]$)/.test(word));
  if (at < 0) return { rest: words };
  const word = words[at] ?? "";
  const inside = word.replace(/^(?:tariff|tarif|t)/, "");
  const next = inside === "" ? words[at + 1] : undefined;
  const rest = words.filter((_, index) => index !== at && !(next !== undefined && index === at + 1));
  const tariff = inside || next;
  return { rest, ...(tariff !== undefined && { tariff }) };
}

function withoutPhases(words: readonly string[]): { words: string[]; phases: number[] } {
  const rest: string[] = [];
  const phases: number[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? "";
    const pair = word === "phase" ? word + (words[index + 1] ?? "") : word;
    const phase = PHASES.findIndex((names) => names.includes(pair));
    if (phase < 0) rest.push(word);
    else {
      phases.push(phase);
      if (pair !== word) index += 1;
    }
  }
  return { words: phases.length > 0 ? rest.filter((word) => word !== "n") : rest, phases };
}

interface Found {
  readonly field: Field;
  readonly rest: readonly string[];
  readonly sure: boolean;
}

/** The longest known name at the end of the words, else at their start; a sure one before any other. */
function fieldIn(words: readonly string[]): Found | undefined {
  let unsure: Found | undefined;
  const look = (from: number, to: number): Found | undefined => {
    const own = words.slice(from, to);
    const field = fieldOf(own.join("_"));
    if (!field) return undefined;
    const rest = [...words.slice(0, from), ...words.slice(to)];
    if (isSure(own, field)) return { field, rest, sure: true };
    unsure ??= { field, rest, sure: false };
    return undefined;
  };
  for (let from = 0; from < words.length; from += 1) {
    const found = look(from, words.length);
    if (found) return found;
  }
  for (let to = words.length - 1; to > 0; to -= 1) {
    const found = look(0, to);
    if (found) return found;
  }
  return unsure;
}

function isSure(words: readonly string[], field: Field): boolean {
  if (words.length === 1 && TOO_SHORT.has(words[0] ?? "")) return false;
  return field.scale !== undefined || field.factor !== undefined || !AMBIGUOUS.has(field.kind);
}

const OTHER_UNITS = new Map<string, { kind: FieldKind; factor: number }>([
  ["V", { kind: "voltage", factor: 1 }],
  ["mV", { kind: "voltage", factor: 0.001 }],
  ["kV", { kind: "voltage", factor: 1000 }],
  ["A", { kind: "current", factor: 1 }],
  ["mA", { kind: "current", factor: 0.001 }],
  ["Hz", { kind: "frequency", factor: 1 }],
  ["VA", { kind: "apparent", factor: 1 }],
  ["kVA", { kind: "apparent", factor: 1000 }],
  ["var", { kind: "reactive", factor: 1 }],
  ["kvar", { kind: "reactive", factor: 1000 }],
]);

/** A unit that a device wrote beside a value: a scale of energy's, one of the electrical ones, or `other`. */
export function unitOf(
  text: unknown,
): Scale | { readonly kind: FieldKind; readonly factor: number } | "other" | undefined {
  if (typeof text !== "string" || text.trim() === "") return undefined;
  const unit = text.trim();
  return writtenScale(unit) ?? OTHER_UNITS.get(unit) ?? OTHER_UNITS.get(unit.replace(/^VAr$/i, "var")) ?? "other";
}
