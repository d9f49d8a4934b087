import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Reading } from "../../../lib/energy/reading";
import { makeColumns } from "../../../lib/site/make-columns";
import type { EnergyStore } from "../../../lib/storage/energy-store";
import type { Engine } from "../../../lib/storage/engine";
import type { ReadingColumns } from "../../../lib/storage/reading-columns";
import { asStore } from "../../support/sealed-engine";

const ZONE = "Europe/Madrid";
const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const DAY = 24 * HOUR;
/** Two hours before Madrid's clocks go forward, with a UTC day's end between. */
const NIGHT = Date.UTC(2025, 2, 29, 23);
const ALL = { from: NIGHT - 40 * DAY, to: NIGHT + 400 * DAY };

/** A stretch of what a meter said. */
interface Stretch {
  readonly startS: number;
  readonly stepMs: number;
  readonly count: number;
  readonly says: "power" | "register" | "both" | "all";
  /** Every so many readings something is wrong with one. */
  readonly oddEvery: number;
  readonly odd: "spike" | "dip" | "reset" | "huge" | "double" | "other";
}

const STRETCH = fc.record<Stretch>({
  startS: fc.oneof(fc.integer({ min: 0, max: 3 * 86_400 }), fc.constantFrom(0, 600, 86_000)),
  stepMs: fc.constantFrom(500, 1_000, 10_000, 60_000, 900_000, 3_600_000),
  count: fc.oneof(fc.integer({ min: 1, max: 300 }), fc.constantFrom(700, 2_100)),
  says: fc.constantFrom("power", "register", "both", "all"),
  oddEvery: fc.integer({ min: 20, max: 400 }),
  odd: fc.constantFrom("spike", "dip", "reset", "huge", "double", "other"),
});

function readingsOf(meter: string, start: number, { startS, stepMs, count, says, oddEvery, odd }: Stretch): Reading[] {
  let importWh = 1_000;
  return Array.from({ length: count }, (_, index): Reading[] => {
    const isOdd = index % oddEvery === oddEvery - 1;
    importWh += (index % 7) / 2;
    if (isOdd && odd === "reset") importWh = 3;
    const register = importWh + (isOdd && odd === "spike" ? 1e6 : isOdd && odd === "dip" ? -400 : 0);
    const powerW = isOdd && odd === "huge" ? 2e6 : Math.round(Math.sin(index / 30) * 9_000) / 10;
    const reading: Reading = {
      ...{ meter, at: start + startS * SECOND + index * stepMs, source: "imported" },
      ...(says !== "register" && { powerW }),
      ...(says !== "power" && { importWh: register }),
      ...(says === "all" && {
        ...{ exportWh: index / 4, volumeM3: index / 1_000, temperatureC: 20 },
        electrical: { voltageV: 230 + (index % 5) / 10 },
      }),
    };
    if (!isOdd) return [reading];
    if (odd === "double") return [reading, reading];
    return odd === "other" ? [reading, { ...reading, powerW: powerW + 5, importWh: register + 1 }] : [reading];
  }).flat();
}

export function toColumns(readings: readonly Reading[]): ReadingColumns[] {
  return [...Map.groupBy(readings, ({ meter }) => meter)].map(([meter, own]) => {
    const maker = makeColumns(meter);
    for (const { meter: _, at, source: __, ...values } of own) maker.add(at, values);
    return maker.take();
  });
}

