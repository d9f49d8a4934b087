import type { Reading, Role } from "../energy/reading";

/** Why a message cannot be decoded: what `msg.reason` says. */
export type Reason =
  | "too-big"
  | "too-deep"
  | "too-many-meters"
  | "not-json"
  | "not-a-number"
  | "not-understood"
  | "path-missing"
  | "inconsistent"
  /** A telegram whose check sum is wrong. */
  | "damaged"
  /** Encrypted or packed: `detail` names the key or decoder that is needed. */
  | "needs-codec";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What a device said of itself or of one of its circuits; a measure stands once, so that the readings of a device add up to it. */
export interface DecodedReading extends Omit<Reading, "meter" | "at" | "source"> {
  /** Absent: the device itself; "1": its circuit of that name, meter key "m/1". */
  readonly channel?: string;
  /** The device's own name, where its topic does not carry it. */
  readonly name?: string;
  /** What the device says that it measures; solar: positive power and `importWh` are what it produced. */
  readonly role?: Role;
  /** The device's own stamp, epoch ms. */
  readonly at?: number;
}
export type DraftReading = Mutable<DecodedReading>;
export type DraftElectrical = Mutable<NonNullable<Reading["electrical"]>>;
export type DraftPhase = Mutable<NonNullable<NonNullable<DraftElectrical["phases"]>["L1"]>>;

export type Decoded =
  | { readonly kind: "readings"; readonly readings: readonly DecodedReading[] }
  /** Valid, but it says nothing about energy. */
  | { readonly kind: "nothing" }
  /** `detail` is a short technical fragment; it may quote the message, clipped. */
  | { readonly kind: "refused"; readonly reason: Reason; readonly detail: string };

export const NOTHING: Decoded = { kind: "nothing" };

export function refused(reason: Reason, detail: string): Decoded {
  return { kind: "refused", reason, detail: clip(detail) };
}

/** The readings, or nothing where there are none. */
export function readings(list: readonly DecodedReading[]): Decoded {
  return list.length > 0 ? { kind: "readings", readings: list.map(withSafeTexts) } : NOTHING;
}

const LONGEST_TEXT = 100;
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** What a device calls itself and its parts comes from outside: one line, with an end. */
function withSafeTexts(reading: DecodedReading): DecodedReading {
  const { name, channel, serial, tariffs } = reading;
  if (isSafe(name) && isSafe(channel) && isSafe(serial) && (tariffs?.every((one) => isSafe(one.name)) ?? true)) {
    return reading;
  }
  const { name: _, channel: __, serial: ___, ...measures } = reading;
  return {
    ...measures,
    ...safeText("name", name),
    ...safeText("channel", channel),
    ...safeText("serial", serial),
    ...(tariffs && { tariffs: tariffs.map((one) => ({ ...one, name: clip(one.name, LONGEST_TEXT).trim() })) }),
  };
}

function isSafe(text: string | undefined): boolean {
  return text === undefined || (text.length <= LONGEST_TEXT && !UNSAFE.test(text));
}

function safeText<Key extends string>(key: Key, text: string | undefined): Partial<Record<Key, string>> {
  const safe = clip(text ?? "", LONGEST_TEXT).trim();
  return safe === "" ? {} : ({ [key]: safe } as Record<Key, string>);
}

/** What a stranger sent, as a text: an object may bring a `toString` of its own that is no function. */
export function asText(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return value === undefined || value === null ? "nothing" : "an object or list";
}

/** A stranger's text, short and without control characters. */
export function clip(text: string, length = 80): string {
  const line = text.slice(0, length * 2).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ");
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
}
