import type { Meter } from "../../storage/energy-store";
import { Refused } from "../refused";

/** The meters that `names` means: one key, or several between commas. Refuses `not-found` where one of them is not there. */
export function namedMeters(known: readonly Meter[], names: string): readonly Meter[] {
  const whole = known.filter(({ key }) => key === names);
  if (whole.length > 0) return whole;
  const wanted = new Set(names.split(",").map((name) => name.trim()));
  const asked = known.filter(({ key }) => wanted.has(key));
  if (asked.length < wanted.size) throw new Refused("not-found", "noMeter", { field: "meters" });
  return asked;
}
