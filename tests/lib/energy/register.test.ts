import { describe, expect, it } from "vitest";
import { toQuarters, type EnergyRules, type Sample } from "../../../lib/energy/quarters";
import type { Ruling } from "../../../lib/energy/register";

const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const RULES: EnergyRules = { gapLimitMs: 5 * MINUTE, maxPowerW: 100_000 };

/** Instants in the unit, values in kWh. */
type Said = readonly [at: number, kwh: number];
const samplesOf = (unitMs: number, said: readonly Said[]): Sample[] =>
  said.map(([at, kwh]) => ({ at: at * unitMs, importWh: kwh * 1000 }));

function read(unitMs: number, said: readonly Said[], rules: Partial<EnergyRules> = {}) {
  const { quarters, findings } = toQuarters(samplesOf(unitMs, said), { ...RULES, ...rules });
  return {
    kwh: Math.round(quarters.reduce((sum, { importWh }) => sum + importWh, 0) * 1e3) / 1e6,
    least: Math.min(...quarters.map(({ importWh }) => importWh)),
    estimatedMs: quarters.reduce((sum, { estimatedMs }) => sum + estimatedMs, 0),
    found: findings.map(
      ({ at, reason, noted, energyWh }) =>
        `${at / unitMs} ${reason}${noted ? " noted" : ""}${energyWh === undefined ? "" : ` ${Math.round(energyWh) / 1000}`}`,
    ),
  };
}

/** Every `step` from `from` to `to`, rising by `rise` a step from `kwh` on. */
const course = (from: number, to: number, kwh: number, rise = 0, step = 1): Said[] =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => [from + index * step, kwh + index * rise]);

describe("a register that falls", () => {
  it.each<[string, number, Said[], number, string[]]>([
    ["is not believed for a minute", SECOND, [[0, 900], ...course(1, 60, 0), [61, 900.01]], 0.01, ["1 dip 0"]],
    [
      "is not believed for one reading of an hour",
      HOUR,
      [
        [0, 900],
        [1, 3],
        [2, 901],
      ],
      1,
      ["1 dip 3"],
    ],
    [
      "a little is jitter",
      MINUTE,
      [
        [0, 900],
        [1, 899.9],
        [2, 899.95],
        [3, 900.2],
      ],
      0.2,
      [],
    ],
    ["a little for hours is jitter", HOUR, [[0, 900], ...course(1, 9, 899.92), [10, 900.2]], 0.2, []],
    ["by its last digit is jitter", MINUTE, [[0, 900], ...course(1, 30, 899), [31, 900], [32, 901]], 1, []],
    [
      "waits for what comes",
      MINUTE,
      [
        [0, 900],
        [1, 0.2],
      ],
      0,
      ["1 pending 0.2"],
    ],
    ["for long has begun anew", MINUTE, [[0, 900], ...course(1, 10, 0.2, 0.1)], 1.1, ["1 reset noted 0.2"]],
    [
      "for two readings of an hour has begun anew",
      HOUR,
      [
        [0, 900],
        [1, 2],
        [2, 5],
      ],
      5,
      ["1 reset noted 2"],
    ],
    [
      "while nobody looked counts what it shows",
      DAY,
      [
        [0, 900],
        [30, 400],
        [31, 410],
      ],
      410,
      ["30 reset noted 400"],
    ],
    [
      "to more than it can have counted waits for a person",
      MINUTE,
      [[0, 900], ...course(1, 10, 300, 0.1)],
      0.9,
      ["1 reset 300"],
    ],
    [
      "to what it last saved goes on from there",
      MINUTE,
      [[0, 900], ...course(1, 10, 899.5, 0.1)],
      0.9,
      ["1 reset noted"],
    ],
    ["to a much higher value than zero is another's", MINUTE, [[0, 900], ...course(1, 10, 500, 0.1)], 0.9, ["1 reset"]],
    [
      "twice has begun anew twice",
      MINUTE,
      [[0, 900], ...course(1, 5, 0), ...course(6, 9, 0.5), ...course(10, 15, 0, 0.1)],
      1,
      ["1 reset noted 0", "10 reset noted 0"],
    ],
    [
      "to exactly nothing has begun anew, however little it had",
      MINUTE,
      [[0, 0.002], ...course(1, 5, 0), [6, 0.001]],
      0.001,
      ["1 reset noted 0"],
    ],
    [
      "below what is below it begins to be doubted again",
      MINUTE,
      [[0, 900], [1, 500], ...course(2, 6, 0)],
      0,
      ["1 dip", "2 reset noted 0"],
    ],
    [
      "and comes back hours later goes on as before",
      MINUTE,
      [[0, 900], ...course(1, 120, 0), [121, 901]],
      1,
      ["1 reset noted 0"],
    ],
    [
      "and comes back is not counted twice",
      MINUTE,
      [[0, 900], ...course(1, 120, 0, 0.005), [121, 901]],
      1,
      ["1 reset noted 0"],
    ],
    [
      "on and on is given up after an hour",
      MINUTE,
      [[0, 900], ...course(1, 61, 895, -0.2), ...course(62, 70, 883, 0.1)],
      0.8,
      [1, 15, 30, 45, 60]
        .flatMap((first) => Array.from({ length: first === 60 ? 1 : 10 }, (_, index) => `${first + index} dip`))
        .concat("61 reset noted"),
    ],
    ["below nothing is not believed", MINUTE, [[0, 5], ...course(1, 5, -900), [6, 5.1]], 0.1, ["1 reset"]],
  ])("%s", (_, unitMs, said, kwh, found) => {
    const seen = read(unitMs, said);
    expect(seen).toMatchObject({ kwh, found });
    expect(seen.least).toBeGreaterThanOrEqual(0);
  });
});