/** What an import brings is as if it had been said one after the other, to the bit. */
export function describeLoad(name: string, numRuns: number, open: () => Promise<Engine>): void {
  describe(`what is loaded into ${name}`, () => {
    let engine: Engine;
    let store: EnergyStore;
    let count = 0;
    beforeEach(async () => {
      engine = await open();
      store = asStore(engine);
    });
    afterEach(() => store.close());

    const answersOf = async (meter: string, range = ALL) => {
      const own = { meters: [meter], ...range, zone: ZONE };
      const unnamed = <Row extends { readonly meter: string }>(rows: readonly Row[]) =>
        rows.map((row) => ({ ...row, meter: "" }));
      return {
        readings: unnamed(await store.readings(own)),
        quarters: unnamed(await store.energy({ ...own, interval: "quarter" })),
        days: unnamed(await store.energy({ ...own, interval: "day" })),
        months: unnamed(await store.energy({ ...own, interval: "month" })),
        quarantine: unnamed(await store.quarantine({ meters: [meter], limit: 10_000 })).sort(
          (a, b) => a.at - b.at || (a.path < b.path ? -1 : 1),
        ),
      };
    };
    const append = async (readings: readonly Reading[]): Promise<void> => {
      for (let start = 0; start < readings.length; start += 1_000)
        await store.append({ readings: readings.slice(start, start + 1_000) });
    };
    /** Loads the parts into one meter and appends them to another. */
    const both = async (partsOf: (meter: string) => readonly (readonly Reading[])[]): Promise<[string, string]> => {
      count += 1;
      const [loaded, appended] = [`loaded ${count}`, `appended ${count}`];
      for (const part of partsOf(loaded)) await store.load(toColumns(part));
      for (const part of partsOf(appended)) await append(part);
      return [loaded, appended];
    };

    const expectSame = async (loaded: string, appended: string): Promise<void> => {
      const { quarantine: _, ...answers } = await answersOf(loaded);
      const { quarantine: doubted, ...expected } = await answersOf(appended);
      expect(answers).toEqual(expected);
      // What differs from what is packed is set aside once both are packed together.
      await engine.sealUntil(NIGHT + 40 * DAY);
      expect((await answersOf(loaded)).quarantine).toEqual(doubted);
    };

    it("is, to the bit, as if it had been appended: readings, quarters, days and what is doubted", async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(STRETCH, { minLength: 1, maxLength: 3 }),
          fc.array(fc.integer({ min: 1, max: 6_000 }), { maxLength: 4 }),
          fc.boolean(),
          async (stretches, cuts, inOrder) => {
            const [loaded, appended] = await both((meter) => {
              const all = stretches.flatMap((stretch) => readingsOf(meter, NIGHT, stretch));
              const readings = inOrder ? all.sort((a, b) => a.at - b.at) : all;
              const edges = [0, ...cuts.filter((cut) => cut < readings.length).sort((a, b) => a - b), readings.length];
              return edges.slice(1).map((edge, index) => readings.slice(edges[index], edge));
            });
            await expectSame(loaded, appended);
          },
        ),
        { numRuns },
      );
    }, 240_000);

    it("twice, or where there was something already, is merged as what is appended", async () => {
      const stretch = { startS: 0, stepMs: SECOND, says: "both", oddEvery: 100, odd: "other", count: 1_500 } as const;
      const [loaded, appended] = await both((meter) => {
        const all = readingsOf(meter, NIGHT, stretch);
        return [all.slice(500, 800), all, all.slice(0, 1_200), all.map((one) => ({ ...one, powerW: 7 }))];
      });
      await expectSame(loaded, appended);
    }, 120_000);

    it("and is of the last hour stays hot, and is counted all the same", async () => {
      const start = Date.now() - 5 * HOUR;
      const stretch = { startS: 0, stepMs: 4 * SECOND, says: "both", oddEvery: 1e9, odd: "dip", count: 4_450 } as const;
      const [loaded, appended] = await both((meter) => [readingsOf(meter, start, stretch)]);
      const range = { from: start - DAY, to: start + 2 * DAY };
      const answers = await answersOf(loaded, range);
      expect(answers).toEqual(await answersOf(appended, range));
      expect(answers.readings).toHaveLength(4_450);
    }, 120_000);

    it("of many meters a few readings each is kept, whatever they are called", async () => {
      const meters = Array.from({ length: 30 }, (_, index) => `m ${index} 'ü" ;--`);
      const stretch = { startS: 7, stepMs: 60_000, says: "all", oddEvery: 1e9, odd: "dip", count: 100 } as const;
      const all = meters.flatMap((meter) => readingsOf(meter, NIGHT, stretch));
      const inOrder = [...all].sort((a, b) => a.at - b.at);
      for (let start = 0; start < inOrder.length; start += 700)
        await store.load(toColumns(inOrder.slice(start, start + 700)));
      expect(await store.readings({ ...ALL, meters: meters.slice(3, 4) })).toEqual(
        all.filter(({ meter }) => meter === meters[3]),
      );
      const sums = await store.energy({ ...ALL, interval: "total", zone: ZONE });
      expect(new Set(sums.map(({ importWh }) => importWh)).size).toBe(1);
      expect(sums).toHaveLength(30);
    }, 60_000);
  });
}
