import type { EnergyRules, Sample } from "./quarters";
import type { Finding, Ruling } from "./register";

/** A power that is believed, and what of it is taken and given; both positive. */
export interface Power {
  readonly at: number;
  readonly powerW: number;
  readonly importW: number;
  readonly exportW: number;
}

/** The power that a sample says, or nothing where it is more than the meter can carry or a person left it out. */
export function believedPower(sample: Sample, maxPowerW: number, ruling: Ruling | undefined): Power | undefined {
  const { at, powerW } = sample;
  if (powerW === undefined || ruling?.kind === "discard") return undefined;
  if (ruling?.kind === "edit" && ruling.value !== undefined) return oneWay(at, ruling.value);
  const { importW, exportW } = sample;
  const power = importW === undefined || exportW === undefined ? oneWay(at, powerW) : { at, powerW, importW, exportW };
  const largest = Math.max(Math.abs(powerW), power.importW, power.exportW);
  return largest <= maxPowerW || ruling?.kind === "accept" ? power : undefined;
}

/** The powers that are believed, and what is to be said of the others. */
export function readPowers(
  samples: readonly Sample[],
  { maxPowerW, rulings = [] }: EnergyRules,
): { readonly powers: readonly Power[]; readonly findings: readonly Finding[] } {
  const ruled = new Map(rulings.filter(({ path }) => path === "powerW").map((ruling) => [ruling.at, ruling]));
  const powers: Power[] = [];
  const findings: Finding[] = [];
  for (const sample of samples) {
    const { at, powerW } = sample;
    if (powerW === undefined) continue;
    const plain = believedPower(sample, maxPowerW, undefined);
    const ruling = ruled.size > 0 ? ruled.get(at) : undefined;
    const power = ruling ? believedPower(sample, maxPowerW, ruling) : plain;
    if (power) powers.push(power);
    if (!plain) findings.push({ at, path: "powerW", value: powerW, reason: "spike", noted: false });
  }
  return { powers, findings };
}

/** Each power up to the next one, the gap limit at most; the last one is not known to have held. */
export function eachHeld(
  powers: readonly Power[],
  gapLimitMs: number,
  visit: (from: number, to: number, power: Power) => void,
): void {
  let power: Power | undefined;
  for (const next of powers) {
    if (power) visit(power.at, Math.min(next.at, power.at + gapLimitMs), power);
    power = next;
  }
}

function oneWay(at: number, powerW: number): Power {
  return { at, powerW, importW: Math.max(0, powerW), exportW: Math.max(0, 0 - powerW) };
}
