import type { MeterReport } from "./import-report";

/** Finds holes between rows that come at a step which is not known beforehand. */
export interface Steps {
  /** Rows say nothing in `[from, to)`; `stepMs` from row to row, 0 where an interval says itself how long it is. */
  add(from: number, to: number, stepMs: number): void;
  result(): { readonly holes: MeterReport["holes"]; readonly stepMs?: number };
}

const HOLE_STEPS = 2.5;
/** So many steps are seen before any is called a hole; they are judged then. */
const TRIAL = 16;
const MAX_KINDS = 64;

export function makeSteps(firstFew: number): Steps {
  const counts = new Map<number, number>();
  const trial: { from: number; to: number; stepMs: number }[] = [];
  const holes: MeterReport["holes"] = { count: 0, first: [] };
  let usual = 0;
  let isTrial = true;

  const judge = (from: number, to: number, stepMs: number): void => {
    if (to <= from || stepMs < HOLE_STEPS * usual) return;
    holes.count += 1;
    if (holes.first.length < firstFew) holes.first.push({ from, to });
  };

  const learn = (stepMs: number): void => {
    // Seconds vary a little; minutes are exact enough.
    const kind = stepMs < 60_000 ? Math.round(stepMs / 1000) * 1000 || stepMs : stepMs;
    if (counts.size >= MAX_KINDS && !counts.has(kind)) return;
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    if (count > (counts.get(usual) ?? 0)) usual = kind;
  };

  const endTrial = (): void => {
    isTrial = false;
    for (const { from, to, stepMs } of trial) judge(from, to, stepMs);
    trial.length = 0;
  };

  return {
    add: (from, to, stepMs) => {
      if (stepMs === 0) return judge(from, to, Infinity);
      learn(stepMs);
      if (!isTrial) return judge(from, to, stepMs);
      trial.push({ from, to, stepMs });
      if (trial.length >= TRIAL) endTrial();
    },
    result: () => {
      if (isTrial) endTrial();
      return { holes, ...(usual > 0 && { stepMs: usual }) };
    },
  };
}
