import { describe, expect, it } from "vitest";
import { ARRIVAL, hear, hearJson, listen, nothing, readings } from "../said";

const at = (text: string): number => Date.parse(text);

/** A meter of our own: two tariffs, three phases, gas and water. Its check sum was worked out elsewhere. */
const LINES = [
  ...["1-3:0.2.8(50)", "0-0:1.0.0(260310125930W)", "0-0:96.1.1(4530303034)"],
  ...[
    "1-0:1.8.1(001000.500*kWh)",
    "1-0:1.8.2(002000.250*kWh)",
    "1-0:2.8.1(000010.000*kWh)",
    "1-0:2.8.2(000020.125*kWh)",
  ],
  ...["0-0:96.14.0(0002)", "1-0:1.7.0(00.000*kW)", "1-0:2.7.0(01.234*kW)"],
  ...["1-0:99.97.0(1)(0-0:96.7.19)(250101000000W)(0000000240*s)", "0-0:96.13.0()"],
  ...["1-0:32.7.0(230.1*V)", "1-0:52.7.0(231.2*V)", "1-0:72.7.0(232.3*V)"],
  ...["1-0:31.7.0(001*A)", "1-0:51.7.0(002.5*A)", "1-0:71.7.0(000*A)"],
  ...["1-0:21.7.0(00.100*kW)", "1-0:41.7.0(00.000*kW)", "1-0:61.7.0(00.000*kW)"],
  ...["1-0:22.7.0(00.000*kW)", "1-0:42.7.0(01.334*kW)", "1-0:62.7.0(00.000*kW)"],
  ...["0-1:24.1.0(003)", "0-1:96.1.0(4730303031)", "0-1:24.2.1(260310125500W)(00123.456*m3)"],
  ...["0-2:24.1.0(007)", "0-2:96.1.0(5730303031)", "0-2:24.2.1(260310125800W)(00045.678*m3)"],
];
const SUM = "7D2A";
const TELEGRAM = `/XYZ5\\Meter-1\r\n\r\n${LINES.join("\r\n")}\r\n!${SUM}\r\n`;

const GRID = {
  powerW: -1234,
  importWh: 3_000_750,
  exportWh: 30_125,
  tariffs: [
    { name: "1", importWh: 1_000_500, exportWh: 10_000 },
    { name: "2", importWh: 2_000_250, exportWh: 20_125 },
  ],
  electrical: {
    phases: {
      L1: { powerW: 100, voltageV: 230.1, currentA: 1 },
      L2: { powerW: -1334, voltageV: 231.2, currentA: 2.5 },
      L3: { powerW: 0, voltageV: 232.3, currentA: 0 },
    },
  },
  role: "grid",
  serial: "E0004",
  at: at("2026-03-10T11:59:30Z"),
};
const GAS = { channel: "gas", role: "gas", volumeM3: 123.456, serial: "G0001", at: at("2026-03-10T11:55:00Z") };
const WATER = { channel: "water", role: "water", volumeM3: 45.678, serial: "W0001", at: at("2026-03-10T11:58:00Z") };
const ALL = readings(GRID, GAS, WATER);

/** A telegram without a check sum, as before DSMR 4. */
const telegram = (...lines: string[]): string => `/XYZ5\\Meter-1\r\n\r\n${lines.join("\r\n")}\r\n!\r\n`;

