import type { Language } from "../energy/site-facts";
import enUS from "./en-US.json";
import esES from "./es-ES.json";

export type TextKey = keyof typeof enUS;
export type TextValues = Readonly<Record<string, number | string>>;

/** Where the reader's site is: how instants and money are written. */
export interface Place {
  /** IANA zone. */
  readonly zone: string;
  /** ISO 4217. */
  readonly currency: string;
}

const CATALOGUES: Record<Language, Record<TextKey, string>> = { "en-US": enUS, "es-ES": esES };
const NO_BREAK = "\u00a0";

type Format = (value: number, language: Language, place: Place) => string;

const decimals = (value: number, language: Language, digits: number): string =>
  new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value);

const FORMATS: Record<string, Format> = {
  /** From W. */
  kw: kilowatts,
  /** From Wh. */
  kwh: kilowattHours,
  money: (amount, language, { currency }) =>
    new Intl.NumberFormat(language, {
      style: "currency",
      currency,
      ...(amount >= 100 && { maximumFractionDigits: 0 }),
    }).format(amount),
  /** From a share of 1. */
  percent: (share, language) => new Intl.NumberFormat(language, { style: "percent" }).format(share),
  count: (value, language) => decimals(value, language, 0),
  /** From the hour of a day, 0 to 24. */
  hour: (hour, language) =>
    new Intl.DateTimeFormat(language, { timeZone: "UTC", timeStyle: "short" }).format(hour * 3_600_000),
  time: (at, language, { zone }) =>
    new Intl.DateTimeFormat(language, { timeZone: zone, dateStyle: "short", timeStyle: "short" }).format(at),
  date: (at, language, { zone }) =>
    new Intl.DateTimeFormat(language, {
      timeZone: zone,
      day: "numeric",
      month: "long",
      hour: "numeric",
      minute: "2-digit",
    }).format(at),
};

/** The text for `key` in `language`, its `{name:format}` filled in; a value that is not there shows as its name. */
export function renderText(language: Language, key: TextKey, values: TextValues, place: Place): string {
  return CATALOGUES[language][key].replace(/\{(\w+)(?::(\w+))?\}/g, (_, name: string, format?: string) => {
    const value = values[name];
    if (value === undefined) return name;
    const write = format === undefined ? undefined : FORMATS[format];
    return write && typeof value === "number" ? write(value, language, place) : oneLine(String(value));
  });
}

export function isTextKey(key: string): key is TextKey {
  return Object.hasOwn(enUS, key);
}

/** Names come from outside: none may break a line, and with it a mail's head or a list. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu, " ").trim();
}

/** Power as a person reads it: `1.25 kW`, in the reader's way of writing numbers. */
export function kilowatts(powerW: number, language: Language): string {
  const digits = Math.abs(powerW) < 1000 ? 3 : 2;
  return `${decimals(powerW / 1000, language, digits)}${NO_BREAK}kW`;
}

/** Energy as a person reads it: `12.5 kWh`. */
export function kilowattHours(energyWh: number, language: Language): string {
  return `${decimals(energyWh / 1000, language, energyWh < 100_000 ? 1 : 0)}${NO_BREAK}kWh`;
}

/** A volume as a person reads it: `12.5 m³`. */
export function cubicMetres(volumeM3: number, language: Language): string {
  return `${decimals(volumeM3, language, 3)}${NO_BREAK}m³`;
}

/** A span of time as a person reads it: `5 min`. */
export function minutes(spanMs: number, language: Language): string {
  return `${decimals(spanMs / 60_000, language, 0)}${NO_BREAK}min`;
}
