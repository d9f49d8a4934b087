import type { Surroundings } from "./surroundings.ts";

export const PLUGS = ["heater", "washer", "fridge"] as const;
export type Plug = (typeof PLUGS)[number];

/** The house at one instant. `powersW` holds from `at` until the next state; the counters have counted until `at`. */
export interface House {
  readonly at: number;
  readonly plugs: Readonly<Record<Plug, boolean>>;
  readonly powersW: Powers;
  readonly counters: Counters;
  readonly roomC: number;
  readonly heaterStage: 1 | 2;
  readonly fridgeC: number;
  readonly compressorRuns: boolean;
  /** How long the machine has been on since it was filled: where its programme is. It stands still while the plug is off. */
  readonly washedMs: number;
}

/** W. `solar` is what the panels give; `grid` is what the house draws, negative while it feeds in. */
export interface Powers extends Readonly<Record<Plug, number>> {
  readonly base: number;
  readonly solar: number;
  readonly grid: number;
}

/** Wh since the house was built: exactly the powers, held over their time. */
export interface Counters extends Readonly<Record<Plug, number>> {
  readonly solar: number;
  readonly gridImport: number;
  readonly gridExport: number;
}

const MINUTE = 60_000;
const HOUR_MS = 3_600_000;
const COMFORT_C = 21;
const HEATER_STAGE_W = { 1: 900, 2: 1_800 } as const;
const FRIDGE_W = 92;

/** A washing programme: until when, and what it draws: water in, heating, washing, rinsing, spinning. */
const PROGRAMME = [
  { untilMs: MINUTE, powerW: 45 },
  { untilMs: 16 * MINUTE, powerW: 2_050 },
  { untilMs: 48 * MINUTE, powerW: 190 },
  { untilMs: 60 * MINUTE, powerW: 110 },
  { untilMs: 70 * MINUTE, powerW: 420 },
] as const;
const WASHER_READY_W = 1.2;

export function makeHouse(at: number, around: Surroundings): House {
  const counters = { heater: 0, washer: 0, fridge: 0, solar: 0, gridImport: 0, gridExport: 0 };
  const plugs = { heater: true, washer: true, fridge: true };
  const inside = { at, plugs, roomC: 20.5, heaterStage: 2, fridgeC: 5, compressorRuns: true, washedMs: 0 } as const;
  return { ...inside, counters, powersW: powersOf(inside, around) };
}

/** The house at `at`, which must not be before it. Thermostats look once a step: steps of a minute or less are true to life. */
export function nextHouse(house: House, at: number, around: Surroundings): House {
  const elapsedMs = at - house.at;
  const { plugs, powersW } = house;
  const outsideC = around.outsideC(at);
  const roomC = approach(house.roomC, outsideC + powersW.heater / 90, elapsedMs, 5 * HOUR_MS);
  const fridgeC = approach(house.fridgeC, powersW.fridge > 1 ? -25 : 21, elapsedMs, 6 * HOUR_MS);
  const washedMs = plugs.washer ? house.washedMs + elapsedMs : house.washedMs;

  const inside = {
    at,
    plugs,
    roomC,
    heaterStage: roomC < COMFORT_C - 0.2 ? 2 : roomC > COMFORT_C + 0.2 ? 1 : house.heaterStage,
    fridgeC,
    compressorRuns: fridgeC > 5.5 ? true : fridgeC < 4.5 ? false : house.compressorRuns,
    washedMs,
  } as const;
  return { ...inside, counters: counted(house, elapsedMs), powersW: powersOf(inside, around) };
}

/** The same instant with one plug switched: its power follows at once, and so does the grid's. */
export function switchPlug(house: House, plug: Plug, on: boolean, around: Surroundings): House {
  const inside = { ...house, plugs: { ...house.plugs, [plug]: on } };
  return { ...inside, powersW: powersOf(inside, around) };
}

/** The programme starts anew, as if someone had filled the machine. */
export function fillWasher(house: House, around: Surroundings): House {
  const inside = { ...house, washedMs: 0 };
  return { ...inside, powersW: powersOf(inside, around) };
}

function powersOf(inside: Omit<House, "powersW" | "counters">, around: Surroundings): Powers {
  const { at, plugs } = inside;
  const swing = around.voltageV(at) / 230;
  const programmeW = PROGRAMME.find(({ untilMs }) => inside.washedMs < untilMs)?.powerW ?? WASHER_READY_W;
  const heater = plugs.heater ? HEATER_STAGE_W[inside.heaterStage] * swing ** 2 : 0;
  const washer = plugs.washer ? programmeW * swing : 0;
  const fridge = plugs.fridge ? (inside.compressorRuns ? FRIDGE_W : 0.6) * swing : 0;
  const base = around.baseW(at);
  const solar = around.solarW(at);
  return { heater, washer, fridge, base, solar, grid: base + heater + washer + fridge - solar };
}

function counted({ counters, powersW }: House, elapsedMs: number): Counters {
  const hours = elapsedMs / HOUR_MS;
  return {
    heater: counters.heater + powersW.heater * hours,
    washer: counters.washer + powersW.washer * hours,
    fridge: counters.fridge + powersW.fridge * hours,
    solar: counters.solar + powersW.solar * hours,
    gridImport: counters.gridImport + Math.max(0, powersW.grid) * hours,
    gridExport: counters.gridExport + Math.max(0, -powersW.grid) * hours,
  };
}

/** Newton's cooling: where a temperature is after a while on its way to `targetC`. */
function approach(fromC: number, targetC: number, elapsedMs: number, slownessMs: number): number {
  return targetC + (fromC - targetC) * Math.exp(-elapsedMs / slownessMs);
}
