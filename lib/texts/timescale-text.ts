import type { Language } from "../energy/site-facts";
import { renderText } from "./render-text";

/** What to do with TimescaleDB, to somebody whose database has it. */
export const timescaleText = (language: Language): string =>
  renderText(language, "database.timescaledb", {}, { zone: "UTC", currency: "EUR" });
