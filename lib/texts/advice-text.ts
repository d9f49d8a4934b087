import type { Language } from "../energy/site-facts";
import type { Advice } from "../storage/energy-store";
import type { NamedPlace, Text } from "./alert-text";
import { isTextKey, renderText } from "./render-text";

/** What an advice says to a reader of `language`; the kind itself where no catalogue knows it. */
export function adviceText(advice: Advice, language: Language, site: NamedPlace): Text {
  const saving = advice.savingPerYear;
  const values = { site: site.name, ...advice.values, ...(saving !== undefined && { saving }) };
  const say = (key: string): string => (isTextKey(key) ? renderText(language, key, values, site) : advice.kind);
  return { title: say(`${advice.kind}.title`), text: say(`${advice.kind}.text`) };
}
