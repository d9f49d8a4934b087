import { z } from "zod";
import { EnergyError } from "../errors";

/** What a meter measures in its site. Sources (grid, solar, battery) feed the house; gas, water and heat are no electricity. */
export const ROLES = ["grid", "load", "solar", "battery", "ev", "gas", "water", "heat"] as const;
export type Role = (typeof ROLES)[number];

const finite = z.number();
/** The years that ISO 8601 writes, wherever on earth: nobody could be told of others. */
const instant = z.number().int().min(Date.parse("0001-01-01")).max(Date.parse("9999-01-01"));

const PHASE = z
  .object({
    powerW: finite,
    voltageV: finite,
    currentA: finite,
    powerFactor: finite,
    apparentVa: finite,
    reactiveVar: finite,
    importWh: finite,
    exportWh: finite,
  })
  .partial();

const ELECTRICAL = PHASE.pick({
  voltageV: true,
  currentA: true,
  powerFactor: true,
  apparentVa: true,
  reactiveVar: true,
}).extend({
  frequencyHz: finite.optional(),
  phases: z.object({ L1: PHASE, L2: PHASE, L3: PHASE }).partial().optional(),
});

const REGISTER = z.object({ name: z.string(), importWh: finite.optional(), exportWh: finite.optional() });

const READING = z.object({
  meter: z.string().min(1).max(200),
  at: instant,
  powerW: finite.optional(),
  importWh: finite.optional(),
  exportWh: finite.optional(),
  volumeM3: finite.optional(),
  electrical: ELECTRICAL.optional(),
  tariffs: z.array(REGISTER).optional(),
  temperatureC: finite.optional(),
  socPercent: finite.optional(),
  serial: z.string().max(100).optional(),
  source: z.enum(["live", "retained", "imported"]).optional(),
});

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;
/** An optional field is absent, never `undefined`. */
type Exact<T> = T extends readonly (infer Item)[]
  ? readonly Exact<Item>[]
  : T extends object
    ? { [K in keyof T]: Exact<Exclude<T[K], undefined>> }
    : T;

export type Electrical = DeepReadonly<Exact<z.infer<typeof ELECTRICAL>>>;

/**
 * What one meter said at one instant. Absent means "not said", never zero.
 * `at` is epoch ms; W, Wh, V, A, Hz, m³, °C; import positive, export negative for power, two registers for energy.
 * `tariffs` is the same energy by the meter's own tariff registers, never added to `importWh`. `serial` is the meter's own
 * number: when it changes, the registers are another meter's.
 */
export type Reading = DeepReadonly<Exact<z.infer<typeof READING>>>;

/** Whether it was said when it came: not kept by the broker, not imported. */
export function isLive({ source }: Pick<Reading, "source">): boolean {
  return source === undefined || source === "live";
}

/** The reading in a message's payload, or an `invalid-reading` error that names the field at fault. */
export function parseReading(value: unknown): Reading {
  const parsed = READING.safeParse(value);
  if (parsed.success) return parsed.data as Reading;
  const issue = parsed.error.issues[0];
  const field = issue?.path.join(".") ?? "";
  throw new EnergyError("invalid-reading", `not a reading: ${field || "payload"}: ${issue?.message ?? "unreadable"}`, {
    field,
  });
}
