import type { NodeDef } from "node-red";
import type { Reading } from "../../lib/energy/reading";
import type { Language } from "../../lib/energy/site-facts";
import { cubicMetres, kilowattHours, kilowatts, minutes } from "../../lib/texts/render-text";
import type { NodeContext } from "../shared/define-node";
import { makePaced } from "../shared/paced";

/** What is shown of the meters that one node hears. */
export interface MeterStatus {
  /** Readings that were sent on. */
  heard(readings: readonly Reading[]): void;
  refused(): void;
  notStored(): void;
  stop(): void;
}

export interface Shown {
  readonly language: Language;
  readonly staleMs: number;
  now(): number;
  /** How many of a meter's values wait for a person. */
  toCheck(meter: string): number;
}

/** A silence is seen within this time, and an age grows by it. */
const LOOK_EVERY_MS = 10_000;
/** Up to here a value is shown without its age. */
const FRESH_MS = 60_000;

/** Power, age and meter; yellow when a meter fell silent, red when something was not understood, not kept or not believed. */
export function showMeters<Def extends NodeDef>({ status }: NodeContext<Def>, shown: Shown): MeterStatus {
  const { language, staleMs } = shown;
  const paced = makePaced();
  const heardAt = new Map<string, number>();
  let last: Reading | undefined;
  let refused = 0;
  let notStored = 0;

  const draw = (): void => {
    if (notStored > 0) return status("alert", "notStored", { count: notStored });
    if (refused > 0) return status("alert", "refused", { count: refused });
    if (!last) return;
    const { meter, powerW, importWh, volumeM3 } = last;
    const toCheck = shown.toCheck(meter);
    if (toCheck > 0) return status("alert", "toCheck", { count: toCheck, meter });

    const now = shown.now();
    const silent = [...heardAt].filter(([, at]) => now - at > staleMs);
    if (silent.length > 1) return status("waiting", "severalStale", { count: silent.length });
    for (const [name, at] of silent)
      return status("waiting", "stale", { age: minutes(now - at, language), meter: name });

    const value =
      powerW !== undefined
        ? kilowatts(powerW, language)
        : volumeM3 !== undefined
          ? cubicMetres(volumeM3, language)
          : kilowattHours(importWh ?? 0, language);
    const age = now - (heardAt.get(meter) ?? now);
    if (age < FRESH_MS) status("ok", "value", { value, meter });
    else status("ok", "aged", { value, age: minutes(age, language), meter });
  };
  const timer = setInterval(() => paced.show(draw), LOOK_EVERY_MS);

  return {
    heard: (readings) => {
      for (const reading of readings) {
        if (reading.source === "retained") continue;
        heardAt.set(reading.meter, shown.now());
        last = reading;
      }
      paced.show(draw);
    },
    refused: () => {
      refused += 1;
      paced.show(draw);
    },
    notStored: () => {
      notStored += 1;
      paced.show(draw);
    },
    stop: () => {
      clearInterval(timer);
      paced.stop();
    },
  };
}
