import type { DraftPhase } from "./decoded";
import { amps, cosine, put, volts, watts } from "./measures";
import type { Body } from "./message";

/** Under which names a body has the values of one phase, in W, V, A, VA and var. */
export interface PhaseKeys {
  readonly powerW?: string;
  readonly voltageV?: string;
  readonly currentA?: string;
  readonly powerFactor?: string;
  readonly apparentVa?: string;
  readonly reactiveVar?: string;
}

/** The names for each of the three phases. To be made once: names put together again for each message are slow to look up. */
export function phaseKeys(
  phases: readonly (string | number)[],
  of: (phase: string) => PhaseKeys,
): readonly PhaseKeys[] {
  return phases.map((phase) => of(String(phase)));
}

export function readPhase(body: Body, keys: PhaseKeys): DraftPhase {
  const phase: DraftPhase = {};
  const value = (key: string | undefined): unknown => (key === undefined ? undefined : body[key]);
  put(phase, "powerW", watts(value(keys.powerW)));
  put(phase, "voltageV", volts(value(keys.voltageV)));
  put(phase, "currentA", amps(value(keys.currentA)));
  put(phase, "powerFactor", cosine(value(keys.powerFactor)));
  put(phase, "apparentVa", watts(value(keys.apparentVa)));
  put(phase, "reactiveVar", watts(value(keys.reactiveVar)));
  return phase;
}
