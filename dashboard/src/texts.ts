import enUS from "./texts/en-US.json";
import esES from "./texts/es-ES.json";

export type Language = "en-US" | "es-ES";

type Leaves<Node> = {
  [Key in keyof Node & string]: Node[Key] extends string ? Key : `${Key}.${Leaves<Node[Key]>}`;
}[keyof Node & string];
export type TextKey = Leaves<typeof enUS>;
export type Values = Readonly<Record<string, string | number>>;
/** The text of `key` with `{name}` filled in from `values`. */
export type Text = (key: TextKey, values?: Values) => string;

/** A key whose text has a form for one and another for more. */
export type CountKey = TextKey extends infer Key ? (Key extends `${infer Base}.one` ? Base : never) : never;

interface Catalogue {
  readonly [key: string]: string | Catalogue;
}

const CATALOGUES: Readonly<Record<Language, typeof enUS>> = { "en-US": enUS, "es-ES": esES };

export const LANGUAGES: Readonly<Record<Language, string>> = { "en-US": "English", "es-ES": "Español" };

export function makeText(language: Language): Text {
  const texts = flatten(CATALOGUES[language]);
  return (key, values = {}) =>
    (texts.get(key) ?? key).replaceAll(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}

/**
 * The language to speak: what the reader chose, else the first of the browser's that is spoken here, else the site's;
 * nothing while none of them is known.
 */
export function pickLanguage(
  chosen: string | undefined,
  preferred: readonly string[],
  site: Language | undefined,
): Language | undefined {
  return toLanguage(chosen) ?? preferred.map(toLanguage).find((language) => language !== undefined) ?? site;
}

function toLanguage(tag: string | undefined): Language | undefined {
  const primary = tag?.toLowerCase().split("-")[0];
  if (primary === "en") return "en-US";
  if (primary === "es") return "es-ES";
  return undefined;
}

function flatten(catalogue: Catalogue, prefix = "", into = new Map<string, string>()): Map<string, string> {
  for (const [key, value] of Object.entries(catalogue)) {
    if (typeof value === "string") into.set(prefix + key, value);
    else flatten(value, `${prefix}${key}.`, into);
  }
  return into;
}
