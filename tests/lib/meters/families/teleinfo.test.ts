import { describe, expect, it } from "vitest";
import { ARRIVAL, hear, hearJson, listen, nothing, readings } from "../said";

const at = (text: string): number => Date.parse(text);

/** A group with its check sum, worked out from the rule that the meters' makers print. */
function group(separator: " " | "\t", ...parts: readonly string[]): string {
  const text = parts.join(separator) + (separator === "\t" ? "\t" : "");
  const sum = Buffer.from(text, "latin1").reduce((total, byte) => total + byte, 0);
  return `\n${text}${separator === "\t" ? "" : " "}${String.fromCharCode((sum & 0x3f) + 0x20)}\r`;
}
const historic = (...groups: readonly (readonly [string, string])[]): string =>
  `\x02${groups.map(([label, value]) => group(" ", label, value)).join("")}\x03`;
const standard = (...groups: readonly (readonly string[])[]): string =>
  `\x02${groups.map((parts) => group("\t", ...parts)).join("")}\x03`;

const OFF_PEAK = historic(
  ...([
    ["ADCO", "061234567890"],
    ["OPTARIF", "HC.."],
    ["HCHC", "000111250"],
    ["HCHP", "000333750"],
  ] as const),
  ...([
    ["PTEC", "HP.."],
    ["IINST", "003"],
    ["IMAX", "002"],
    ["PAPP", "00710"],
    ["HHPHC", "A"],
  ] as const),
);
const SAID = {
  role: "grid",
  serial: "061234567890",
  importWh: 445_000,
  tariffs: [
    { name: "1", importWh: 111_250 },
    { name: "2", importWh: 333_750 },
  ],
  electrical: { apparentVa: 710, currentA: 3 },
};

describe("a frame of a Linky", () => {
  it("in historic mode has a register a tariff, amperes and volt-amperes, no watts", () => {
    expect(hear("", Buffer.from(OFF_PEAK))).toEqual(readings(SAID));
    expect(hear("linky/tic", OFF_PEAK)).toEqual(readings(SAID));
  });

  it("knows groups whose check sum a meter has printed: it may be a blank or any sign", () => {
    const frame = "\x02\nOPTARIF HC.. <\r\nPTEC HP..  \r\nHCHC 000111250 P\r\nHCHP 000333750 (\r\x03";

    expect(hear("", Buffer.from(frame))).toMatchObject(readings({ importWh: 445_000 }));
  });

  it("in three phases", () => {
    const frame = historic(
      ...([
        ["ADCO", "1"],
        ["BASE", "012345678"],
        ["IINST1", "002"],
        ["IINST2", "003"],
      ] as const),
      ...([
        ["IINST3", "004"],
        ["PMAX", "09000"],
        ["PAPP", "02090"],
      ] as const),
    );

    expect(hear("", Buffer.from(frame))).toEqual(
      readings({
        role: "grid",
        serial: "1",
        importWh: 12_345_678,
        electrical: {
          apparentVa: 2090,
          phases: { L1: { currentA: 2 }, L2: { currentA: 3 }, L3: { currentA: 4 } },
        },
      }),
    );
  });

  it.each([
    [
      "EJP",
      [
        ["EJPHN", "000001000"],
        ["EJPHPM", "000000500"],
      ],
      1500,
    ],
    [
      "Tempo",
      ["BBRHCJB", "BBRHPJB", "BBRHCJW", "BBRHPJW", "BBRHCJR", "BBRHPJR"].map((label) => [label, "000000100"]),
      600,
    ],
  ] as const)("adds up the registers of %s", (_, groups, importWh) => {
    const frame = historic(["PTEC", "HN.."], ...(groups as [string, string][]));

    expect(hear("", Buffer.from(frame))).toMatchObject(readings({ importWh }));
  });

  it("in standard mode has a stamp, both registers, the supplier's tariffs, volts and volt-amperes", () => {
    const frame = standard(
      ...[
        ["ADSC", "041776199277"],
        ["VTIC", "02"],
        ["DATE", "H260310125958", ""],
        ["NGTF", "H PLEINE-CREUSE"],
      ],
      ...[
        ["EAST", "001234567"],
        ["EASF01", "000234567"],
        ["EASF02", "001000000"],
        ["EASF03", "000000000"],
      ],
      ...[
        ["EASD01", "001234567"],
        ["EAIT", "000012345"],
        ["IRMS1", "003"],
        ["URMS1", "231"],
        ["SINSTS", "00702"],
      ],
      ...[
        ["SMAXSN", "H260310080000", "03000"],
        ["CCASN", "H260310123000", "00650"],
        ["UMOY1", "H260310125000", "230"],
      ],
    );

    expect(hear("", Buffer.from(frame))).toEqual(
      readings({
        role: "grid",
        serial: "041776199277",
        importWh: 1_234_567,
        exportWh: 12_345,
        tariffs: [
          { name: "1", importWh: 234_567 },
          { name: "2", importWh: 1_000_000 },
        ],
        electrical: { apparentVa: 702, currentA: 3, voltageV: 231 },
        at: ARRIVAL - 2000,
      }),
    );
  });

  it.each([
    ["summer", "E260710140000", "2026-07-10T12:00:00Z", "2026-07-10T12:00:00Z"],
    ["winter", "H260310130000", "2026-03-10T12:00:00Z", "2026-03-10T12:00:00Z"],
    ["a clock that was not set", "h260310130000", "2026-03-10T12:00:00Z", undefined],
  ])("is stamped by its letter: %s", (_, stamp, arrival, instant) => {
    const frame = standard(["ADSC", "1"], ["DATE", stamp, ""], ["EAST", "5"]);
    const decoded = hear("", Buffer.from(frame), {}, { at: at(arrival) });

    expect(decoded.kind === "readings" && decoded.readings[0]?.at).toBe(instant && at(instant));
  });

  it("is refused when the check sum of a group is wrong: its register would be missing", () => {
    const frame = OFF_PEAK.replace("000111250", "000911250");

    expect(hear("", Buffer.from(frame))).toMatchObject({ kind: "refused", reason: "damaged", detail: "HCHC" });
  });

  it.each([17, 40, 100])("in pieces of %d characters says all that the whole one says", (size) => {
    const say = listen();
    const frames = OFF_PEAK + OFF_PEAK;
    const said = (frames.match(new RegExp(`[^]{1,${size}}`, "g")) ?? []).map((piece) => say("tic", Buffer.from(piece)));
    const drafts = said.flatMap((decoded) => (decoded.kind === "readings" ? decoded.readings : []));

    expect(said.filter(({ kind }) => kind === "refused")).toEqual([]);
    expect(drafts.filter(({ importWh }) => importWh !== undefined).map(({ importWh }) => importWh)).toContain(445_000);
    expect(drafts.filter(({ importWh }) => importWh !== undefined && importWh !== 445_000)).toEqual([]);
  });

  it("that is cut at its start and at its end is read in between", () => {
    const cut = OFF_PEAK.slice(OFF_PEAK.indexOf("0111250"), OFF_PEAK.indexOf("00710") + 3);

    expect(hear("", Buffer.from(cut))).toEqual(
      readings({ role: "grid", tariffs: [{ name: "2", importWh: 333_750 }], electrical: { currentA: 3 } }),
    );
  });
});

