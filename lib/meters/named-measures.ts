import type { DraftElectrical, DraftReading } from "./decoded";
import type { DecodeSettings } from "./family";
import { assembleAll, makeParts, type Part } from "./assembled";
import { fieldOf, type Field } from "./field-names";
import { cosine, hertz, put, putElectrical, says, sum } from "./measures";
import { objectAt, type Body } from "./message";
import { measured, scale, scaled, within } from "./numbers";
import { namedValue } from "./named-value";
import { parseQuantity, scaleOf, writtenScale, type Scale } from "./units";
import { unitOf, valueNameOf } from "./value-name";

/** What a field can say; `powerInW` and `powerOutW` are the two directions of one power. */
export type Target =
  | "powerW"
  | "powerInW"
  | "powerOutW"
  | "importWh"
  | "exportWh"
  | "volumeM3"
  | "voltageV"
  | "currentA"
  | "powerFactor"
  | "frequencyHz"
  | "apparentVa"
  | "reactiveVar"
  | "temperatureC"
  | "socPercent";

export interface Said {
  readonly target: Target;
  readonly value: number | undefined;
}

/** No meter has more; an object of a hundred thousand keys must not hold the loop. */
const MAX_KEYS = 500;

/** What the fields of one object say by their usual names; nothing where none is about energy. */
export function measuresByName(body: Body, settings: DecodeSettings): DraftReading | undefined {
  const best = new Map<Target, { rank: number; value: number }>();
  const said = own(body, "unit") ?? own(body, "unit_of_measurement") ?? own(body, "units");
  const unit = writtenScale(said);
  // {"value": 230, "unit": "V"} is no power.
  const isOther = unit === undefined && unitOf(said) !== undefined;

  const phases: Part[] = [];
  let keys = 0;
  for (const [key, raw] of fieldsOf(body)) {
    if (++keys > MAX_KEYS) break;
    const field = fieldOf(key);
    if (!field) {
      phases.push(...phaseParts(key, raw, settings));
      continue;
    }
    if (isOther && field.kind === "value") continue;
    const { target, value } = measureOf(field, raw, unit, settings);
    const before = best.get(target);
    if (value !== undefined && !(before && before.rank <= field.rank)) best.set(target, { rank: field.rank, value });
  }
  if (phases.length === 0) return best.size > 0 ? draftOf(best, body) : undefined;
  return withPhases(draftOf(best, body) ?? {}, phases);
}

/** The fields of a body; `{"energy": {"import": 5}}` says what `energy_import` does. */
function* fieldsOf(body: Body): Generator<readonly [string, unknown]> {
  for (const key in body) {
    const group = GROUPS.has(key) ? objectAt(body, key) : undefined;
    if (!group || Object.hasOwn(group, "value")) yield [key, body[key]];
    else for (const inner in group) yield [`${key}_${inner}`, group[inner]];
  }
}
const GROUPS: ReadonlySet<string> = new Set(["power", "energy", "voltage", "current"]);

const PHASE_OBJECT = /^(?:l|phase_?)([123abc])$/i;

/** What a key says of one phase, tariff or direction: `power_l1`, `power_import`, or an object of measures under `L1`. */
function phaseParts(key: string, value: unknown, settings: DecodeSettings): Part[] {
  const [, name] = PHASE_OBJECT.exec(key) ?? [];
  if (name === undefined) {
    const known = valueNameOf(key);
    if (known?.of !== "") return [];
    const isPart = known.phase !== undefined || known.tariff !== undefined;
    // Whether a production is of this meter or of its site's panels is not said.
    if (!isPart && ((!known.imported && !known.exported) || /produc|generat/i.test(key))) return [];
    const { bare, unit } = unwrapText(value);
    const part = namedValue(key, bare, unit, settings);
    return part ? [part] : [];
  }
  if (typeof value !== "object" || value === null) return [];
  const phase = "1a2b3c".indexOf(name.toLowerCase()) >> 1;
  const body = value as Body;
  return Object.keys(body)
    .slice(0, MAX_PHASE_KEYS)
    .flatMap((own): Part[] => {
      const field = fieldOf(own);
      const said = field && measureOf(field, body[own], undefined, settings);
      return said?.value === undefined ? [] : [{ target: said.target, value: said.value, phase }];
    });
}
const MAX_PHASE_KEYS = 50;

/** Adds the phases, and their sums where the body says no total. */
function withPhases(draft: DraftReading, parts: readonly Part[]): DraftReading | undefined {
  const { electrical, ...sums } = assembleAll(makeParts(), parts, 0);
  for (const key of ["powerW", "importWh", "exportWh"] as const) {
    const only = parts.filter(({ target }) => target === key);
    put(draft, key, draft[key] ?? sums[key] ?? (only.length === 1 ? only[0]?.value : undefined));
  }
  put(draft, "tariffs", sums.tariffs);
  if (electrical) putElectrical(draft, electrical);
  return says(draft) ? draft : undefined;
}

