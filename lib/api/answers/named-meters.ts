import type { Meter } from "../../storage/energy-store";
import { Refused } from "../refused";

/** The meters that `names` means: keys between commas, which a key may hold itself. Refuses `not-found` where one of them is not there. */
export function namedMeters(known: readonly Meter[], names: string): readonly Meter[] {
  const asked = new Set<Meter>();
  // Of `a,b` and `a` the longer one is meant where both are there.
  const longestFirst = [...known].sort((one, other) => other.key.length - one.key.length);
  let rest = names.trimStart();
  do {
    const found = longestFirst.find(({ key }) => rest.startsWith(key) && /^\s*(,|$)/.test(rest.slice(key.length)));
    if (!found) throw new Refused("not-found", "noMeter", { field: "meters" });
    asked.add(found);
    rest = rest.slice(found.key.length).replace(/^\s*,?\s*/, "");
  } while (rest !== "");
  return known.filter((meter) => asked.has(meter));
}
