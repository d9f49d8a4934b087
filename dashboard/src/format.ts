import type { Language } from "./texts";

/** A figure and its unit apart, so that the unit can be small; `before` where the language writes the unit first. */
export interface Figure {
  readonly value: string;
  readonly unit: string;
  readonly before: boolean;
}

/** Numbers, money and instants as the reader's language and the site's zone and currency write them. */
export interface Format {
  readonly language: Language;
  /** Three significant digits where there are so many: 0.21, 2.84, 12.4, 128. */
  number(value: number): string;
  kw(value: number): string;
  /** At most three significant digits, none of them a trailing zero: for sums and settings. */
  energy(value: number): string;
  /** As few digits as say it: for the axis. */
  plain(value: number): string;
  percent(share: number): string;
  money(value: number): string;
  moneyFigure(value: number): Figure;
  /** Whole units: for what is saved in a year. */
  roundMoney(value: number): string;
  price(perKwh: number): string;
  time(at: number): string;
  /** With seconds: for the tooltip. */
  clock(at: number): string;
  /** The time alone today, else with its day, and with its year where that is another one. */
  moment(at: number, now: number): string;
  day(at: number): string;
  ago(at: number, now: number): string;
  list(items: readonly string[]): string;
  /** Which of a language's forms a count takes. */
  plural(count: number): "one" | "other";
  /** In the largest unit that fits: 820 kB, 1.2 GB. */
  bytes(count: number): string;
  /** In the unit that says it shortest: 15 minutes, 1 day. */
  duration(ms: number): string;
  /** Its day, year and time. */
  instant(at: number): string;
}

export interface FormatSettings {
  readonly language: Language;
  readonly zone: string;
  readonly currency: string;
}

const SIZES = [
  [1e9, "gigabyte"],
  [1e6, "megabyte"],
  [1e3, "kilobyte"],
] as const;
const LENGTHS = [
  [86_400_000, "day"],
  [3_600_000, "hour"],
  [60_000, "minute"],
] as const;
const AGES = [
  ["second", 60],
  ["minute", 60],
  ["hour", 24],
  ["day", Infinity],
] as const;

export function makeFormat({ language, zone, currency }: FormatSettings): Format {
  const withDigits = [0, 1, 2].map(
    (digits) => new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits }),
  );
  const short = new Intl.NumberFormat(language, { maximumSignificantDigits: 3 });
  const plain = new Intl.NumberFormat(language, { maximumFractionDigits: 3 });
  const money = new Intl.NumberFormat(language, { style: "currency", currency });
  const roundMoney = new Intl.NumberFormat(language, { style: "currency", currency, maximumFractionDigits: 0 });
  const price = new Intl.NumberFormat(language, { style: "currency", currency, maximumFractionDigits: 4 });
  const percent = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 0 });
  const time = new Intl.DateTimeFormat(language, { timeZone: zone, timeStyle: "short" });
  const clock = new Intl.DateTimeFormat(language, { timeZone: zone, timeStyle: "medium" });
  const day = new Intl.DateTimeFormat(language, { timeZone: zone, day: "numeric", month: "short" });
  const date = new Intl.DateTimeFormat(language, { timeZone: zone, day: "numeric", month: "short", year: "numeric" });
  const year = new Intl.DateTimeFormat(language, { timeZone: zone, year: "numeric" });
  const ago = new Intl.RelativeTimeFormat(language, { style: "narrow" });
  const list = new Intl.ListFormat(language, { type: "conjunction" });
  const plural = new Intl.PluralRules(language);
  const instant = new Intl.DateTimeFormat(language, { timeZone: zone, dateStyle: "medium", timeStyle: "short" });

  const number = (value: number): string => {
    const digits = Math.abs(value) < 9.995 ? 2 : Math.abs(value) < 99.95 ? 1 : 0;
    // Adding zero turns −0 into 0.
    return (withDigits[digits]?.format(Number(value.toFixed(digits)) + 0) ?? String(value)).replace("-", "−");
  };

  return {
    language,
    number,
    kw: (value) => `${number(value)} kW`,
    energy: (value) => short.format(Number(value.toFixed(Math.abs(value) < 10 ? 2 : 1)) + 0).replace("-", "−"),
    plain: (value) => plain.format(value).replace("-", "−"),
    percent: (share) => percent.format(share),
    money: (value) => money.format(value),
    moneyFigure: (value) => {
      const parts = money.formatToParts(value);
      const isUnit = (part: Intl.NumberFormatPart): boolean => part.type === "currency";
      return {
        value: parts
          .filter((part) => !isUnit(part))
          .map((part) => part.value)
          .join("")
          .trim(),
        unit: parts.find(isUnit)?.value ?? currency,
        before: parts.findIndex(isUnit) < parts.findIndex((part) => part.type === "integer"),
      };
    },
    roundMoney: (value) => roundMoney.format(value),
    price: (perKwh) => price.format(perKwh),
    time: (at) => time.format(at),
    clock: (at) => clock.format(at),
    moment: (at, now) => {
      if (date.format(at) === date.format(now)) return time.format(at);
      return `${(year.format(at) === year.format(now) ? day : date).format(at)}, ${time.format(at)}`;
    },
    day: (at) => day.format(at),
    ago: (at, now) => {
      let age = Math.max(0, Math.round((now - at) / 1000));
      for (const [unit, size] of AGES) {
        if (age < size) return ago.format(-age, unit);
        age = Math.floor(age / size);
      }
      return "";
    },
    list: (items) => list.format(items),
    plural: (count) => (plural.select(count) === "one" ? "one" : "other"),
    bytes: (count) => {
      const [size, unit] = SIZES.find(([least]) => count >= least) ?? [1, "byte"];
      const unitDisplay = unit === "byte" ? "long" : "short";
      const style = { style: "unit", unit, unitDisplay, maximumSignificantDigits: 3 } as const;
      return new Intl.NumberFormat(language, style).format(count / size);
    },
    duration: (ms) => {
      const [size, unit] = LENGTHS.find(([length]) => ms >= length && ms % length === 0) ?? [1000, "second"];
      const style = { style: "unit", unit, unitDisplay: "long", maximumFractionDigits: 2 } as const;
      return new Intl.NumberFormat(language, style).format(ms / size);
    },
    instant: (at) => instant.format(at),
  };
}
