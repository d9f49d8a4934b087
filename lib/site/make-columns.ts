import type { ImportValues } from "../exchange/import-row";
import type { ReadingColumns } from "../storage/reading-columns";
import { moreOf } from "../storage/reading-row";
import { SAID } from "../storage/schema";

/** One meter's readings as they come, to be handed over column by column. */
export interface ColumnsMaker {
  readonly meter: string;
  readonly count: number;
  add(at: number, values: ImportValues): void;
  take(): ReadingColumns;
}

export function makeColumns(meter: string): ColumnsMaker {
  const at: number[] = [];
  const said: Partial<Record<(typeof SAID)[number], number[]>> = {};
  let more: (string | null)[] | undefined;

  /** What was not said before is NaN so far. */
  const begun = (name: (typeof SAID)[number]): number[] => (said[name] ??= Array<number>(at.length - 1).fill(NaN));

  return {
    meter,
    get count() {
      return at.length;
    },
    add: (instant, values) => {
      at.push(instant);
      for (const name of SAID) {
        const value = values[name];
        if (value !== undefined) begun(name).push(value);
        else said[name]?.push(NaN);
      }
      const text = moreOf(values);
      if (text !== null) more ??= Array<string | null>(at.length - 1).fill(null);
      more?.push(text);
    },
    take: () => ({
      ...{ meter, at: Float64Array.from(at), ...(more && { more }) },
      ...Object.fromEntries(Object.entries(said).map(([name, values]) => [name, Float64Array.from(values)])),
    }),
  };
}
