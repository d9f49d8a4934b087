import { Cron } from "croner";
import { asError, EnergyError } from "../errors";

/** Calls `run` whenever the wall clock of `zone` matches the cron text; `invalid-config` when it is none. */
export function openSchedule(cron: string, zone: string, run: () => void): { close(): void } {
  try {
    const job = new Cron(cron, { timezone: zone }, run);
    return { close: () => job.stop() };
  } catch (cause) {
    const message = `schedule "${cron}" is not a cron text: ${asError(cause).message}`;
    throw new EnergyError("invalid-config", message, { field: "schedule", cause });
  }
}
