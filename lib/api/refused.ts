import type en from "./texts/en-US.json";

/** Refusals that only the API knows; the rest of `lib` has `ErrorCode`. */
export type RefusalCode =
  | "not-logged-in"
  | "forbidden"
  | "invalid-query"
  | "not-found"
  | "wrong-content-type"
  | "too-large"
  | "too-many-requests"
  | "not-ready";

/** Which sentence of `texts/` tells the asker what to do. */
export type Sentence = keyof (typeof en)["detail"];

interface Details {
  /** The query parameter or body field at fault. */
  readonly field?: string;
  readonly values?: Readonly<Record<string, string | number>>;
  readonly retryAfterSeconds?: number;
}

/** A request that is answered with a problem document, in the asker's language. */
export class Refused extends Error {
  override readonly name = "Refused";

  constructor(
    readonly code: RefusalCode,
    readonly sentence: Sentence,
    readonly details: Details = {},
  ) {
    super(`${code}: ${sentence}`);
  }
}
