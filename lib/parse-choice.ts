import { EnergyError } from "./errors";

/** The choice in a setting, or an `invalid-config` error that names them all; where nothing was chosen, the first or `fallback`. */
export function parseChoice<Choice extends string>(
  value: string | undefined,
  field: string,
  choices: readonly [Choice, ...Choice[]],
  fallback: Choice = choices[0],
): Choice {
  if (!value) return fallback;
  const choice = choices.find((one) => one === value);
  if (choice !== undefined) return choice;
  throw new EnergyError("invalid-config", `${field} must be one of ${choices.join(", ")}, got "${value}"`, { field });
}
