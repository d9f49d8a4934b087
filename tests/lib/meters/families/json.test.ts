import { describe, expect, it } from "vitest";
import { ARRIVAL, hear, hearJson, nothing, readings } from "../said";

const TOPIC = "house/main";

describe("JSON by usual names", () => {
  it.each([
    [{ power: 1200 }, { powerW: 1200 }],
    [{ power: "1200,5" }, { powerW: 1200.5 }],
    [{ power: "1,5 kW" }, { powerW: 1500 }],
    [
      { energy: { total: 123.4, today: 1.2 }, power: 55 },
      { powerW: 55, importWh: 123_400 },
    ],
    [
      { power: { total: 60, L1: 60 }, energy: { import: 100, export: 20 } },
      { powerW: 60, importWh: 100_000, exportWh: 20_000, electrical: { phases: { L1: { powerW: 60 } } } },
    ],
    [{ energy: "500 Wh" }, { importWh: 500 }],
    [{ total_power: 1200 }, { powerW: 1200 }],
    [{ power_import: 0, power_export: 800 }, { powerW: -800 }],
    [{ import_power: 300, export_power: 0 }, { powerW: 300 }],
    [
      { active_power: 5, import_active_energy: 10, export_active_energy: 2 },
      { powerW: 5, importWh: 10_000, exportWh: 2000 },
    ],
    [
      { energy_import_t1: 10, energy_import_t2: 20 },
      {
        importWh: 30_000,
        tariffs: [
          { name: "1", importWh: 10_000 },
          { name: "2", importWh: 20_000 },
        ],
      },
    ],
    [{ power_kw: 1.2 }, { powerW: 1200 }],
    [
      { powerW: 1200, importWh: 5 },
      { powerW: 1200, importWh: 5 },
    ],
    [
      { ac_power_w: 900, energy_total_wh: 12 },
      { powerW: 900, importWh: 12 },
    ],
    [{ power: 1.2, unit: "kW" }, { powerW: 1200 }],
    [{ power: { value: 1.2, unit: "kW" } }, { powerW: 1200 }],
    [{ energy: 3 }, { importWh: 3000 }],
    [{ total_wh: 3 }, { importWh: 3 }],
    [{ "Total Energy (kWh)": 3 }, { importWh: 3000 }],
    [{ energy: 9, energy_total: 3 }, { importWh: 3000 }],
    [
      { energy_import: 3, energy_export: 4 },
      { importWh: 3000, exportWh: 4000 },
    ],
    [{ import_w: 300, export_w: 0 }, { powerW: 300 }],
    [{ import_w: 0, export_w: 250 }, { powerW: -250 }],
    [{ value: 1.5 }, { powerW: 1500 }],
    [{ consumption: 1.5 }, { powerW: 1500 }],
    [{ value: 7, unit: "kWh" }, { importWh: 7000 }],
    [{ value: 7, unit_of_measurement: "m³" }, { volumeM3: 7 }],
    [{ gas_m3: 7.5 }, { volumeM3: 7.5 }],
    [{ kwh: 2 }, { importWh: 2000 }],
    [
      { soc: 55, power: -800 },
      { socPercent: 55, powerW: -800 },
    ],
    [
      { power: 5, volt: 231, current_ma: 500, cosphi: 0.9, freq: 49.9 },
      { powerW: 5, electrical: { voltageV: 231, currentA: 0.5, powerFactor: 0.9, frequencyHz: 49.9 } },
    ],
    [{ data: { power: 5 } }, { powerW: 5 }],
  ])("reads %j", (body, reading) => {
    expect(hearJson(TOPIC, body)).toEqual(readings(reading));
  });

  it.each([
    [{ power: true }],
    [{ value: 230, unit: "V" }],
    [{ value: 21.5, unit: "°C" }],
    [{ value: 45, unit_of_measurement: "%" }],
    [{ power: null, energy: "nan" }],
    [{ power: "ON" }],
    [{ energy_today: 5, power_max: 900 }],
    [{ temperature: 21, humidity: 40 }],
    [{ battery: 90, voltage: 3, current: 0 }],
    [{ software: "1.2", timestamp: "2026-03-10T12:00:00Z", han: { rssi: -75 } }],
    [{ __proto__: null, constructor: 5, toString: 5 }],
    [{}],
    [[]],
    [[1, 2, 3]],
  ])("has nothing about energy in %j", (body) => {
    expect(hearJson(TOPIC, body)).toEqual(nothing);
  });

  it.each([
    ["seconds", 1_773_144_000],
    ["seconds as text", "1773144000"],
    ["milliseconds", 1_773_144_000_000],
    ["ISO 8601", "2026-03-10T12:00:00Z"],
    ["ISO 8601 with an offset", "2026-03-10T13:00:00.000+0100"],
    ["the site's local time", "2026-03-10 13:00:00"],
  ])("takes the message's own stamp in %s", (_, ts) => {
    expect(hearJson(TOPIC, { power: 5, ts })).toEqual(readings({ powerW: 5, at: ARRIVAL }));
  });

  it.each([0, 1.61, "", null, "soon", "1970-01-01T00:00:00Z", 20260310120000, 1e300])(
    "leaves %j out as a stamp",
    (ts) => {
      expect(hearJson(TOPIC, { power: 5, ts })).toEqual(readings({ powerW: 5 }));
    },
  );

  it("reads a list as one reading an entry", () => {
    const list = [
      { ts: 1_773_144_000, power: 5 },
      { ts: 1_773_144_060, power: 6 },
    ];

    expect(hearJson(TOPIC, list)).toEqual(readings({ powerW: 5, at: ARRIVAL }, { powerW: 6, at: ARRIVAL + 60_000 }));
  });

  it("takes an object from another node as it is", () => {
    expect(hear("", { power: 5 })).toEqual(readings({ powerW: 5 }));
  });

  it("is not fooled by a prototype", () => {
    expect(hear(TOPIC, '{"__proto__":{"power":5},"energy":1}')).toEqual(readings({ importWh: 1000 }));
    expect(
      hear(TOPIC, Object.create({ value: 5 }) as object, { profile: "json", paths: { power: "value" } }),
    ).toMatchObject({
      kind: "refused",
    });
    expect(({} as Record<string, unknown>).power).toBeUndefined();
  });
});

