import type { Node } from "node-red";
import { computedPowerW, partsOf } from "../../lib/energy/formula";
import type { Site } from "../../lib/site/site";
import type { MeterSettings } from "../../lib/storage/energy-store";
import type { MeterStatus } from "./meter-status";

/**
 * Sends the power of a meter that is computed from others, each time one of them says its own and all of them are believed.
 * Its energy is computed from theirs when somebody asks. Gives back how to stop.
 */
export function sendComputed(node: Node, site: Site, meter: MeterSettings, shown: MeterStatus): () => void {
  const { key, formula } = meter;
  if (!formula) return () => undefined;
  site.meters.describe(meter);

  const powerW = (part: string): number | undefined => {
    const reading = site.live.latest().get(part);
    return reading && site.now() - reading.at <= site.meters.gapLimitMs(part) ? reading.powerW : undefined;
  };
  return site.live.subscribe(({ event, isTold }) => {
    if (event.kind !== "reading" || isTold) return;
    // Other meters may be described at any time, computed ones among them.
    const parts = partsOf(formula, site.meters.formula);
    if (!parts?.some((part) => part.meter === event.reading.meter)) return;
    const power = computedPowerW(parts, powerW);
    if (power === undefined) return;
    const reading = { meter: key, at: event.reading.at, powerW: power, source: "live" as const };
    node.send([{ topic: key, payload: reading }, null]);
    shown.heard([reading]);
  });
}
