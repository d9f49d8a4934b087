import type { Memory } from "./memory";
import { scale } from "./numbers";

/** How long a device is taken to go on saying a thing. */
const LATELY_MS = 10 * 60_000;
/** In this time a device has said each of its terms at least once. */
const SETTLED_MS = 5000;
const MOST_NAMES = 200;
const MOST_TERMS = 16;

/** When a device last said a thing, so that what it says in two ways is read once. */
export type Heard = Map<string, number>;

export function heardOf(memory: Memory, profile: string, device: string): Heard {
  return memory.of(`${profile}-heard`, device, () => new Map<string, number>());
}

export function note(heard: Heard, what: string, at: number): void {
  if (heard.size < MOST_NAMES || heard.has(what)) heard.set(what, at);
}

export function lately(heard: Heard, what: string, at: number): boolean {
  const before = heard.get(what);
  return before !== undefined && Math.abs(at - before) <= LATELY_MS;
}

/** A sum of which a device says each term in a message of its own: the strings of an inverter, the flows into a load. */
export interface Terms {
  readonly last: Map<string, { readonly value: number; readonly at: number }>;
  firstAt?: number;
  isRepeating: boolean;
}

export function termsOf(memory: Memory, profile: string, sum: string): Terms {
  return memory.of<Terms>(`${profile}-terms`, sum, () => ({ last: new Map(), isRepeating: false }));
}

/** The sum after one more term; nothing while one of them is older than `freshMs`, or before the device repeats itself: more may come. */
export function sumWith(terms: Terms, name: string, value: number, at: number, freshMs: number): number | undefined {
  const { last } = terms;
  if (last.has(name)) terms.isRepeating = true;
  else if (last.size >= MOST_TERMS) return undefined;
  terms.firstAt ??= at;
  last.set(name, { value, at });
  if (!terms.isRepeating || at - terms.firstAt < SETTLED_MS) return undefined;
  let total = 0;
  for (const term of last.values()) {
    if (Math.abs(at - term.at) > freshMs) return undefined;
    total += term.value;
  }
  return scale(total, 1);
}
