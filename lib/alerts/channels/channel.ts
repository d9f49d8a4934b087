import type { Severity } from "../../storage/energy-store";

/** What a person is told. */
export interface Notification {
  readonly title: string;
  readonly message: string;
  readonly severity: Severity;
  /** Empty when the whole site is meant. */
  readonly meter: string;
  readonly site: string;
}

/**
 * One way to reach people. `send` makes one try; it rejects `channel-failed` when a later one may go well,
 * `invalid-config` or `forbidden` when only other settings help. No error holds a secret.
 */
export interface Channel {
  send(notification: Notification): Promise<void>;
}
