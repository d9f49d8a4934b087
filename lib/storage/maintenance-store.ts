/** What was found when everything was reckoned anew from the stored readings. */
export interface Verified {
  readonly meters: number;
  readonly quarters: number;
  /** Quarters that were not what the readings say; at most a hundred are named. */
  readonly wrong: number;
  /** Pieces of history that are damaged: nothing is shown of them. */
  readonly damaged: number;
  readonly examples: readonly { readonly meter: string; readonly start: number }[];
}

export interface MaintenanceStore {
  /** Also where other meters name it. Rejects `invalid-query` where there is no such meter, or another one of the new name. */
  renameMeter(key: string, to: string): Promise<void>;
  /**
   * Makes the history of one meter that of another, which it is replaced by: its readings, energy and all that was decided on
   * them. Where both said something the rules of one meter hold. Rejects `invalid-query` where either does not exist.
   */
  mergeMeters(from: string, into: string): Promise<void>;
  /** Forgets what a meter said in `[from, to)`, and all energy made of it; without a range the meter itself. Answers how many readings that were. */
  purge(meter: string, range?: { readonly from: number; readonly to: number }): Promise<number>;
  /** Reckons all quarters and days anew and tells what differed; `repair` keeps what was reckoned. */
  verify(repair: boolean): Promise<Verified>;
}
