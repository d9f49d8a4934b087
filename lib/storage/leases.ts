/** What somebody does while a lease is his. */
export interface Holder {
  gained(): void;
  lost(): void;
  /** What was handed over to whoever holds the lease; resolves when it is done with, whatever came of it. */
  take(body: unknown): Promise<void>;
  /** Another instance is gone, while this one holds the lease. */
  gone?(): void;
}

export interface Lease {
  /** Whether to act: it is this instance's, and nobody else can have it by now. */
  isHeld(): boolean;
  /** JSON, for whoever holds it. What cannot be handed over for a minute is a problem, and dropped. */
  handOver(body: unknown): void;
  /** Gives it back. The holder is told nothing. */
  end(): Promise<void>;
}

/** The `rank`-th, from 0, `of` so many. */
export interface Place {
  readonly rank: number;
  readonly of: number;
}

/** Which of the instances on one database does what: rules, devices, advisers, by the ids of their nodes. */
export interface Leases {
  /** Where nobody shares the database it is gained at once. */
  want(id: string, holder: Holder): Lease;
  /** The name of this instance, until it was away for too long. */
  name(): string;
  isThere(instance: string): boolean;
  /** Where this instance stands among those that are there. */
  place(): Place;
  /** JSON, for all other instances; who comes later does not hear it. */
  tell(body: unknown): void;
  /** Resolves when what was handed over and told so far is durable, or cannot be for now. */
  handed(): Promise<void>;
  close(): Promise<void>;
}

/** Of a site whose database is its own: everything is held, nothing asked of the database. */
export const ALONE: Leases = {
  want: (_, holder) => {
    holder.gained();
    return { isHeld: () => true, handOver: (body) => void holder.take(body), end: () => Promise.resolve() };
  },
  name: () => "",
  isThere: () => false,
  place: () => ({ rank: 0, of: 1 }),
  tell: () => undefined,
  handed: () => Promise.resolve(),
  close: () => Promise.resolve(),
};
