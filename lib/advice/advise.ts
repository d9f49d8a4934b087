import type { Advice } from "../storage/energy-store";
import type { AdviceInput } from "./advice-input";
import { baseLoad } from "./base-load";
import { costlyHours } from "./costly-hours";
import { toHistory } from "./history";
import { nearContracted } from "./near-contracted";

/** How far back advice looks. */
export const HISTORY_DAYS = 30;
/** Less than this says more about the weather than about the site. */
const NEEDS_DAYS = 3;

/** What the site could do better, or how many measured days are still needed to say. */
export type Advised = { readonly advice: readonly Advice[] } | { readonly daysMissing: number };

export function advise(input: AdviceInput): Advised {
  const history = toHistory(input.quarters, input.now);
  const daysMissing = NEEDS_DAYS - history.days.size;
  if (daysMissing > 0) return { daysMissing };
  return { advice: [baseLoad, costlyHours, nearContracted].flatMap((analysis) => analysis(history, input)) };
}