describe("JSON by paths", () => {
  const body = { a: { "b.c": [{ p: 1.5, e: "7,5" }] }, time: ARRIVAL, unit: "°C" };

  it.each([
    ["kW", { powerW: 1500, importWh: 7500 }],
    ["W", { powerW: 1.5, importWh: 7.5 }],
  ] as const)("reads them in %s", (unit, reading) => {
    const paths = { power: 'a["b.c"][0].p', import: "$.a['b.c'][0].e" };

    expect(hearJson(TOPIC, body, { profile: "json", unit, paths })).toEqual(readings({ ...reading, at: ARRIVAL }));
  });

  it("lets a unit in the message win", () => {
    const paths = { power: "x" };

    expect(hearJson(TOPIC, { x: { value: 3, unit: "W" } }, { profile: "json", paths })).toEqual(
      readings({ powerW: 3 }),
    );
  });

  it.each(["nowhere", "a.__proto__.p", "a.constructor", "a..b", "a[", "[]", ""])(
    "says that nothing stands at %j",
    (path) => {
      const paths = { power: path, export: "not.there" };

      expect(hearJson(TOPIC, body, { profile: "json", paths })).toMatchObject({
        kind: "refused",
        reason: "path-missing",
      });
    },
  );

  it("says nothing where a null stands", () => {
    expect(hearJson(TOPIC, { x: null }, { profile: "json", paths: { power: "x" } })).toEqual(nothing);
  });

  it("heeds paths only where JSON is chosen, since the form hides them elsewhere", () => {
    expect(hearJson(TOPIC, { power: 5, x: 7 }, { profile: "auto", paths: { power: "x" } })).toEqual(
      readings({ powerW: 5 }),
    );
  });
});

