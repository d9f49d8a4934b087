import { DateTime } from "luxon";
import { describe, expect, it } from "vitest";
import { readCorpus, type CorpusEntry } from "../support/corpus";
import { meterOf, runCorpus, ZONE, type CorpusRun } from "../support/corpus-flow";
import { asSaid, expectSeries, expectValue, valueKeys } from "../support/corpus-values";
import { describeNeeds } from "../support/requires";
import type { StoredReading } from "../support/stored-readings";

const entries = readCorpus();

/** Messages that must leave no reading. */
const SILENT = ["invalid", "state", "ignorable", "needs-codec", "availability"];

describe.skipIf(entries.length === 0)("what real devices say", () => {
  describeNeeds("mosquitto", "through Mosquitto and Node-RED", (program) => {
    // One run answers for all: each test looks at one entry.
    let run: Promise<CorpusRun> | undefined;

    it.each(entries.map((entry) => [`${entry.id} ${entry.family}: ${entry.device}`, entry] as const))(
      "is read back from API and file: %s",
      async (_, entry) => {
        const { from, to, stored, refused, ...api } = await (run ??= runCorpus(program, entries));
        const own = stored.filter(({ meter }) => belongsTo(meter, entry));
        const wanted = valueKeys(entry.expected);
        expect(refused.has(entry.id), `refused: ${refused.get(entry.id)}`).toBe(
          ["invalid", "needs-codec"].includes(entry.kind),
        );
        if (SILENT.includes(entry.kind) || wanted.length === 0) return void expect(own).toEqual([]);

        if (entry.role === "production") expect(own.map(({ role }) => role)).toContain("solar");
        const said = own.map(asSaid);
        if (entry.expected.rows !== undefined) expectSeries(entry.expected, said);
        else {
          for (const key of wanted) expectValue(key, entry.expected[key], said);
          for (const reading of said) expectInstant(reading, entry, { from, to });
        }
        expectPowers(entry, own, api);
      },
      90_000,
    );
  });
});

const belongsTo = (meter: string, entry: CorpusEntry): boolean =>
  meter === meterOf(entry) || meter.startsWith(`${meterOf(entry)}/`);

/** The device's own stamp; one without a zone counts where it is near arrival, and these are old. */
function expectInstant(
  { at, role }: StoredReading,
  { expected }: CorpusEntry,
  { from, to }: { from: number; to: number },
): void {
  const prefix = role === "gas" || role === "water" ? `${role}_` : "";
  const stamp = expected[`${prefix}timestamp`] as string | undefined;
  const local = expected[`${prefix}timestamp_local`] as string | undefined;
  // Meters beside the main one have stamps of their own, which the corpus does not always tell.
  if (prefix !== "" && stamp === undefined && local === undefined) return;
  if (stamp !== undefined) return void expect(new Date(at)).toEqual(new Date(stamp));
  if (local !== undefined && at === DateTime.fromISO(local, { zone: ZONE }).toMillis()) return;
  // A burst keeps every reading: each may be a millisecond after the one before.
  expect(at).toBeGreaterThanOrEqual(from);
  expect(at).toBeLessThanOrEqual(to + 1_000);
}

/** Every power that was stored is answered, by each route, as kW to the mW. */
function expectPowers(
  entry: CorpusEntry,
  own: readonly StoredReading[],
  api: Pick<CorpusRun, "energy" | "state" | "lines">,
): void {
  const answered = api.energy.filter(({ meter }) => belongsTo(meter, entry));
  const powers = own.filter(({ powerW }) => powerW !== undefined);
  expect(answered).toHaveLength(powers.length);
  for (const { meter, at, powerW = NaN, role } of powers) {
    const kw = Math.round(powerW * 1000) / 1e6;
    const simple = answered.find((one) => one.meter === meter && Date.parse(one.timestamp) === at);
    expect(simple).toMatchObject({ consumption: kw });
    expect(api.lines.get(simple?.id ?? "")).toEqual([kw]);
    if (powers.some((one) => one.meter === meter && one.at > at)) continue;
    expect(api.state.meters.find(({ key }) => key === meter)).toMatchObject({ role, kw });
  }
}
