import type { DraftElectrical, DraftPhase, DraftReading } from "./decoded";
import { scale, scaled, within } from "./numbers";

/** Sets what was said; what was not stays absent. */
export function put<T extends object, K extends keyof T>(target: T, key: K, value: T[K] | undefined): void {
  if (value !== undefined) target[key] = value;
}

export const watts = (value: unknown): number | undefined => scaled(value, 1);
export const wattHours = (value: unknown): number | undefined => scaled(value, 1);
export const kilowattHours = (value: unknown): number | undefined => scaled(value, 1000);
/** Shelly's first generation counts in these. */
export const wattMinutes = (value: unknown): number | undefined => scaled(value, 1 / 60);
export const volts = (value: unknown): number | undefined => within(value, 0, 1e6);
export const amps = (value: unknown): number | undefined => within(value, -1e5, 1e5);
export const cosine = (value: unknown): number | undefined => within(value, -1, 1);
/** Unwired inputs report 0, 160 or 198 Hz. */
export const hertz = (value: unknown): number | undefined => within(value, 40, 70);

/** Adds what was said to the electrical part of a draft; where nothing was, it has none. What was said is the draft's from then on. */
export function putElectrical(draft: DraftReading, said: DraftElectrical): void {
  if (isEmpty(said)) return;
  if (draft.electrical) Object.assign(draft.electrical, said);
  else draft.electrical = said;
}

const PHASES = ["L1", "L2", "L3"] as const;
type DraftPhases = Partial<Record<(typeof PHASES)[number], DraftPhase>>;

/** Adds the first of these that a frequency can be. */
export function putFrequency(draft: DraftReading, ...values: readonly unknown[]): void {
  const frequencyHz = values.map(hertz).find((value) => value !== undefined);
  if (frequencyHz !== undefined) putElectrical(draft, { frequencyHz });
}

/** Adds what a phase said to what is known of it: a device may say power and energy apart. */
export function putPhase(draft: DraftReading, index: number, phase: DraftPhase): void {
  const name = PHASES[index];
  if (!name || isEmpty(phase)) return;
  const phases: DraftPhases | undefined = draft.electrical?.phases;
  if (!phases) putElectrical(draft, { phases: { [name]: phase } });
  else if (phases[name]) Object.assign(phases[name], phase);
  else phases[name] = phase;
}

function isEmpty(said: object): boolean {
  for (const _ in said) return false;
  return true;
}

/** The sum of what was said, or nothing where nothing was. */
export function sum(values: readonly (number | undefined)[]): number | undefined {
  let total: number | undefined;
  for (const value of values) if (value !== undefined) total = (total ?? 0) + value;
  return total === undefined ? undefined : scale(total, 1);
}

export function negated(value: number | undefined): number | undefined {
  return value === undefined ? undefined : scale(value, -1);
}

/** What flows one way less what flows the other way; what was not said of one counts as nothing. */
export function net(plus: number | undefined, minus: number | undefined): number | undefined {
  return sum([plus, negated(minus)]);
}

/** Whether the draft carries any measure. */
export function says(draft: DraftReading): boolean {
  for (const key in draft) if (!OF_DEVICE.has(key)) return true;
  return false;
}
const OF_DEVICE: ReadonlySet<string> = new Set(["channel", "name", "role", "serial", "at"]);
