import type { Electrical, Reading, Role } from "../energy/reading";
import type { DecodedReading } from "./decode";
import { shiftedBack, type Covers } from "./covers";

export interface MeterIdentity {
  /** The meter's key; `device` is the name that the device gives itself. */
  nameOf(device: string | undefined): string;
  /** As the user says it; else what the device says of itself. */
  readonly role?: Role;
  /** What is known of a meter of which neither says its role now. */
  roleOf(meter: string, said: Role | undefined): Role;
  /** The clamp sits the wrong way round. */
  readonly reversed: boolean;
  readonly retained: boolean;
  readonly covers: Covers;
  /** IANA zone of the site: where hours and days begin. */
  readonly zone: string;
  /** The instant of a reading that its device did not stamp. */
  stamp(meter: string): number;
}

export interface MeterReading {
  readonly reading: Reading;
  readonly role: Role;
}

/**
 * A device's readings under the site's names and signs. Devices of production report it as positive; here what feeds the
 * house is negative power and the export register, so a solar meter is turned round as a reversed clamp is.
 */
export function toReadings(decoded: readonly DecodedReading[], identity: MeterIdentity): MeterReading[] {
  return decoded.flatMap(({ channel, name, role: said, at: stamped, ...measures }) => {
    const device = identity.nameOf(name);
    const meter = channel ? `${device}/${channel}` : device;
    // The gas beside a power meter stays gas, whatever the user calls the meter.
    const fixed = channel && said ? said : identity.role;
    const role = fixed ?? identity.roleOf(meter, said);
    const turned = (role === "solar") !== identity.reversed;
    const reading: Reading = {
      ...(turned ? turnRound(measures) : measures),
      meter,
      at: stamped ?? identity.stamp(meter),
      source: identity.retained ? "retained" : "live",
    };
    return shiftedBack(reading, identity.covers, identity.zone).map((one) => ({ reading: one, role }));
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
