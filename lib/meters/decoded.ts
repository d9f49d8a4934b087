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
  return list.length > 0 ? { kind: "readings", readings: list } : NOTHING;
}

/** A stranger's text, short and without control characters. */
export function clip(text: string, length = 80): string {
  const line = text.slice(0, length * 2).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ");
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
}
