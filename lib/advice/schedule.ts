import { Cron } from "croner";
import { asError, EnergyError } from "../errors";

export interface Schedule {
  /** When it last was due, or would have been, before now. */
  lastDue(): number | undefined;
  close(): void;
}

/** Calls `run` whenever the wall clock of `zone` matches the cron text; `invalid-config` when it is none. */
export function openSchedule(cron: string, zone: string, run: () => void): Schedule {
  try {
    const job = new Cron(cron, { timezone: zone }, run);
    return { lastDue: () => job.previousRuns(1)[0]?.getTime(), close: () => job.stop() };
  } catch (cause) {
    const message = `schedule "${cron}" is not a cron text: ${asError(cause).message}`;
    throw new EnergyError("invalid-config", message, { field: "schedule", cause });
  }
}