describe("a register at its end", () => {
  it.each<[string, number, Said[], number, string[], Partial<EnergyRules>]>([
    [
      "begins again at 0 after five digits of kWh",
      MINUTE,
      [[0, 99_999.5], ...course(1, 4, 0.3)],
      0.8,
      ["1 rollover noted 0.8"],
      {},
    ],
    [
      "begins again at 0 after 32 bits of Wh",
      HOUR,
      [
        [0, 2 ** 32 / 1000 - 1],
        [1, 1],
        [2, 2],
      ],
      3,
      ["1 rollover noted 2"],
      {},
    ],
    [
      "begins again where its settings say",
      HOUR,
      [
        [0, 12_340],
        [1, 5],
        [2, 5],
      ],
      10,
      ["1 rollover noted 10"],
      { rolloverWh: 12_345_000 },
    ],
    [
      "far from it begins anew",
      HOUR,
      [
        [0, 97_000],
        [1, 1],
        [2, 1],
      ],
      1,
      ["1 reset noted 1"],
      {},
    ],
    [
      "that it cannot have reached begins anew",
      MINUTE,
      [[0, 99_990], ...course(1, 4, 0.3)],
      0.3,
      ["1 reset noted 0.3"],
      {},
    ],
  ])("%s", (_, unitMs, said, kwh, found, rules) => {
    expect(read(unitMs, said, rules)).toMatchObject({ kwh, found });
  });
});

describe("a register that jumps", () => {
  it.each<[string, number, Said[], number, string[]]>([
    [
      "and falls back was never there",
      SECOND,
      [
        [0, 900],
        [1, 5_000],
        [2, 900.001],
      ],
      0.001,
      ["1 spike 4100"],
    ],
    [
      "and stays waits for a person, and counts on",
      MINUTE,
      [[0, 900], ...course(1, 10, 5_000, 0.1)],
      0.9,
      ["1 jump 4100"],
    ],
    [
      "waits for what comes",
      MINUTE,
      [
        [0, 900],
        [1, 5_000],
      ],
      0,
      ["1 pending 4100"],
    ],
    ["by what an hour can bring is believed when it stays", SECOND, [[0, 900], ...course(1, 200, 905)], 5, []],
    [
      "by one of its last digits is believed at once",
      SECOND,
      [
        [0, 900],
        [1, 901],
      ],
      1,
      [],
    ],
    [
      "further with each reading is believed when it stays",
      SECOND,
      [[0, 900], ...course(1, 9, 902, 2), ...course(10, 200, 920)],
      20,
      [],
    ],
    [
      "after a month off is believed",
      DAY,
      [
        [0, 900],
        [30, 1_300],
      ],
      400,
      [],
    ],
    [
      "and returns hours later counts what the old course rose by",
      MINUTE,
      [[0, 900], ...course(1, 120, 5_000), [121, 901]],
      1,
      ["1 jump 4100"],
    ],
    ["from the first is not believed", SECOND, [[0, 0], ...course(1, 200, 900)], 0, ["1 jump 900"]],
  ])("%s", (_, unitMs, said, kwh, found) => {
    const seen = read(unitMs, said);
    expect(seen).toMatchObject({ kwh, found });
    expect(seen.least).toBeGreaterThanOrEqual(0);
  });

  it("tells what was counted over a long silence as estimated", () => {
    expect(
      read(DAY, [
        [0, 900],
        [30, 1_300],
      ]).estimatedMs,
    ).toBe(30 * DAY);
  });

  it("believes no more of gas than what would be too much power", () => {
    const gas = [0, 1, 2, 3, 4].map((minute) => ({
      at: minute * MINUTE,
      volumeM3: minute === 0 ? 50 : 80 + minute * 0.1,
    }));
    const { quarters, findings } = toQuarters(gas, RULES);
    expect(quarters.reduce((sum, { volumeM3 }) => sum + volumeM3, 0)).toBeCloseTo(0.3, 9);
    expect(findings).toEqual([{ at: MINUTE, path: "volumeM3", value: 80.1, reason: "jump", noted: false }]);
  });
});

