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

/** What is to be said of the powers that are not believed by themselves. */
export function doubtedPowers(samples: readonly Sample[], { maxPowerW }: EnergyRules): Finding[] {
  const findings: Finding[] = [];
  for (const sample of samples) {
    const { at, powerW } = sample;
    if (powerW === undefined || isPlain(sample, powerW, maxPowerW)) continue;
    if (!believedPower(sample, maxPowerW, undefined))
      findings.push({ at, path: "powerW", value: powerW, reason: "spike", noted: false });
  }
  return findings;
}

/** Each power that is believed up to the next one, the gap limit at most; the last one is not known to have held. */
export function eachHeld(
  samples: readonly Sample[],
  { gapLimitMs, maxPowerW, rulings = [] }: EnergyRules,
  visit: (from: number, to: number, powerW: number, importW: number, exportW: number) => void,
): void {
  const ruled = new Map(rulings.filter(({ path }) => path === "powerW").map((ruling) => [ruling.at, ruling]));
  let [from, powerW, importW, exportW] = [NaN, 0, 0, 0];
  for (const sample of samples) {
    const { at, powerW: said } = sample;
    if (said === undefined) continue;
    const ruling = ruled.size > 0 ? ruled.get(at) : undefined;
    // No object for what most are: there may be a million.
    const isUsual = !ruling && isPlain(sample, said, maxPowerW);
    const power = isUsual ? undefined : believedPower(sample, maxPowerW, ruling);
    if (!isUsual && !power) continue;
    if (from === from) visit(from, Math.min(at, from + gapLimitMs), powerW, importW, exportW);
    from = at;
    powerW = power ? power.powerW : said;
    importW = power ? power.importW : taken(said);
    exportW = power ? power.exportW : given(said);
  }
}

/** Whether it is one power, and one that the meter can carry: then it is believed. */
function isPlain({ importW, exportW }: Sample, powerW: number, maxPowerW: number): boolean {
  return (importW === undefined || exportW === undefined) && Math.abs(powerW) <= maxPowerW;
}

function oneWay(at: number, powerW: number): Power {
  return { at, powerW, importW: taken(powerW), exportW: given(powerW) };
}

const taken = (powerW: number): number => Math.max(0, powerW);
const given = (powerW: number): number => Math.max(0, 0 - powerW);
