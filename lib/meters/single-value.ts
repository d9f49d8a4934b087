import { assemble, type Parts } from "./assembled";
import { NOTHING, readings, type Decoded } from "./decoded";
import { put, says } from "./measures";
import type { NamedValue } from "./named-value";

/** Below this, a voltage alone is a battery's or a sensor's supply. */
const LEAST_MAINS_V = 80;

/** Where a value belongs. */
export interface Belongs {
  readonly name: string;
  readonly channel?: string;
}

/** The reading of one value that had a topic of its own, with what its meter said before. */
export function oneNamedValue(named: NamedValue, parts: Parts, { name, channel }: Belongs, at: number): Decoded {
  const { target, value, role } = named;
  if (target === "voltageV" && value < LEAST_MAINS_V && !isMeter(parts)) return NOTHING;
  const draft = assemble(parts, named, at);
  if (!says(draft)) return NOTHING;
  put(draft, "name", name);
  put(draft, "channel", channel);
  put(draft, "role", role);
  return readings([draft]);
}

function isMeter({ last }: Parts): boolean {
  return last.has("powerW") || last.has("importWh") || last.has("currentA");
}
