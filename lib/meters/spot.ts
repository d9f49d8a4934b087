import type { Role } from "../energy/reading";
import { assemble, makeParts } from "./assembled";
import { asText, NOTHING, readings, refused, type Decoded } from "./decoded";
import { amps, cosine, hertz, says, volts } from "./measures";
import type { Memory } from "./memory";
import type { Target } from "./named-measures";
import { parseText, scaled, within } from "./numbers";

/** Where the one value of a message belongs in a reading. */
export interface Spot {
  readonly target: Target;
  /** Of one phase, 0 for L1; absent: of the whole connection. */
  readonly phase?: number;
  /** One register of several. */
  readonly tariff?: string;
  /** How many of ours one of the device's is. */
  readonly factor?: number;
}

/** Which part of which device a value is of. */
export interface Origin {
  readonly name: string;
  readonly channel?: string;
  readonly role?: Role;
}

export const KWH = 1000;

/** The spots of a list of names, where an entry with `#` in its name is one for each of the three phases. */
export function spots(list: Readonly<Record<string, Spot>>): ReadonlyMap<string, Spot> {
  return new Map(
    Object.entries(list).flatMap(([name, spot]): [string, Spot][] =>
      name.includes("#")
        ? [0, 1, 2].map((phase) => [name.replace("#", String(phase + 1)), { ...spot, phase }])
        : [[name, spot]],
    ),
  );
}

/** The reading of one value that had a topic of its own, with what its device said before under others. */
export function oneValue(
  raw: unknown,
  spot: Spot,
  origin: Origin,
  { memory, profile, at }: { readonly memory: Memory; readonly profile: string; readonly at: number },
): Decoded {
  const value = valueAt(spot, raw);
  // A number that no meter could have said, as 0 Hz or 65535, is how a device says that it has none.
  if (value === undefined) return isNumber(raw) ? NOTHING : refused("not-a-number", asText(raw));
  const { target, phase, tariff } = spot;
  if (value < 0 && (target === "importWh" || target === "exportWh"))
    return refused("inconsistent", `${target} ${value}`);
  const parts = memory.of(profile, `${origin.name}/${origin.channel ?? ""}`, makeParts);
  const part = { target, value, ...(phase !== undefined && { phase }), ...(tariff !== undefined && { tariff }) };
  const draft = assemble(parts, part, at);
  return says(draft) ? readings([Object.assign(draft, origin)]) : NOTHING;
}

/** The value in our units, or nothing where it is none or cannot be one. */
export function valueAt({ target, factor = 1 }: Spot, raw: unknown): number | undefined {
  switch (target) {
    case "voltageV":
      return volts(scaled(raw, factor));
    case "currentA":
      return amps(scaled(raw, factor));
    case "powerFactor":
      return cosine(scaled(raw, factor));
    case "frequencyHz":
      return hertz(scaled(raw, factor));
    case "socPercent":
      return within(scaled(raw, factor), 0, 100);
    case "temperatureC":
      return within(scaled(raw, factor), -100, 1500);
    case "powerW":
    case "powerInW":
    case "powerOutW":
    case "importWh":
    case "exportWh":
    case "volumeM3":
    case "apparentVa":
    case "reactiveVar":
      return scaled(raw, factor);
  }
}

function isNumber(raw: unknown): boolean {
  return typeof raw === "number" || (typeof raw === "string" && parseText(raw) !== undefined);
}
