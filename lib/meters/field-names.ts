import type { Quantity, Scale } from "./units";
import { writtenScale } from "./units";

export type FieldKind =
  | "power"
  | "import"
  | "export"
  | "volume"
  | "value"
  | "voltage"
  | "current"
  | "factor"
  | "frequency"
  | "apparent"
  | "reactive"
  | "temperature"
  | "soc";

/** What the name of a JSON field says of its value. */
export interface Field {
  readonly kind: FieldKind;
  /** The unit in the name, as in `power_kw` or `importWh`. */
  readonly scale?: Scale;
  /** For the kinds whose unit is none of energy's: `current_ma`. */
  readonly factor?: number;
  /** Where several names of a kind stand in one body, the lowest wins. */
  readonly rank: number;
}

/** Lower case, no separators, most telling first. Names of periods (`today`, `month`) and maxima are left out on purpose. */
const NAMES: Readonly<Record<FieldKind, readonly string[]>> = {
  power: [
    ...[
      "activepower",
      "totalactivepower",
      "powertotal",
      "totalpower",
      "power",
      "apower",
      "actpower",
      "powernow",
      "currentpower",
      "acpower",
      "pac",
    ],
    ...["powercurr", "instantpower", "instantaneouspower", "watts", "watt", "wattage", "powerin", "p"],
  ],
  import: [
    ...[
      "energyimport",
      "importenergy",
      "totalimport",
      "energyimported",
      "importedenergy",
      "totalin",
      "energyin",
      "import",
    ],
    ...["imported", "energytotal", "totalenergy", "totalactiveenergy", "energyconsumed", "consumedenergy"],
    ...["energyconsumption", "activeenergy", "energyforward", "positiveactiveenergy", "energy", "total"],
  ],
  export: [
    ...["energyexport", "exportenergy", "totalexport", "energyexported", "exportedenergy", "totalout", "energyout"],
    ...[
      "enout",
      "export",
      "exported",
      "energyreturned",
      "returnedenergy",
      "energyreverse",
      "producedenergy",
      "energyproduced",
    ],
  ],
  volume: ["volume", "totalvolume", "volumetotal", "gas", "water", "gastotal", "watertotal", "totalgas", "totalwater"],
  value: ["consumption", "value", "val", "reading"],
  voltage: ["voltage", "volt", "volts", "rmsvoltage", "u"],
  current: ["current", "amps", "amperes", "ampere", "amperage", "rmscurrent", "i"],
  factor: ["powerfactor", "pf", "cosphi"],
  frequency: ["frequency", "freq"],
  apparent: ["apparentpower"],
  reactive: ["reactivepower"],
  temperature: ["temperature", "temp"],
  soc: ["soc", "stateofcharge", "batterysoc"],
};

const BASES = new Map<string, Field>(
  Object.entries(NAMES).flatMap(([kind, names]) =>
    names.map((name, rank): [string, Field] => [name, { kind: kind as FieldKind, rank }]),
  ),
);

/** A unit as the last word of a name. */
const OWN_UNITS = new Map<string, { kinds: readonly FieldKind[]; factor: number }>([
  ["v", { kinds: ["voltage"], factor: 1 }],
  ["mv", { kinds: ["voltage"], factor: 0.001 }],
  ["a", { kinds: ["current"], factor: 1 }],
  ["ma", { kinds: ["current"], factor: 0.001 }],
  ["hz", { kinds: ["frequency"], factor: 1 }],
  ["va", { kinds: ["apparent"], factor: 1 }],
  ["var", { kinds: ["reactive"], factor: 1 }],
  ["c", { kinds: ["temperature"], factor: 1 }],
  ["percent", { kinds: ["soc"], factor: 1 }],
  ["pct", { kinds: ["soc"], factor: 1 }],
]);

/** A name that is nothing but a unit. */
const UNIT_ALONE: Readonly<Record<Quantity, FieldKind>> = { power: "power", energy: "import", volume: "volume" };

/** The same few names come in message after message; strangers' names must not fill the memory. */
const known = new Map<string, Field | null>();
const MAX_KNOWN = 2000;

/** What a field's name means, or nothing: `power`, `power_kw`, `importWh`, `Total Energy (kWh)`. */
export function fieldOf(key: string): Field | undefined {
  let field = known.get(key);
  if (field === undefined) {
    field = key.length <= 40 ? (parseName(key) ?? null) : null;
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(key, field);
  }
  return field ?? undefined;
}

/** The words of a name in lower case: `totalEnergy (kWh)` has three. */
export function wordsOf(name: string): string[] {
  return name
    .replace(/m³/g, "m3")
    .replace(/\bk[Ww]([Hh]?)\b/g, "kw$1")
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean);
}

function parseName(key: string): Field | undefined {
  const words = wordsOf(key);
  const whole = BASES.get(words.join(""));
  if (whole) return whole;

  const last = words.at(-1) ?? "";
  const base = BASES.get(words.slice(0, -1).join(""));
  // In names, "mw" could be mega or milli: not guessed at.
  const scale = last === "mw" || (last === "l" && !base) ? undefined : writtenScale(last);
  if (scale && words.length === 1) return { kind: UNIT_ALONE[scale.quantity], scale, rank: 50 };
  if (!base) return undefined;
  if (scale) return { ...base, scale };
  const own = OWN_UNITS.get(last);
  return own?.kinds.includes(base.kind) ? { ...base, factor: own.factor } : undefined;
}
