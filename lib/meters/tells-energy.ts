import { fieldOf, type FieldKind } from "./field-names";
import { wordsIn } from "./guess-role";
import { isBody, type Message } from "./message";

/** Beginnings of words in topics under which energy is published. */
const WORDS = [
  ...["energ", "power", "watt", "kwh", "mwh", "electr", "meter", "consum", "usage", "grid", "solar", "gas", "water"],
  ...["potenc", "puissanc", "potenz", "leistung", "verbrauch", "strom", "zahler", "contador", "compteur", "contatore"],
  ...["luz", "agua", "wasser", "emon", "dsmr", "smartmeter", "inverter", "batter", "charg"],
];
/** Names that can stand for anything: a room's temperature, too, is a `value`. */
const VAGUE: ReadonlySet<FieldKind> = new Set(["value", "temperature", "voltage", "current", "frequency", "soc"]);
const MOST_KEYS = 200;

/** Whether a message that any device could have sent says that it is about energy: by its unit, its topic or its fields. */
export function tellsEnergy({ topic, value, body }: Message): boolean {
  if (typeof value === "string" && /[a-df-z]/i.test(value)) return true;
  if (wordsIn(topic).some((word) => WORDS.some((known) => word.startsWith(known)))) return true;
  const items: readonly unknown[] = Array.isArray(body) ? body.slice(0, 1) : [body];
  return items.some(
    (item) => isBody(item) && (hasField(item) || Object.values(item).some((inner) => isBody(inner) && hasField(inner))),
  );
}

function hasField(body: object): boolean {
  return Object.keys(body)
    .slice(0, MOST_KEYS)
    .some((key) => {
      const field = fieldOf(key);
      return field !== undefined && !VAGUE.has(field.kind);
    });
}
