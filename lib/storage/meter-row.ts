import type { Formula } from "../energy/formula";
import type { Netting } from "../energy/netting";
import type { Role } from "../energy/reading";
import type { Meter, MeterSettings } from "./energy-store";
import type { MeterTable } from "./schema";

type SettingsRow = Pick<
  MeterTable,
  "key" | "role" | "gapLimitMs" | "staleMs" | "maxPowerW" | "rolloverWh" | "netting" | "parent" | "formula"
>;

/** What a meter's row holds of its settings. */
export function toMeterRow({ formula, ...settings }: MeterSettings): SettingsRow {
  return {
    staleMs: null,
    maxPowerW: null,
    rolloverWh: null,
    netting: null,
    parent: null,
    ...settings,
    formula: formula ? JSON.stringify(formula) : null,
  };
}

export function toMeter({ id, ...row }: SettingsRow & { readonly id: number }): Meter {
  const { key, role, gapLimitMs, staleMs, maxPowerW, rolloverWh, netting, parent, formula } = row;
  return {
    id,
    key,
    role: role as Role,
    gapLimitMs,
    ...(staleMs !== null && { staleMs }),
    ...(maxPowerW !== null && { maxPowerW }),
    ...(rolloverWh !== null && { rolloverWh }),
    ...(netting !== null && { netting: netting as Netting }),
    ...(parent !== null && { parent }),
    ...(formula !== null && { formula: JSON.parse(formula) as Formula }),
  };
}

/** The settings that energy is made with: when one of them changes, what was made before is made anew. */
export const RECKONED = ["gapLimitMs", "maxPowerW", "rolloverWh", "netting"] as const satisfies (keyof MeterTable)[];