describe("the labels of a Linky as JSON", () => {
  const TIC = {
    ADCO: "061234567890",
    OPTARIF: "HC..",
    ISOUSC: 15,
    HCHC: 111_250,
    HCHP: 333_750,
    IINST: 3,
    PAPP: 710,
  };

  it.each([
    ["tele/linky/SENSOR", { TIC }],
    ["prefix/denky/tele/SENSOR", { TIC }],
    ["anywhere", { TIC }],
    ["teleinfo/061234567890", TIC],
    [
      "teleinfo/061234567890",
      Object.fromEntries(Object.entries(TIC).map(([key, value]) => [key, { raw: "x", value }])),
    ],
  ])("are read under %s", (topic, body) => {
    expect(hearJson(topic, body)).toEqual(readings(SAID));
  });

  it("that have changed are completed by the register that stands still", () => {
    const say = listen();
    say("tele/linky/SENSOR", JSON.stringify({ TIC }));

    expect(say("tele/linky/SENSOR", '{"TIC":{"PAPP":640}}', 60_000)).toEqual(
      readings({ role: "grid", electrical: { apparentVa: 640 } }),
    );
    expect(say("tele/linky/SENSOR", '{"TIC":{"HCHP":333800}}', 3_600_000)).toMatchObject(
      readings({ importWh: 445_050 }),
    );
    expect(say("tele/linky/SENSOR", '{"TIC":{"HCHP":333900}}', 25 * 3_600_000)).not.toMatchObject(
      readings({ importWh: 445_150 }),
    );
  });

  it("give no total while a register of the contract was never heard", () => {
    expect(hearJson("tele/linky/SENSOR", { TIC: { HCHP: 333_750 } })).toEqual(
      readings({ role: "grid", tariffs: [{ name: "2", importWh: 333_750 }] }),
    );
  });

  it("yield to the block ENERGY, which says the same and more", () => {
    expect(hearJson("tele/linky/SENSOR", { ENERGY: { Total: 445, Power: 180 }, TIC })).toEqual(
      readings({ powerW: 180, importWh: 445_000 }),
    );
  });

  it.each([[{ TIC: {} }], [{ TIC: { MOTDETAT: 0, HHPHC: "A" } }], [{ TIC: { PAPP: null, HCHC: "nan", HCHP: [] } }]])(
    "say nothing of energy with %j",
    (body) => {
      expect(hearJson("tele/linky/SENSOR", body)).toEqual(nothing);
    },
  );
});
