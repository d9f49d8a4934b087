import type { Language } from "../energy/site-facts";
import type { ImportErrorKey } from "../exchange/import-row";
import { renderText } from "./render-text";

const NOWHERE = { zone: "UTC", currency: "EUR" };

/** Why rows of a file were not taken, to a reader of `language`. */
export const importErrorText = (language: Language, key: ImportErrorKey): string =>
  renderText(language, `import.${key}`, {}, NOWHERE);
