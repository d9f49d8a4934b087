import type { Reading } from "../energy/reading";
import type { Message } from "./message";
import type { Unit } from "./units";

export const PROFILES = ["tasmota", "shelly-gen1", "shelly-gen2", "zigbee2mqtt", "json", "number"] as const;
export type ProfileName = (typeof PROFILES)[number];

/** Why a message cannot be decoded; the texts stand in meter-in's catalogue under `reason`. */
export const REASONS = [
  "too-big",
  "too-deep",
  "too-many-meters",
  "not-json",
  "not-a-number",
  "not-understood",
  "path-missing",
  "inconsistent",
] as const;
export type Reason = (typeof REASONS)[number];

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What a device said of itself or of one of its circuits; a measure stands once, so that the readings of a device add up to it. */
export interface DecodedReading extends Omit<Reading, "meter" | "at" | "source"> {
  /** Absent: the device itself; "1": its circuit of that name, meter key "m/1". */
  readonly channel?: string;
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

/** Where the user says the measures stand in a JSON body: `data.power`, `phases[0].p`. */
export interface JsonPaths {
  readonly power?: string;
  readonly import?: string;
  readonly export?: string;
}

export interface DecodeSettings {
  readonly profile: "auto" | ProfileName;
  /** Of numbers that do not say their own; kW when absent. A power unit stands for the energy unit of its size, too. */
  readonly unit?: Unit;
  readonly paths?: JsonPaths;
  /** IANA zone of stamps that name none. */
  readonly zone: string;
}

/** One make of device: a file each under `families/`. */
export interface Family {
  readonly profile: ProfileName;
  /** Whether topic or body can only be this family's. */
  recognises(message: Message): boolean;
  decode(message: Message, settings: DecodeSettings): Decoded;
}

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
