import type { EnergyInterval } from "./energy-store";

/** The energy of `[from, to)` that is given as such; at least one of the measures. */
export interface IntervalEnergy {
  readonly meter: string;
  readonly from: number;
  readonly to: number;
  readonly importWh?: number;
  readonly exportWh?: number;
  readonly volumeM3?: number;
}

/**
 * What a person corrects of `[from, to)`, in whole quarters. `set`: its energy is what is said here. `discard`: what the meter
 * said in it does not count. It stands until it is undone, and stays in the record for ever.
 */
export interface NewCorrection extends IntervalEnergy {
  readonly kind: "set" | "discard";
  /** Who corrected: a token's name or `editor`. */
  readonly by: string;
}

export interface Correction extends NewCorrection {
  readonly id: number;
  readonly madeAt: number;
  readonly undoneAt?: number;
  readonly undoneBy?: string;
}

/** What a meter's interval comes to. */
export type Energy = Pick<EnergyInterval, "importWh" | "exportWh" | "volumeM3" | "measuredMs" | "estimatedMs">;

export interface Corrected {
  /** Absent where it was only tried. */
  readonly correction?: Correction;
  readonly before: Energy;
  readonly after: Energy;
}

export interface CorrectionStore {
  /** Keeps a file's intervals; they count where the meter itself said nothing. What is said of the same interval again takes the place of what was. */
  putIntervals(intervals: readonly IntervalEnergy[]): Promise<void>;
  /** The intervals that files gave and that begin in `[from, to)`, epoch ms, oldest first; of all meters when none are named. */
  intervals(query: {
    readonly meters?: readonly string[];
    readonly from: number;
    readonly to: number;
    readonly limit?: number;
  }): Promise<IntervalEnergy[]>;
  /** Rejects `invalid-query` where there is no such meter or the interval is not of whole quarters. `preview`: what would follow, without effect. */
  correct(correction: NewCorrection, preview?: boolean): Promise<Corrected>;
  /** Rejects `invalid-query` where there is none to undo. */
  undoCorrection(id: number, by: string): Promise<Correction>;
  /** Newest first, undone ones too. */
  corrections(query: {
    readonly id?: number;
    readonly meters?: readonly string[];
    readonly limit: number;
  }): Promise<Correction[]>;
}