describe("JSON of gateways", () => {
  it("leaves out what a gateway itself calls bad, and keeps each value's own instant", () => {
    const body = {
      timestamp: 1_773_144_000_000,
      values: [
        { id: "Hall.Press.Active Power", v: 4200, q: true, t: 1_773_144_000_000 },
        { id: "Hall.Press.Total Energy (kWh)", v: 9, q: true, t: 1_773_144_000_000 },
        { id: "Hall.Oven.Active Power", v: 7, q: true, t: 1_773_143_999_000 },
        { id: "Hall.Oven.Voltage", v: 0, q: false, t: 1_773_144_000_000 },
      ],
    };

    expect(hearJson(TOPIC, body)).toEqual(
      readings(
        { channel: "Hall-Press", at: ARRIVAL, powerW: 4200, importWh: 9000 },
        { channel: "Hall-Oven", at: ARRIVAL - 1000, powerW: 7 },
      ),
    );
  });

  it("reads ts and values, alone, in a list and by device", () => {
    const sample = { ts: ARRIVAL, values: { power: 5 } };

    expect(hearJson(TOPIC, sample)).toEqual(readings({ powerW: 5, at: ARRIVAL }));
    expect(hearJson(TOPIC, [sample, { ...sample, ts: ARRIVAL - 60_000 }])).toEqual(
      readings({ powerW: 5, at: ARRIVAL }, { powerW: 5, at: ARRIVAL - 60_000 }),
    );
    expect(hearJson("v1/gateway/telemetry", { Press: [sample], Oven: [sample, sample] })).toEqual(
      readings(
        { name: "Press", powerW: 5, at: ARRIVAL },
        { name: "Oven", powerW: 5, at: ARRIVAL },
        { name: "Oven", powerW: 5, at: ARRIVAL },
      ),
    );
  });

  it("reads a batch whose keys are instants", () => {
    expect(hearJson(TOPIC, { "1773144000": { power: 5 }, "1773143940": { power: 6 }, "1773143880": {} })).toEqual(
      readings({ powerW: 6, at: ARRIVAL - 60_000 }, { powerW: 5, at: ARRIVAL }),
    );
  });
});

describe("JSON that is almost JSON", () => {
  it.each([
    ["nan", '{"power": nan, "energy": 3}'],
    ["-NaN", '{"power":-NaN,"energy":3}'],
    ["Infinity", '{"energy": 3, "power": Infinity}'],
    ["None", '{"power": None, "energy": 3}'],
    ["control characters in a text", '{"id":"AB\u0001\u0002","energy":3}'],
    ["line breaks in a text", '{"id":"A\nB","energy":3, "power":inf}'],
    ["nan inside a text, which stays", '{"note":"nan, \\"nan","power":nan,"energy":3}'],
  ])("does not lose a message to %s", (_, text) => {
    expect(hear(TOPIC, text)).toEqual(readings({ importWh: 3000 }));
  });

  it.each(['{"power": nano}', '{"power": 5', "{'power': 5}", '{"power": 5,}', "{nan}"])("refuses %s", (text) => {
    expect(hear(TOPIC, text)).toMatchObject({ reason: "not-json" });
  });
});

