import { describe, expect, it } from "vitest";
import type { Advice, Alert } from "../../../lib/storage/energy-store";
import { adviceText } from "../../../lib/texts/advice-text";
import { alertText, clearedText } from "../../../lib/texts/alert-text";
import enUS from "../../../lib/texts/en-US.json";
import esES from "../../../lib/texts/es-ES.json";
import { renderText } from "../../../lib/texts/render-text";

const AT = Date.UTC(2026, 6, 1, 16, 30);
const SITE = { name: "Casa", zone: "Europe/Madrid", currency: "EUR" };
const LANGUAGES = ["en-US", "es-ES"] as const;
/** Intl writes spaces that do not break, of several kinds. */
const plain = (text: string): string => text.replace(/[\u00a0\u202f]/g, " ");
const alert = (more: Partial<Alert>): Alert => ({
  id: "1",
  at: AT,
  rule: "rule",
  severity: "warning",
  kind: "meter-above",
  values: {},
  ...more,
});

describe("the catalogues", () => {
  it("say the same things in both languages", () => {
    expect(Object.keys(esES)).toEqual(Object.keys(enUS));
  });

  it.each(Object.keys(enUS) as (keyof typeof enUS)[])("name the same values in both languages: %s", (key) => {
    const named = (text: string): string[] => [...new Set(text.match(/\{[^}]+\}/g))].sort();
    expect(named(esES[key])).toEqual(named(enUS[key]));
  });
});

describe("renderText", () => {
  it.each([
    [
      "en-US",
      "site-above.text",
      { site: "Home", power: 4250, limit: 3000, since: AT },
      "Home uses 4.25 kW, more than the limit of 3 kW, since 7/1/26, 6:30 PM.",
    ],
    [
      "es-ES",
      "site-above.text",
      { site: "Casa", power: 4250, limit: 3000, since: AT },
      "Casa consume 4,25 kW, por encima del límite de 3 kW, desde 1/7/26, 18:30.",
    ],
    ["en-US", "meter-above.title", { meter: "{power:kw}\r\nBcc: x", power: 5 }, "{power:kw} Bcc: x: 0.005 kW"],
    ["es-ES", "base-load.title", { base: 123, cost: 215.6 }, "En reposo consume 0,123 kW, 216 € al año"],
    ["en-US", "meter-above.title", {}, "meter: power"],
  ] as const)("%s: %s", (language, key, values, expected) => {
    expect(plain(renderText(language, key, values, SITE))).toBe(expected);
  });
});

describe("alertText", () => {
  it.each(LANGUAGES)("leaves a person's own words alone in %s", (language) => {
    const text = alertText(
      alert({ kind: "posted", severity: "critical", message: "Turn it off\nnow", meter: "heater" }),
      language,
      SITE,
    );
    expect(text.text).toBe("Turn it off\nnow");
    expect(text.title).toMatch(/^(Critical|Alerta crítica): heater$/);
  });

  it("has words for a kind that it does not know", () => {
    expect(alertText(alert({ kind: "constructor", rule: "node" }), "en-US", SITE)).toEqual({
      title: "Warning",
      text: "Reported by node.",
    });
  });

  it("says that it is over", () => {
    const over = clearedText(
      alert({ kind: "no-data", meter: "grid", values: { since: AT }, clearedAt: AT }),
      "en-US",
      SITE,
    );
    expect(over.title).toBe("Over: grid is silent");
    expect(plain(over.text)).toMatch(/^Over since 7\/1\/26, 6:30 PM\. Nothing has come from grid/);
  });
});

describe("adviceText", () => {
  const advice: Advice = {
    id: "costly-hours",
    at: AT,
    kind: "costly-hours-surplus",
    values: { costlyFrom: 19, costlyTo: 22, cheapFrom: 23, cheapTo: 26, share: 0.314, shift: 1000, cost: 300 },
    savingPerYear: 47.3,
    confidence: 0.5,
    evidence: { from: 0, to: 1, figures: {} },
  };
  it.each([
    ["en-US", "Move 1 kWh a day to 11:00 PM–2:00 AM", "7:00 PM to 10:00 PM cost the most: 31% of what you buy"],
    ["es-ES", "Pase 1 kWh al día a las 23:00–2:00", "19:00 a 22:00 son las más caras: el 31 % de lo que compra"],
  ] as const)("writes hours, shares and money as %s does", (language, title, part) => {
    const text = adviceText(advice, language, SITE);
    expect(plain(text.title)).toBe(title);
    expect(plain(text.text)).toContain(part);
    expect(plain(text.text)).toMatch(/€47\.30|47,30 €/);
  });
});
