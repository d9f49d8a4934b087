/** What the house cannot change: sun, weather and what its people do, as a function of the instant alone. */
export interface Surroundings {
  /** What the panels give, W. */
  solarW(at: number): number;
  outsideC(at: number): number;
  /** Lights, cooking, everything without a plug of its own, W. */
  baseW(at: number): number;
  voltageV(at: number): number;
}

/** The hour of the day there, 0 to 24 with fractions. */
export type HourOf = (at: number) => number;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const PEAK_W = 3_200;

/** The machine's own clock on the wall. */
export const machineHour: HourOf = (at) => {
  const date = new Date(at);
  return date.getHours() + date.getMinutes() / 60 + date.getSeconds() / 3600;
};

/** A mild winter's day in a house for three, the same every time it is asked for. */
export function makeSurroundings(hourOf: HourOf): Surroundings {
  return {
    solarW: (at) => {
      const hour = hourOf(at);
      if (hour <= 7.5 || hour >= 19.5) return 0;
      const height = Math.sin((Math.PI * (hour - 7.5)) / 12);
      const day = 0.55 + 0.45 * drift(at, 24 * HOUR, 1);
      const cloud = drift(at, 11 * MINUTE, 2) * drift(at, 47 * MINUTE, 3);
      return PEAK_W * height ** 1.4 * day * (1 - 0.75 * cloud);
    },
    outsideC: (at) => 7 - 3 * Math.cos((Math.PI * (hourOf(at) - 3)) / 12) + 2 * (drift(at, 9 * HOUR, 4) - 0.5),
    baseW: (at) => {
      const hour = hourOf(at);
      const always = 95 + 15 * drift(at, 20_000, 5);
      const awake = hour > 7 ? 90 * drift(at, 5 * MINUTE, 6) : 0;
      const evening = hour > 18.5 && hour < 23.5 ? 160 + 60 * drift(at, 13 * MINUTE, 7) : 0;
      return always + awake + evening + kitchenW(at, hour);
    },
    voltageV: (at) => 229 + 4 * drift(at, 40_000, 8),
  };
}

/** Guests who cook soon after `since`, and again each three quarters of an hour: enough to go over the contracted power. */
export function withGuests(around: Surroundings, since: number): Surroundings {
  return {
    ...around,
    baseW: (at) => {
      const minute = ((at - since) / MINUTE) % 45;
      return around.baseW(at) + (minute >= 2 && minute < 5 ? 2_600 : 0);
    },
  };
}

/** Coffee, lunch and dinner: a hob that its thermostat switches every half minute. */
function kitchenW(at: number, hour: number): number {
  if (hour > 7.3 && hour < 7.45) return 1_350;
  const late = drift(at, 24 * HOUR, 9) * 0.5;
  const lunch = hour > 13.6 + late && hour < 14.1 + late;
  const dinner = hour > 20.2 + late && hour < 20.9 + late;
  if (!lunch && !dinner) return 0;
  return chance(Math.floor(at / 30_000), 10) < 0.7 ? 1_900 : 150;
}

/** Wanders smoothly between 0 and 1, a new direction each `periodMs`. */
function drift(at: number, periodMs: number, salt: number): number {
  const step = Math.floor(at / periodMs);
  const part = at / periodMs - step;
  const ease = part * part * (3 - 2 * part);
  return chance(step, salt) * (1 - ease) + chance(step + 1, salt) * ease;
}

/** A number in [0, 1) that looks random and is the same for the same key. */
function chance(key: number, salt: number): number {
  let mixed = Math.imul((key | 0) ^ Math.imul(salt, 0x9e3779b1), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
}
