import type { Language, SiteFacts } from "../energy/site-facts";
import type { Alert } from "../storage/energy-store";
import { isTextKey, oneLine, renderText, type TextKey } from "./render-text";

export interface Text {
  readonly title: string;
  readonly text: string;
}
export type NamedPlace = Pick<SiteFacts, "name" | "zone" | "currency">;

/** What an alert says to a reader of `language`: a person's own words as they are, a rule's from the catalogue. */
export function alertText(alert: Alert, language: Language, site: NamedPlace): Text {
  const values = { site: site.name, ...alert.values, rule: alert.rule, ...(alert.meter && { meter: alert.meter }) };
  const say = (key: TextKey): string => renderText(language, key, values, site);

  const [title, text] = [`${alert.kind}.title`, `${alert.kind}.text`];
  if (alert.message === undefined && isTextKey(title) && isTextKey(text)) return { title: say(title), text: say(text) };

  const severity = say(`posted-${alert.severity}.title`);
  return {
    title: alert.meter ? `${severity}: ${oneLine(alert.meter)}` : severity,
    text: alert.message ?? say("unknown-kind.text"),
  };
}

/** The news that an alert is over. */
export function clearedText(alert: Alert, language: Language, site: NamedPlace): Text {
  const values = { ...alertText(alert, language, site), cleared: alert.clearedAt ?? alert.at };
  return {
    title: renderText(language, "cleared.title", values, site),
    text: renderText(language, "cleared.text", values, site),
  };
}