describe("a P1 telegram", () => {
  it.each([
    ["as the meter sends it", TELEGRAM],
    ["with bare line feeds", TELEGRAM.replaceAll("\r\n", "\n")],
    ["with carriage returns alone", TELEGRAM.replaceAll("\r\n", "\r")],
    ["with its line breaks lost", TELEGRAM.replaceAll("\r\n", "")],
    ["behind the tail of another", `*kWh)\r\n!12AB\r\n${TELEGRAM}`],
    ["behind one that was cut off", `${TELEGRAM.slice(0, 300)}${TELEGRAM}`],
  ])("is read %s", (_, text) => {
    expect(hear("dsmr/raw", Buffer.from(text, "latin1"))).toEqual(ALL);
    expect(hear("anything", text)).toEqual(ALL);
  });

  it("is refused when its check sum is wrong, with both sums", () => {
    const damaged = TELEGRAM.replace("001000.500", "001900.500");

    expect(hear("dsmr/raw", Buffer.from(damaged))).toMatchObject({
      kind: "refused",
      reason: "damaged",
      detail: expect.stringContaining(SUM) as string,
    });
  });

  it("is needed whole: alone in a message without its end it says nothing", () => {
    expect(hear("dsmr/raw", TELEGRAM.slice(0, -20))).toEqual(nothing);
  });

  it("that is encrypted is refused with what it needs", () => {
    const bytes = Buffer.concat([Buffer.from([0xdb, 0x08]), Buffer.alloc(200, 0x41)]);

    expect(hear("p1", bytes)).toMatchObject({ kind: "refused", reason: "needs-codec" });
  });

  it("says its units itself: the same codes come in kW and in W", () => {
    const said = hear(
      "p1",
      telegram(
        "1-0:1.8.0(003000750*Wh)",
        "1-0:1.8.1(001000500*Wh)",
        "1-0:1.8.2(002000250*Wh)",
        "1-0:1.7.0(000000310*W)",
      ),
    );

    expect(said).toMatchObject(readings({ powerW: 310, importWh: 3_000_750 }));
  });

  it("that gives a total and tariffs does not count them twice", () => {
    const said = hear(
      "p1",
      telegram("1-0:1.8.0(10*kWh)", "1-0:1.8.1(4*kWh)", "1-0:1.8.2(6*kWh)", "1-0:15.8.0(12*kWh)"),
    );

    expect(said).toEqual(
      readings({
        importWh: 10_000,
        tariffs: [
          { name: "1", importWh: 4000 },
          { name: "2", importWh: 6000 },
        ],
        role: "grid",
      }),
    );
  });

  it("reads gas of DSMR 2, whose value stands on a line of its own, by the site's clock", () => {
    const said = hear(
      "p1",
      telegram(
        "1-0:1.7.0(0.5*kW)",
        "0-1:24.1.0(03)",
        "0-1:24.3.0(260310120000)(00)(60)(1)(0-1:24.2.1)(m3)",
        "(00012.345)",
      ),
    );

    expect(said).toEqual(
      readings(
        { powerW: 500, role: "grid" },
        { channel: "gas", role: "gas", volumeM3: 12.345, at: at("2026-03-10T11:00:00Z") },
      ),
    );
  });

  it.each([
    ["dated 1970", "0-1:24.2.1(700101010000W)(00000000)"],
    ["dated 1970 with a unit", "0-1:24.2.1(700101010000W)(00000.000*m3)"],
    ["with a date that is none", "0-1:24.2.1(632525252525S)(00000.000*m3)"],
    ["without a unit", "0-1:24.2.1(260310120000W)(00000000)"],
    ["without a value", "0-1:24.2.1()()"],
  ])("leaves out a gas meter %s and takes the live one behind it", (_, dead) => {
    const live = ["0-2:24.1.0(003)", "0-2:96.1.0(4730303032)", "0-2:24.2.1(260310120000W)(0077.125*m3)"];
    const said = hear("p1", telegram("1-0:1.7.0(0.5*kW)", "0-1:24.1.0(003)", "0-1:96.1.0()", dead, ...live));

    expect(said).toMatchObject(readings({ powerW: 500 }, { channel: "gas", volumeM3: 77.125, serial: "G0002" }));
  });

  it("reads heat in gigajoules and kilowatt-hours, warm water, and a second gas meter under its number", () => {
    const said = hear(
      "p1",
      telegram(
        ...["0-1:24.1.0(004)", "0-1:24.2.1(260310120000W)(00003.600*GJ)"],
        ...["0-2:24.1.0(006)", "0-2:24.2.1(260310120000W)(00002.500*m3)"],
        ...["0-3:24.1.0(003)", "0-3:24.2.3(260310120000W)(00001.000*m3)"],
        ...["0-4:24.1.0(003)", "0-4:24.2.1(260310120000W)(00002.000*m3)"],
      ),
    );

    expect(said).toMatchObject(
      readings(
        { channel: "heat", role: "heat", importWh: 1_000_000 },
        { channel: "warm-water", role: "water", volumeM3: 2.5 },
        { channel: "gas", role: "gas", volumeM3: 1 },
        { channel: "gas-4", role: "gas", volumeM3: 2 },
      ),
    );
  });

  it("leaves out the quarter hour's mean, peaks, limits and a power factor that is none", () => {
    const said = hear(
      "p1",
      telegram(
        ...["1-0:1.4.0(02.351*kW)", "1-0:1.6.0(260301101500W)(03.695*kW)", "0-0:17.0.0(999.9*kW)"],
        ...["0-0:98.1.0(2)(1-0:1.6.0)(1-0:1.6.0)(260201000000W)(632525252525W)(04.318*kW)", "1-0:31.4.0(999*A)"],
        ...["1-0:13.7.0(3.215)", "1-0:14.7.0(50.00*Hz)", "1-0:1.7.0(00.101*kW)"],
      ),
    );

    expect(said).toEqual(readings({ powerW: 101, electrical: { frequencyHz: 50 }, role: "grid" }));
  });

  it.each([
    ["summer", "260710130000S", "2026-07-10T11:00:00Z"],
    ["winter", "260310130000W", "2026-03-10T12:00:00Z"],
    ["an hour that comes twice, first", "261025023000S", "2026-10-25T00:30:00Z"],
    ["an hour that comes twice, again", "261025023000W", "2026-10-25T01:30:00Z"],
  ])("is stamped by its letter: %s", (_, stamp, instant) => {
    const text = telegram(`0-0:1.0.0(${stamp})`, "1-0:1.7.0(1*kW)");

    expect(hear("p1", text, {}, { at: at(instant) + 1000 })).toMatchObject(readings({ at: at(instant) }));
  });

  it("is stamped by the site's zone where Central European time would be ahead: Finland", () => {
    const text = telegram("0-0:1.0.0(260310140000W)", "1-0:1.7.0(1*kW)");

    expect(hear("p1", text, { zone: "Europe/Helsinki" })).toMatchObject(readings({ at: ARRIVAL }));
  });

  it("has no stamp when its clock is ahead of everyone's", () => {
    const said = hear("p1", telegram("0-0:1.0.0(270310130000W)", "1-0:1.7.0(1*kW)"));

    expect(said).toEqual(readings({ powerW: 1000, role: "grid" }));
  });
});

