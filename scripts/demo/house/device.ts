import type { House, Plug } from "./house.ts";

export interface Message {
  readonly topic: string;
  readonly payload: string;
  readonly retain?: boolean;
}

export interface Command {
  /** Absent when it only asks. */
  readonly switches?: { readonly plug: Plug; readonly on: boolean };
  /** What the device says once it has done so. */
  answer(house: House): readonly Message[];
}

/** One thing on the network: what it says and what it understands, in its maker's words. */
export interface Device {
  readonly listensTo: readonly string[];
  readonly will?: Message;
  hello?(house: House): readonly Message[];
  report(house: House): readonly Message[];
  /** Nothing when the message says nothing to this device. */
  understand?(topic: string, payload: string, house: House): Command | undefined;
}

/** `value` with as many decimals as the device's display has. */
export function rounded(value: number, decimals: number): number {
  return Number(value.toFixed(decimals));
}

/** The object in a JSON message, or an empty one: devices ignore what they cannot read. */
export function jsonObject(payload: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(payload);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** `on` and `off` as switches are told, `toggle` against what they are. */
export function switchWord(word: unknown, isOn: boolean): boolean | undefined {
  if (typeof word === "boolean") return word;
  const text = typeof word === "string" || typeof word === "number" ? String(word).trim().toLowerCase() : "";
  if (text === "on" || text === "1" || text === "true") return true;
  if (text === "off" || text === "0" || text === "false") return false;
  return text === "toggle" || text === "2" ? !isOn : undefined;
}
