import { describe, expect, it } from "vitest";
import { makeFormat } from "../../dashboard/src/format";
import { errorsOf, findings, spanOf, type MeterReportDoc } from "../../dashboard/src/model/report-words";
import { makeText, type Language } from "../../dashboard/src/texts";

const speak = (language: Language) => ({
  text: makeText(language),
  format: makeFormat({ language, zone: "Europe/Madrid", currency: "EUR" }),
  now: Date.UTC(2026, 6, 1),
});
const [en, es] = [speak("en-US"), speak("es-ES")];
const plain = (text: string): string => text.replaceAll(/\s/g, " ");

const stretch = { from: "2026-03-05T05:00:00+01:00", to: "2026-03-06T11:00:00+01:00" };
const meter: MeterReportDoc = {
  ...{ meter: "grid", rows: 1_970, newestFirst: false, outOfOrder: 0 },
  ...{ from: "2026-03-01T00:00:00+01:00", to: "2026-05-23T10:00:00+02:00" },
  ...{ doubles: { same: 0, differing: 0 }, stored: { same: 0, differing: 0 } },
  ...{ holes: { count: 0, first: [] }, resets: { count: 0, first: [] } },
};
const said = (more: Partial<MeterReportDoc>, speech = en, given = false): string[] =>
  findings({ ...meter, ...more }, given, speech).map(({ kind, text }) => `${kind}: ${plain(text)}`);

describe("a report on a file in words", () => {
  it("tells how much of which time it is", () => {
    expect(plain(spanOf({ ...meter, stepMs: 900_000 }, en))).toBe(
      "1,970 rows, from Mar 1, 2026, 12:00 AM to May 23, 2026, 10:00 AM, 15 minutes apart",
    );
    expect(plain(spanOf({ ...meter, rows: 1 }, es))).toBe("1 fila, 1 mar 2026, 0:00");
  });

  it.each<[string, Partial<MeterReportDoc>, string[]]>([
    ["nothing to say", {}, ["plain: Nothing of it is stored yet."]],
    [
      "rows that are there",
      { stored: { same: 1, differing: 1_200 } },
      [
        "plain: 1 row is stored already and stays as it is.",
        "check: 1,200 rows are stored already with other values: what the meter itself said counts, and the others wait under Values to check.",
      ],
    ],
    [
      "holes",
      { holes: { count: 1, first: [stretch] } },
      [
        "plain: Nothing of it is stored yet.",
        "check: 1 gap: the file says nothing from Mar 5, 2026, 5:00 AM to Mar 6, 2026, 11:00 AM.",
      ],
    ],
    [
      "a register that falls",
      { resets: { count: 2, first: [{ at: stretch.from, measure: "importWh", before: 1_234_000, after: 5_000 }] } },
      [
        "plain: Nothing of it is stored yet.",
        "check: The reading falls 2 times, for example Mar 5, 2026, 5:00 AM: from 1,234 kWh to 5 kWh. A new meter, or one that began again?",
      ],
    ],
    [
      "a unit that cannot be",
      { suspectedUnit: { factor: 1000, meanKw: 0.0003, maxKw: 0.0005 } },
      [
        "plain: Nothing of it is stored yet.",
        "check: With this unit the power would be 0.3 W on average and 0.5 W at most. Is the unit right?",
      ],
    ],
  ])("says %s", (_, more, expected) => {
    expect(said(more)).toEqual(expected);
  });

  it("says of energies by interval that the newer file's count", () => {
    expect(said({ stored: { same: 0, differing: 3 } }, es, true)).toEqual([
      "check: 3 filas se conocen de un archivo anterior con otros valores: los de este archivo ocupan su lugar.",
    ]);
  });

  it("names the first lines of what is left out", () => {
    const errors = [{ key: "bad-time" as const, text: "The time cannot be read.", count: 7, lines: [3, 1_052] }];
    expect(errorsOf(errors, en)).toEqual(["7 rows are left out: The time cannot be read. First lines: 3 and 1,052."]);
  });

  it.each([
    [999, "999 bytes"],
    [51_300, "51.3 kB"],
    [1_360_000, "1.36 MB"],
    [2_000_000_000, "2 GB"],
  ])("writes sizes: %i", (bytes, written) => {
    expect(en.format.bytes(bytes)).toBe(written);
  });
});