describe("a P1 telegram in pieces", () => {
  const pieces = (size: number): string[] => TELEGRAM.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [];

  it.each([7, 40, 64, 200, 256, 500])("of %d characters is read when its end has come", (size) => {
    const say = listen();
    const said = pieces(size).map((piece) => say("p1/raw", Buffer.from(piece)));

    expect(said.filter(({ kind }) => kind === "readings")).toEqual([ALL]);
    expect(said.filter(({ kind }) => kind === "refused")).toEqual([]);
  });

  it.each([40, 256])("of %d characters from Tasmota's serial bridge is read, too", (size) => {
    const say = listen();
    const said = pieces(size).map((piece) => say("tele/p1/RESULT", JSON.stringify({ SerialReceived: piece })));

    expect(said.filter(({ kind }) => kind !== "nothing")).toEqual([ALL]);
  });

  it("is read when Tasmota sends it line by line, once for all its lines", () => {
    const say = listen();
    const said = TELEGRAM.split("\n").map((line) => say("tele/p1/RESULT", JSON.stringify({ SerialReceived: line })));

    expect(said.filter(({ kind }) => kind !== "nothing")).toEqual([ALL]);
  });

  it("is put together for each topic apart", () => {
    const say = listen();
    for (const piece of pieces(200).slice(0, -1)) {
      say("a", Buffer.from(piece));
      say("b", Buffer.from(piece));
    }
    const last = Buffer.from(pieces(200).at(-1) ?? "");

    expect([say("a", last), say("b", last)]).toEqual([ALL, ALL]);
  });

  it("is dropped where a piece is missing, and the next telegram is read", () => {
    const say = listen();
    const lost = pieces(200).filter((_, index) => index !== 2);
    const first = lost.map((piece) => say("p1", Buffer.from(piece)));
    const second = pieces(200).map((piece) => say("p1", Buffer.from(piece)));

    expect(first.at(-1)).toMatchObject({ kind: "refused", reason: "damaged" });
    expect(second.at(-1)).toEqual(ALL);
  });

  it("is dropped where the end is missing, and the next telegram is read", () => {
    const say = listen();
    for (const piece of pieces(200).slice(0, 3)) say("p1", Buffer.from(piece));
    const second = pieces(200).map((piece) => say("p1", Buffer.from(piece)));

    expect(second.filter(({ kind }) => kind !== "nothing")).toEqual([ALL]);
  });

  it("is forgotten after half a minute", () => {
    const say = listen();
    const [first = "", ...rest] = pieces(400);
    say("p1", Buffer.from(first));
    const said = rest.map((piece) => say("p1", Buffer.from(piece), 31_000));

    expect(said.filter(({ kind }) => kind !== "nothing")).toEqual([]);
  });

  it("is heard from the next header when one joins in the middle", () => {
    const say = listen();
    const said = [...pieces(200).slice(2), ...pieces(200)].map((piece) => say("p1", Buffer.from(piece)));

    expect(said.filter(({ kind }) => kind !== "nothing")).toEqual([ALL]);
  });

  it("waits for the check sum that is cut off", () => {
    const say = listen();
    const end = TELEGRAM.indexOf("!");
    const said = [TELEGRAM.slice(0, 300), TELEGRAM.slice(300, end + 1), TELEGRAM.slice(end + 1)].map((piece) =>
      say("p1", Buffer.from(piece)),
    );

    expect(said.map(({ kind }) => kind)).toEqual(["nothing", "nothing", "readings"]);
  });
});

