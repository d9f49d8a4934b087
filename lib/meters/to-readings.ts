import type { Electrical, Reading, Role } from "../energy/reading";
import type { DecodedReading } from "./decode";

export interface MeterIdentity {
  readonly meter: string;
  readonly role: Role;
  /** The clamp sits the wrong way round. */
  readonly reversed: boolean;
  readonly retained: boolean;
  /** The instant of a reading that its device did not stamp. */
  stamp(meter: string): number;
}

/**
 * A device's readings under the site's names and signs. Devices of production report it as positive; here what feeds the
 * house is negative power and the export register, so a solar meter is turned round as a reversed clamp is.
 */
export function toReadings(decoded: readonly DecodedReading[], identity: MeterIdentity): Reading[] {
  const turned = (identity.role === "solar") !== identity.reversed;
  return decoded.map(({ channel, at, ...measures }) => {
    const meter = channel ? `${identity.meter}/${channel}` : identity.meter;
    return {
      ...(turned ? turnRound(measures) : measures),
      meter,
      at: at ?? identity.stamp(meter),
      source: identity.retained ? "retained" : "live",
    };
  });
}

type Measures = Omit<Reading, "meter" | "at" | "source">;

function turnRound({ electrical, tariffs, ...measures }: Measures): Measures {
  return {
    ...turnOne(measures),
    ...(electrical && { electrical: turnElectrical(electrical) }),
    ...(tariffs && { tariffs: tariffs.map(({ name, ...registers }) => ({ name, ...turnOne(registers) })) }),
  };
}

function turnElectrical({ phases, ...whole }: Electrical): Electrical {
  if (!phases) return whole;
  const turned = Object.entries(phases).map(([name, phase]) => [name, turnOne(phase)] as const);
  return { ...whole, phases: Object.fromEntries(turned) };
}

type Turnable = Pick<Reading, "powerW" | "importWh" | "exportWh">;

function turnOne({ powerW, importWh, exportWh, ...rest }: Turnable): Turnable {
  return {
    ...rest,
    // −0 would be a number that nobody said.
    ...(powerW !== undefined && { powerW: powerW === 0 ? 0 : -powerW }),
    ...(exportWh !== undefined && { importWh: exportWh }),
    ...(importWh !== undefined && { exportWh: importWh }),
  };
}