function unwrapText(value: unknown): { bare: unknown; unit: unknown } {
  if (typeof value !== "object" || value === null) return { bare: value, unit: undefined };
  const body = value as Body;
  return { bare: own(body, "value"), unit: own(body, "unit") ?? own(body, "unit_of_measurement") };
}

/** A number and the unit it carries, where it came as `{"value": 1.2, "unit": "kW"}` or `"1.2 kW"`. */
export function unwrap(value: unknown): { bare: unknown; unit: Scale | undefined } {
  const quantity = typeof value === "string" ? parseQuantity(value) : undefined;
  if (quantity) return { bare: quantity.number, unit: quantity.scale };
  if (typeof value !== "object" || value === null) return { bare: value, unit: undefined };
  const body = value as Body;
  return { bare: own(body, "value"), unit: writtenScale(own(body, "unit") ?? own(body, "unit_of_measurement")) };
}

function own(body: Body, key: string): unknown {
  return Object.hasOwn(body, key) ? body[key] : undefined;
}

const IMPORT_OF = { power: "powerW", energy: "importWh", volume: "volumeM3" } as const;
const IN_OF = { power: "powerInW", energy: "importWh", volume: "volumeM3" } as const;
const OUT_OF = { power: "powerOutW", energy: "exportWh", volume: "volumeM3" } as const;

/** The measure of one field in units of ours; `sibling` is a unit that stands beside the fields. */
export function measureOf(field: Field, raw: unknown, sibling: Scale | undefined, settings: DecodeSettings): Said {
  const { bare, unit } = unwrap(raw);
  const by = (targets: Readonly<Record<Scale["quantity"], Target>>, fallback: Scale): Said => {
    // A unit beside the fields is of those it fits: {"power": 1.2, "energy": 5, "unit": "kW"}.
    const fitting = field.kind === "value" || sibling?.quantity === fallback.quantity ? sibling : undefined;
    const { quantity, factor } = unit ?? field.scale ?? fitting ?? fallback;
    return { target: targets[quantity], value: scaled(bare, factor) };
  };
  const factor = field.factor ?? 1;

  switch (field.kind) {
    case "power":
      return by(IMPORT_OF, scaleOf("W"));
    case "import":
      return by(IN_OF, scaleOf("kWh"));
    case "export":
      return by(OUT_OF, scaleOf("kWh"));
    case "volume":
      return by(IMPORT_OF, scaleOf("m3"));
    case "value":
      return by(IMPORT_OF, scaleOf(settings.unit ?? "kW"));
    case "voltage":
      return { target: "voltageV", value: within(scaled(bare, factor), 0, 1e6) };
    case "current":
      return { target: "currentA", value: within(scaled(bare, factor), -1e5, 1e5) };
    case "factor":
      return { target: "powerFactor", value: fraction(bare) };
    case "frequency":
      return { target: "frequencyHz", value: hertz(bare) };
    case "apparent":
      return { target: "apparentVa", value: scaled(bare, factor) };
    case "reactive":
      return { target: "reactiveVar", value: scaled(bare, factor) };
    case "temperature":
      return { target: "temperatureC", value: within(bare, -100, 1500) };
    case "soc":
      return { target: "socPercent", value: within(bare, 0, 100) };
  }
}

/** A power factor as a fraction or in percent. */
export function fraction(value: unknown): number | undefined {
  const number = measured(value);
  if (number === undefined || Math.abs(number) > 100) return undefined;
  return Math.abs(number) > 1 ? scale(number, 0.01) : cosine(number);
}

function draftOf(best: ReadonlyMap<Target, { value: number }>, body: Body): DraftReading | undefined {
  const value = (target: Target): number | undefined => best.get(target)?.value;
  const draft: DraftReading = {};
  const out = value("powerOutW");
  put(draft, "powerW", value("powerW") ?? sum([value("powerInW"), out === undefined ? undefined : -out]));
  for (const key of ["importWh", "exportWh", "volumeM3", "socPercent"] as const) put(draft, key, value(key));
  const electrical: DraftElectrical = {};
  for (const key of ["voltageV", "currentA", "powerFactor", "frequencyHz", "apparentVa", "reactiveVar"] as const) {
    put(electrical, key, value(key));
  }
  // A battery's voltage or a room's temperature alone is no meter; volts beside amperes are.
  const isMeter = says(draft) || (!Object.hasOwn(body, "battery") && Object.keys(electrical).length >= 2);
  if (!isMeter) return undefined;
  putElectrical(draft, electrical);
  put(draft, "temperatureC", value("temperatureC"));
  return draft;
}
