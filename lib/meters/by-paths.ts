import { refused, type Decoded, type DraftReading } from "./decoded";
import type { DecodeSettings, JsonPaths } from "./family";
import { evaluate, isExpression, makeTimeLimit, type Outcome } from "./json-expression";
import { valueAtPath } from "./json-path";
import { put } from "./measures";
import { unwrap } from "./named-measures";
import { scaled } from "./numbers";
import { scaleOf, type Scale, type Unit } from "./units";

const MEASURES = { power: "powerW", import: "importWh", export: "exportWh" } as const;
const NAMES = ["power", "import", "export"] as const;

export function hasPaths(paths: JsonPaths | undefined): paths is JsonPaths {
  return paths !== undefined && Boolean(paths.power || paths.import || paths.export);
}

/** What stands at a path, or why nothing can. */
type LookUp<Item> = (item: Item, path: string) => Outcome;

/** Looks up in JSON: the path as it stands, else as a JSONata expression. One for a message, which all its items share. */
export function jsonLookUp(): LookUp<unknown> {
  const isOver = makeTimeLimit();
  return (item, path) => {
    const value = valueAtPath(item, path);
    return value !== undefined || !isExpression(path) ? { value } : evaluate(path, item, isOver);
  };
}

/** The readings of the items in which something stands where the user said; refused where nothing does, or an expression fails. */
export function readByPaths<Item>(
  items: readonly Item[],
  paths: JsonPaths,
  settings: DecodeSettings,
  lookUp: LookUp<Item>,
): { readonly kind: "found"; readonly found: readonly (readonly [Item, DraftReading])[] } | Decoded {
  const [power, energy] = scalesFor(settings.unit ?? "kW");
  const found: [Item, DraftReading][] = [];
  for (const item of items) {
    const draft: DraftReading = {};
    let stands = false;
    for (const name of NAMES) {
      const path = paths[name];
      if (!path) continue;
      const outcome = lookUp(item, path);
      if ("error" in outcome) return refused("path-missing", `${path}: ${outcome.error}`);
      if (outcome.value === undefined) continue;
      stands = true;
      put(draft, MEASURES[name], amount(outcome.value, name === "power" ? power : energy));
    }
    if (stands) found.push([item, draft]);
  }
  if (found.length > 0) return { kind: "found", found };
  return refused(
    "path-missing",
    NAMES.map((name) => paths[name])
      .filter(Boolean)
      .join(", "),
  );
}

/** A number, or an object of a value and its unit. */
function amount(value: unknown, fallback: Scale): number | undefined {
  const { bare, unit } = unwrap(value);
  return scaled(bare, (unit ?? fallback).factor);
}

/** One setting serves both: kW means kilowatts and kilowatt-hours. */
function scalesFor(unit: Unit): readonly [Scale, Scale] {
  const { quantity, factor } = scaleOf(unit);
  const size = quantity === "volume" ? 1000 : factor;
  return [
    { quantity: "power", factor: size },
    { quantity: "energy", factor: size },
  ];
}
