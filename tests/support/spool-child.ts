import type { Reading } from "../../lib/energy/reading";
import { openStore, type StoreSettings } from "../../lib/storage/open-store";

/** What the parent asks: to append one reading a number, as a broker delivers it, for the first time or again. */
export interface Ask {
  readonly numbers: readonly number[];
  readonly dup: boolean;
  /** The instant of the number 0, epoch ms. */
  readonly start: number;
}
export type Tell = { readonly kept: number } | { readonly state: string };

/** A process that may be killed: a store as a site has it. */
const tell = (message: Tell): void => void process.send?.(message);
const store = openStore(JSON.parse(process.argv[2] ?? "{}") as StoreSettings, {
  onSpool: ({ kind }) => tell({ state: kind }),
});
process.on("message", ({ numbers, dup, start }: Ask) => {
  for (const number of numbers) {
    const reading: Reading = { meter: "m", at: start + number * 10, powerW: number };
    const delivery = { session: "s", packetId: number, hash: `h${number}`, dup };
    // What is not kept is not told, and comes again.
    store.append({ readings: [reading], delivery }).then(
      () => tell({ kept: number }),
      () => undefined,
    );
  }
});
