import type { Language } from "../energy/site-facts";

const SPOKEN = new Map<string, Language>([
  ["en", "en-US"],
  ["es", "es-ES"],
]);

/** The first language of an `Accept-Language` header that we speak, else `fallback`. */
export function askersLanguage(header: string | undefined, fallback: Language): Language {
  const wishes = (header ?? "")
    .slice(0, 500)
    .split(",")
    .map((part) => {
      const [tag = "", ...parameters] = part.trim().split(";");
      const weight = parameters.map((parameter) => /^\s*q=([\d.]+)\s*$/i.exec(parameter)?.[1]).find(Boolean);
      return {
        language: SPOKEN.get(tag.trim().toLowerCase().slice(0, 2)),
        weight: weight === undefined ? 1 : Number(weight),
      };
    })
    .filter((wish) => wish.weight > 0);
  wishes.sort((one, other) => other.weight - one.weight);
  return wishes.find((wish) => wish.language)?.language ?? fallback;
}
