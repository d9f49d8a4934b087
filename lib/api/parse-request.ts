import { z } from "zod";
import type { Language } from "../energy/site-facts";
import { toInvalid } from "./problem";
import { Refused } from "./refused";

const WORDING: Record<Language, z.core.$ZodErrorMap> = {
  "en-US": z.locales.en().localeError,
  "es-ES": z.locales.es().localeError,
};

/** A JSON body by its schema; throws an `invalid-query` error that names the field at fault, in the asker's language. */
export function parseBody<Schema extends z.ZodType>(
  schema: Schema,
  body: unknown,
  language: Language,
): z.infer<Schema> {
  const parsed = schema.safeParse(body, { error: WORDING[language] });
  if (!parsed.success) throw toInvalid(parsed.error);
  return parsed.data;
}

/** A query by its schema. The host's parser makes lists and objects out of `a=1&a=2` and `a[b]=1`: these are refused. */
export function parseQuery<Schema extends z.ZodType>(
  schema: Schema,
  query: unknown,
  language: Language,
): z.infer<Schema> {
  const plain = new Map<string, string>();
  for (const [field, value] of Object.entries(query ?? {})) {
    if (typeof value !== "string") throw new Refused("invalid-query", "oneValue", { field });
    plain.set(field, toOffset(value));
  }
  return parseBody(schema, Object.fromEntries(plain), language);
}

/** A plus sign that nobody encoded arrives as a space: `…T10:00:00 01:00`. */
const toOffset = (value: string): string => value.replace(/^(\d{4}-\d{2}-\d{2}T[\d:.]+) (\d{2}:\d{2})$/, "$1+$2");
