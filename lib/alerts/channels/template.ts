/** What a template may name; what a webhook needs none of is empty. */
export type TemplateValues = Readonly<Record<"title" | "message" | "severity" | "meter" | "site" | "secret", string>> &
  Readonly<Partial<Record<"user" | "to", string>>>;
export type Escape = (value: string) => string;

/** `{{name}}` filled in, each value escaped; a name that is none of ours stays as it stands. */
export function fillTemplate(template: string, values: TemplateValues, escape: Escape): string {
  return template.replace(/\{\{\s*(\w+)\s*\}\}/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? escape(wellFormed(values[name as keyof TemplateValues] ?? "")) : whole,
  );
}

/** Half a character, which `encodeURIComponent` throws at, becomes U+FFFD. */
const wellFormed = (value: string): string => Buffer.from(value, "utf8").toString("utf8");

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

const escapeJson: Escape = (value) => JSON.stringify(value).slice(1, -1);
const escapeMarkup: Escape = (value) => value.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);
const escapeForm: Escape = (value) => encodeURIComponent(value).replaceAll("%20", "+");
/** A colon may stand in a path, and some receivers (Telegram) are documented with it bare. */
export const escapeUrl: Escape = (value) => encodeURIComponent(value).replaceAll("%3A", ":");
/** One line, as the bytes of UTF-8: what HTTP takes in a header. */
export const escapeHeader: Escape = (value) => Buffer.from(value.replace(/\p{Cc}+/gu, " "), "utf8").toString("latin1");
const asIs: Escape = (value) => value;

/** How a value must be written inside a body of this content type. */
export function escapeFor(contentType: string): Escape {
  const type = contentType.split(";")[0]?.trim().toLowerCase() ?? "";
  if (/[/+]json$/.test(type)) return escapeJson;
  if (type === "application/x-www-form-urlencoded") return escapeForm;
  if (/[/+](xml|html)$/.test(type)) return escapeMarkup;
  return asIs;
}
