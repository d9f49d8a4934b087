/** Who else uses the database now, and which leases are mine. */
export interface Presence {
  readonly others: readonly string[];
  readonly held: readonly string[];
}

/** What one instance hands to whoever holds the lease `target`, or to all when that is empty. */
export interface HandedOver {
  readonly target: string;
  readonly sender: string;
  /** Counted by its sender, who writes one after the other: whoever has seen one has seen all before it. */
  readonly n: number;
  /** JSON. */
  readonly body: unknown;
}

/** Many instances on one database. A name is used by one start of one instance, and never again. */
export interface InstanceStore {
  join(me: string): Promise<void>;
  /**
   * Says that `me` is there for 15 s more and takes those leases that nobody has who is there. Nothing when it was away for
   * longer: it holds no lease any more, and must join under another name.
   */
  beat(me: string, wants: readonly string[]): Promise<Presence | undefined>;
  release(me: string, lease: string): Promise<void>;
  /** Gives everything back. */
  leave(me: string): Promise<void>;
  handOver(rows: readonly HandedOver[]): Promise<void>;
  /** What waits for these leases, oldest first, and what each sender told all after the number named. */
  handedOver(
    targets: readonly string[],
    toAll: readonly { readonly sender: string; readonly after: number }[],
  ): Promise<HandedOver[]>;
  handled(rows: readonly Pick<HandedOver, "target" | "sender" | "n">[]): Promise<void>;
}
