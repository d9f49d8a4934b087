import { EnergyError } from "./errors";

/**
 * The finite number in a setting, which Node-RED hands over as text, a number or nothing.
 * An empty field is `fallback`, or an `invalid-config` error where there is none (`Number("")` would be 0).
 */
export function parseNumber(value: unknown, field: string, fallback?: number): number {
  const text = typeof value === "string" ? value.trim() : value;
  if (text === "" || text === undefined || text === null) {
    if (fallback !== undefined) return fallback;
    throw new EnergyError("invalid-config", `${field} is empty: enter a number`, { field });
  }
  const number = typeof text === "number" ? text : typeof text === "string" ? Number(text) : NaN;
  if (!Number.isFinite(number)) {
    throw new EnergyError("invalid-config", `${field} must be a number, got "${String(value)}"`, { field });
  }
  return number;
}

/** As `parseNumber`, but an empty field means that nothing was set. */
export function parseOptionalNumber(value: unknown, field: string): number | undefined {
  if (value === "" || value === undefined || value === null) return undefined;
  return parseNumber(value, field);
}