describe("a person's ruling", () => {
  const rule = (at: number, kind: Ruling["kind"], kwh?: number): Ruling => ({
    at: at * MINUTE,
    path: "importWh",
    kind,
    ...(kwh !== undefined && { value: kwh * 1000 }),
  });
  const dip: Said[] = [
    [0, 900],
    [1, 2],
    [2, 2.1],
    [3, 900.1],
    [4, 900.2],
  ];
  const jump: Said[] = [[0, 900], ...course(1, 10, 5_000, 0.1)];
  const spike: Said[] = [
    [0, 900],
    [1, 5_000],
    [2, 900.1],
    [3, 900.2],
  ];
  const fall: Said[] = [[0, 900], ...course(1, 10, 0.2, 0.1)];
  const high: Said[] = [[0, 900], ...course(1, 10, 300, 0.1)];

  it.each<[string, Said[], Ruling[], number, string[]]>([
    ["lets a register fall at once", dip.slice(0, 2), [rule(1, "accept")], 2, ["1 reset 2"]],
    [
      "lets a dip be a new beginning, and doubts what follows",
      dip,
      [rule(1, "accept")],
      2.1,
      ["1 reset 2", "3 pending 898"],
    ],
    ["leaves a dip out", dip, [rule(1, "discard")], 0.2, ["1 dip 2"]],
    ["counts a jump", jump, [rule(1, "accept")], 4_100.9, ["1 jump 4100"]],
    ["leaves a jump uncounted", jump, [rule(1, "discard")], 0.9, ["1 jump 4100"]],
    ["leaves a spike out", spike, [rule(1, "discard")], 0.2, ["1 spike 4100"]],
    ["puts a value in the place of a spike", spike, [rule(1, "edit", 900.05)], 0.2, ["1 spike 4100"]],
    ["counts a reset that was doubted", high, [rule(1, "accept")], 300.9, ["1 reset 300"]],
    ["does not count a reset", fall, [rule(1, "discard")], 0.9, ["1 reset noted 0.2"]],
    [
      "leaves out a value that looks right",
      [
        [0, 900],
        [1, 901.5],
        [2, 900.5],
        [3, 900.6],
      ],
      [rule(1, "discard")],
      0.6,
      [],
    ],
    [
      "makes a register another meter's",
      [
        [0, 900],
        [1, 901],
        [2, 902],
      ],
      [rule(1, "swap")],
      1,
      ["1 swap noted"],
    ],
    [
      "makes all registers another meter's",
      [
        [0, 900],
        [1, 3],
        [2, 4],
      ],
      [{ ...rule(1, "swap"), path: "*" }],
      1,
      ["1 swap noted"],
    ],
    [
      "finds the new meter's first words before anybody noticed",
      [
        [0, 900],
        [1, 3],
        [2, 4],
        [3, 5],
      ],
      [rule(2, "swap")],
      2,
      ["1 swap noted"],
    ],
    [
      "takes an edit as the first word",
      [
        [0, 5_000],
        [1, 900],
        [2, 901],
      ],
      [rule(0, "edit", 899)],
      2,
      [],
    ],
    [
      "takes the next word as the first where that is left out",
      [
        [0, 5_000],
        [1, 900],
        [2, 901],
      ],
      [rule(0, "discard")],
      1,
      [],
    ],
    ["of another register changes nothing", jump, [{ ...rule(1, "accept"), path: "exportWh" }], 0.9, ["1 jump 4100"]],
  ])("%s", (_, said, rulings, kwh, found) => {
    expect(read(MINUTE, said, { rulings })).toMatchObject({ kwh, found });
  });
});
