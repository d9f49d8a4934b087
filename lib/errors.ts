export type ErrorCode =
  | "invalid-config"
  | "invalid-reading"
  | "invalid-query"
  | "invalid-command"
  | "no-answer"
  | "query-too-long"
  | "storage-busy"
  | "storage-failed"
  | "storage-damaged"
  | "broker-offline"
  | "channel-failed"
  | "forbidden";

/** The one error `lib` throws on purpose. `code` picks the translated status text and the HTTP status. */
export class EnergyError extends Error {
  override readonly name = "EnergyError";
  /** The setting or request field that is wrong, when one is. */
  readonly field?: string;

  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions & { field?: string },
  ) {
    super(message, options);
    if (options?.field !== undefined) this.field = options.field;
  }
}

/** What was caught, as an `Error`: anything can be thrown, only errors are reported. */
export function asError(caught: unknown): Error {
  return caught instanceof Error ? caught : new Error(String(caught));
}
