import { assembleAll, makeParts, type Part, type Parts } from "./assembled";
import type { DraftReading } from "./decoded";
import type { DecodeSettings } from "./family";
import { put, says } from "./measures";
import { namedValue, type NamedValue } from "./named-value";

/** A value with a name, one of several in a message. */
export interface Metric {
  readonly name: string;
  readonly value: unknown;
  /** As the device wrote it. */
  readonly unit?: unknown;
  /** What it belongs to where its name does not say it. */
  readonly group?: string;
  /** Epoch ms. */
  readonly at?: number;
}

/** A meter says less. */
const MOST_METRICS = 2000;

/**
 * The readings of a message's metrics: one for each thing that they belong to and each instant. `partsOf` gives what was said
 * before of such a thing; without it, a message stands alone.
 */
export function readMetrics(
  metrics: readonly Metric[],
  settings: DecodeSettings,
  arrival: number,
  partsOf: (channel: string) => Parts = makeParts,
): DraftReading[] {
  const groups = new Map<
    string,
    { channel: string; at: number | undefined; role?: NamedValue["role"]; said: Part[] }
  >();
  for (const { name, value, unit, group = "", at } of metrics.slice(0, MOST_METRICS)) {
    const named = namedValue(name, value, unit, settings);
    if (!named) continue;
    const { role, of } = named;
    const medium = role === "gas" || role === "water" ? role : "";
    const channel = [group, of, medium].filter(Boolean).join("_").slice(0, 100);
    const key = `${channel} ${at ?? ""}`;
    const known = groups.get(key) ?? { channel, at, said: [] };
    groups.set(key, { ...known, ...(role && { role }) });
    known.said.push(named);
  }
  return [...groups.values()]
    .map(({ channel, at, role, said }) => {
      const draft = assembleAll(partsOf(channel), said, at ?? arrival);
      if (!says(draft)) return draft;
      put(draft, "channel", channel || undefined);
      put(draft, "role", role);
      put(draft, "at", at);
      return draft;
    })
    .filter(says);
}
