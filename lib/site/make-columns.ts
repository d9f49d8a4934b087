import type { ImportValues } from "../exchange/import-row";
import type { ReadingColumns } from "../storage/reading-columns";
import { moreOf } from "../storage/reading-row";
import type { SAID } from "../storage/schema";

/** One meter's readings as they come, to be handed over column by column. */
export interface ColumnsMaker {
  readonly meter: string;
  readonly count: number;
  add(at: number, values: ImportValues): void;
  take(): ReadingColumns;
}

type Name = (typeof SAID)[number];

/** How many readings there is room for at first. */
const FEW = 16;

export function makeColumns(meter: string): ColumnsMaker {
  const said: Partial<Record<Name, Float64Array>> = {};
  let at: Float64Array = new Float64Array(FEW);
  let count = 0;
  let more: (string | null)[] | undefined;

  const grown = (values: Float64Array): Float64Array => {
    const twice = new Float64Array(2 * values.length);
    twice.set(values);
    return twice.fill(NaN, values.length);
  };
  const grow = (): void => {
    at = grown(at);
    for (const [name, values] of Object.entries(said)) said[name as Name] = grown(values);
  };
  /** What was not said is NaN. */
  const begun = (name: Name): Float64Array => (said[name] = new Float64Array(at.length).fill(NaN));

  return {
    meter,
    get count() {
      return count;
    },
    add: (instant, values) => {
      if (count === at.length) grow();
      at[count] = instant;
      const { powerW, importWh, exportWh, volumeM3 } = values;
      if (powerW !== undefined) (said.powerW ?? begun("powerW"))[count] = powerW;
      if (importWh !== undefined) (said.importWh ?? begun("importWh"))[count] = importWh;
      if (exportWh !== undefined) (said.exportWh ?? begun("exportWh"))[count] = exportWh;
      if (volumeM3 !== undefined) (said.volumeM3 ?? begun("volumeM3"))[count] = volumeM3;
      const text = moreOf(values);
      if (text !== null) more ??= Array<string | null>(count).fill(null);
      more?.push(text);
      count += 1;
    },
    // Whoever is sent a part of a buffer is sent all of it.
    take: () => ({
      ...{ meter, at: at.slice(0, count), ...(more && { more }) },
      ...Object.fromEntries(Object.entries(said).map(([name, values]) => [name, values.slice(0, count)])),
    }),
  };
}