describe("JSON where an expression says what the measures are", () => {
  const by = (power: string, unit: "W" | "kW" = "W") => ({ profile: "json" as const, unit, paths: { power } });

  it.each([
    ["voltage * current", { voltage: 230, current: 2 }, 460],
    ["$sum(phases.p)", { phases: [{ p: 100 }, { p: 200 }] }, 300],
    ["$number(raw) / 10", { raw: "1234" }, 123.4],
    [
      "meters[name='hall'].power",
      {
        meters: [
          { name: "roof", power: 1 },
          { name: "hall", power: 2 },
        ],
      },
      2,
    ],
    ["mode = 'export' ? -p : p", { mode: "export", p: 300 }, -300],
    ["$abs(p)", { p: -5 }, 5],
    ["in - out", { in: 500, out: 120 }, 380],
    ["$sum($map(values, function($v) { $v.w * 2 }))", { values: [{ w: 1 }, { w: 2 }] }, 6],
  ])("evaluates %s", (expression, body, powerW) => {
    expect(hearJson(TOPIC, body, by(expression))).toEqual(readings({ powerW }));
  });

  it("takes a name as it stands before it takes it for an expression", () => {
    expect(hearJson(TOPIC, { "active-power": 5, active: 100, power: 40 }, by("active-power"))).toEqual(
      readings({ powerW: 5 }),
    );
    expect(hearJson(TOPIC, { "active power": 5 }, by("active power"))).toEqual(readings({ powerW: 5 }));
    expect(hearJson(TOPIC, { active: 100, power: 40 }, by("active-power"))).toEqual(readings({ powerW: 60 }));
  });

  it("counts in the unit that was set, or in the one that the expression gives", () => {
    expect(hearJson(TOPIC, { p: 2 }, by("p + 1", "kW"))).toEqual(readings({ powerW: 3000 }));
    expect(hearJson(TOPIC, { p: 2 }, by('{ "value": p + 1, "unit": "W" }', "kW"))).toEqual(readings({ powerW: 3 }));
  });

  it.each([
    ["voltage *", "voltage *: "],
    ["$nosuch(p) + 1", "$nosuch(p) + 1: "],
    ["p * other", "p * other"],
    ["$sum([1..9999999])", "a range is not for use here"],
    ["$replace(p, /(a+)+$/, '')", "a regular expression is not for use here"],
    ["$pad('x', 999999999)", "$pad is not for use here"],
    ["p & 'x'.'y' + 1", "p & "],
  ])("says what is wrong with %s", (expression, detail) => {
    expect(hearJson(TOPIC, { p: "aaaaaaaa" }, by(expression))).toMatchObject({
      reason: "path-missing",
      detail: expect.stringContaining(detail) as string,
    });
  });

  it.each([
    ["an endless loop", "($f := function($n) { $f($n + 1) }; $f(0))"],
    ["endless depth", "($f := function($n) { 1 + $f($n + 1) }; $f(0))"],
    ["a text that doubles", "($f := function($s) { $f($s & $s) }; $f('aa'))"],
    ["a list that doubles", "($f := function($s) { $f($append($s, $s)) }; $f([1, 2]))"],
    ["everything with everything", "$count(list.($a := $; $$.list.($b := $; $$.list.($a + $b + $))))"],
  ])("does not let %s hold the loop", (_, expression) => {
    const list = Array.from({ length: 1000 }, (_, n) => n);
    hearJson(TOPIC, { list }, by(expression));
    const from = process.cpuUsage();

    expect(hearJson(TOPIC, { list }, by(expression))).toMatchObject({ reason: "path-missing" });
    const { user, system } = process.cpuUsage(from);
    expect((user + system) / 1000).toBeLessThan(100);
  });
});

describe("JSON with a value for each phase", () => {
  const L1 = { powerW: 100, voltageV: 230 };
  const phases = { L1, L2: { powerW: 200 }, L3: { powerW: -50 } };

  it.each([
    ["flat names", { power_l1: 100, voltage_l1: 230, power_l2: 200, power_l3: -50 }],
    ["names of phases", { PhaseA_Power: 100, voltage_phase_a: 230, phase_2_power: 200, "Power L3 (W)": -50 }],
    ["values with units", { power_l1: { value: 0.1, unit: "kW" }, voltage_l1: 230, power_l2: 200, power_l3: -50 }],
    ["objects", { meter: { L1: { power: 100, voltage: 230 }, L2: { power: 200 }, L3: { power: -50 } } }],
  ])("in %s adds them up where no total is said", (_, body) => {
    expect(hearJson(TOPIC, body)).toEqual(readings({ powerW: 250, electrical: { phases } }));
  });

  it("takes the total that is said, and the registers of both directions", () => {
    const body = { meter: { power: 240, energy_forward: 5, energy_reverse: 1, L1: { power: 100, energy_forward: 3 } } };

    expect(hearJson(TOPIC, body)).toEqual(
      readings({
        powerW: 240,
        importWh: 5000,
        exportWh: 1000,
        electrical: { phases: { L1: { powerW: 100, importWh: 3000 } } },
      }),
    );
  });

  it("knows that a connection of one phase has that phase's power", () => {
    expect(hearJson(TOPIC, { meter: { L1: { power: 100, voltage: 230 } } })).toEqual(
      readings({ powerW: 100, electrical: { phases: { L1 } } }),
    );
  });

  it("leaves out what is between two phases, and phases that say nothing", () => {
    expect(
      hearJson(TOPIC, { power: 5, voltage_l1_l2: 401, L2: null, L3: { power: "off" }, current_l1: "nan" }),
    ).toEqual(readings({ powerW: 5 }));
  });
});
