import type { DeviceDoc, LiveReadingDoc, MeterDoc, StateDoc } from "../../../lib/api/types";

export type Role = MeterDoc["role"];
/** `homeKw` is absent where the server did not say it: then it is worked out from the meters. */
export type LiveReading = Pick<LiveReadingDoc, "meter" | "at" | "kw" | "homeKw">;
type Power = StateDoc["power"];

/** Roles that measure electricity. */
export const ELECTRIC: ReadonlySet<Role> = new Set(["grid", "load", "solar", "battery", "ev"]);
/** What a person expects to see: solar and battery meters count what they give as export, people as production. */
export const shownKw = (role: Role, kw: number): number => (role === "solar" ? -kw : kw);

/** The state after `readings`: each meter's newest power, and what follows from it for grid, sun, battery and house. */
export function withReadings(state: StateDoc, readings: readonly (LiveReading & { role?: Role })[]): StateDoc {
  const meters = new Map(state.meters.map((meter) => [meter.key, meter]));
  let homeKw: number | undefined;
  for (const { meter: key, at, kw, role, homeKw: said } of readings) {
    const known = meters.get(key);
    if (known?.at !== undefined && Date.parse(known.at) > at) continue;
    const { role: before = "load", quarantined = 0 } = known ?? {};
    meters.set(key, { key, role: role ?? before, kw, at: new Date(at).toISOString(), stale: false, quarantined });
    homeKw = said;
  }
  const list = [...meters.values()];
  return { ...state, meters: list, power: powerOf(list, homeKw) };
}

/** The state with what a device now says of itself. */
export function withDevice(state: StateDoc, device: DeviceDoc): StateDoc {
  const known = state.devices.some(({ id }) => id === device.id);
  const devices = known
    ? state.devices.map((other) => (other.id === device.id ? device : other))
    : [...state.devices, device];
  return { ...state, devices };
}

function powerOf(meters: readonly MeterDoc[], said: number | undefined): Power {
  /** Unknown while one of the meters says nothing; absent without such meters. */
  const sum = (...roles: Role[]): number | undefined => {
    const own = meters.filter(({ role }) => roles.includes(role));
    if (own.length === 0) return undefined;
    return own.reduce<number | undefined>(
      (total, { kw, stale }) => (total === undefined || kw === undefined || stale ? undefined : total + kw),
      0,
    );
  };
  const has = (wanted: Role): boolean => meters.some(({ role }) => role === wanted);
  const gridKw = sum("grid");
  const solar = sum("solar");
  const batteryKw = sum("battery");
  const isSilent = (has("solar") && solar === undefined) || (has("battery") && batteryKw === undefined);
  const loads = has("grid") ? undefined : sum("load", "ev");
  const homeKw =
    said ?? (gridKw !== undefined && isSilent ? undefined : homeOf({ grid: gridKw, solar, battery: batteryKw, loads }));
  return {
    ...(homeKw !== undefined && { homeKw }),
    ...(gridKw !== undefined && { gridKw }),
    ...(solar !== undefined && { solarKw: shownKw("solar", solar) }),
    ...(batteryKw !== undefined && { batteryKw }),
  };
}

export interface Sums {
  readonly grid: number | undefined;
  readonly solar: number | undefined;
  readonly battery: number | undefined;
  readonly loads: number | undefined;
}

/** The server's rule: grid less sun less battery where a grid meter is known, else the sum of the loads. */
export function homeOf({ grid, solar = 0, battery = 0, loads }: Sums): number | undefined {
  return grid === undefined ? loads : grid - solar - battery;
}