describe("lines of a P1 telegram that come alone", () => {
  const line = (text: string): string => JSON.stringify({ SerialReceived: `${text}\r` });

  it("are one power with the other direction that came just before", () => {
    const say = listen();
    say("tele/p1/RESULT", line("1-0:1.7.0(00.300*kW)"));

    expect(say("tele/p1/RESULT", line("1-0:2.7.0(00.000*kW)"), 100)).toEqual(readings({ powerW: 300, role: "grid" }));
    expect(say("tele/p1/RESULT", line("1-0:2.7.0(00.500*kW)"), 90_000)).toEqual(
      readings({ powerW: -500, role: "grid" }),
    );
  });

  it("give a total when both tariffs are known", () => {
    const say = listen();

    expect(say("tele/p1/RESULT", line("1-0:1.8.1(000100.000*kWh)"))).toEqual(
      readings({ tariffs: [{ name: "1", importWh: 100_000 }], role: "grid" }),
    );
    expect(say("tele/p1/RESULT", line("1-0:1.8.2(000050.000*kWh)"), 100)).toMatchObject(
      readings({ importWh: 150_000 }),
    );
  });

  it("say of gas what its own line said of its kind", () => {
    const say = listen();
    say("tele/p1/RESULT", line("0-2:24.1.0(007)"));

    expect(say("tele/p1/RESULT", line("0-2:24.2.1(260310120000W)(00012.000*m3)"))).toMatchObject(
      readings({ channel: "water", role: "water", volumeM3: 12 }),
    );
  });

  it.each([
    "7.0(00.300*kW)",
    "1.7.0(00.300*kW)",
    "0:1.7.0(00.300*kW)",
    "1-0:1.7.0(00.3",
    "(00012.345)",
    "!6A9B",
    "hello",
  ])("say nothing where they are cut: %s", (text) => {
    expect(hear("tele/p1/RESULT", line(text))).toEqual(nothing);
  });
});

describe("a hostile telegram", () => {
  it.each([
    ["headers only", "/ABC5".repeat(50_000)],
    ["brackets only", "/ABC5" + "()".repeat(100_000)],
    ["open brackets only", "/ABC5" + "(".repeat(200_000)],
    ["ends only", "/ABC5!".repeat(40_000)],
    ["codes only", `/ABC5${"1-0:1.8.1(1*kWh)".repeat(15_000)}`],
    ["digits", `/ABC5${"1-0:1.8.1".repeat(25_000)}(`],
    ["spaces", `/ABC5\r\n0-0:1.0.0(1)${" ".repeat(200_000)}1-0:1.8.1(1*kWh)!1234`],
    ["pieces that never end", "/ABC5\r\n" + "1-0:1.7.0(1*kW)\r\n".repeat(14_000)],
  ])("of %s is dealt with at once", (_, text) => {
    const from = performance.now();
    hear("p1", Buffer.from(text));

    expect(performance.now() - from).toBeLessThan(200);
  });

  it("keeps no more of a telegram that never ends than a telegram can be", () => {
    const say = listen();
    say("p1", Buffer.from("/XYZ5\\Meter-1\r\n\r\n"));
    for (let n = 0; n < 50; n += 1) say("p1", Buffer.from(`0-0:96.13.0(${"30".repeat(500)})\r\n`));

    expect(say("p1", Buffer.from("1-0:1.7.0(00.300*kW)\r\n!\r\n"))).not.toMatchObject(readings({ powerW: 300 }, {}));
  });

  it("with numbers that are none says nothing", () => {
    const said = hear("p1", telegram("1-0:1.7.0(999999999999999999*kW)", "1-0:1.8.0(NaN*kWh)", "1-0:32.7.0(-1*V)"));

    expect(said).toEqual(nothing);
  });

  it("does not begin inside a text that names a file, and takes no number that comes after it", () => {
    const listener = listen();
    expect(listener("plant/note", "saved as logs/abc1.txt")).toMatchObject({ kind: "refused", reason: "not-a-number" });
    expect(listener("plant/note", "1.5 kW")).toEqual(readings({ powerW: 1500 }));
  });

  it("of JSON is still JSON", () => {
    expect(hearJson("house", { telegram: 5, power: 12 })).toEqual(readings({ powerW: 12 }));
  });
});
