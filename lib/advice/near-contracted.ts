import type { Advice } from "../storage/energy-store";
import type { AdviceInput } from "./advice-input";
import { confidenceOf, type History } from "./history";

/** How often, when and how near the mean power of a quarter, which is what is billed as demand, came to the contracted power. */
export function nearContracted(history: History, { now, contractedW, kind: { nearShare } }: AdviceInput): Advice[] {
  if (contractedW === undefined || contractedW <= 0) return [];
  const demands = history.measured.map(({ from, hour, importWh }) => ({ from, hour, demandW: importWh * 4 }));
  const peaks = demands.filter(({ demandW }) => demandW >= nearShare * contractedW);
  const [first] = peaks;
  if (!first) return [];

  const highest = peaks.reduce((best, peak) => (peak.demandW > best.demandW ? peak : best), first);
  const [busiestHour] = [...Map.groupBy(peaks, ({ hour }) => hour)].reduce((best, hour) =>
    hour[1].length > best[1].length ? hour : best,
  );
  return [
    {
      id: "near-contracted",
      at: now,
      kind: "near-contracted",
      values: {
        count: peaks.length,
        days: history.days.size,
        threshold: nearShare,
        contracted: contractedW,
        busiestFrom: busiestHour,
        busiestTo: busiestHour + 1,
        peak: highest.demandW,
        nearest: highest.demandW / contractedW,
        peakAt: highest.from,
      },
      confidence: confidenceOf(history),
      evidence: {
        from: history.from,
        to: history.to,
        figures: {
          peaks: peaks.length,
          over: peaks.filter(({ demandW }) => demandW > contractedW).length,
          highestW: highest.demandW,
          contractedW,
          days: history.days.size,
          coverage: history.coverage,
        },
      },
    },
  ];
}
