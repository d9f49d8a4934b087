import { describe, expect, it } from "vitest";
import { hear, hearJson, nothing, readings } from "../said";

const time = 1_773_144_000;
const at = time * 1000;

describe("Emoncms", () => {
  it("reads what is posted of a node: a circuit each", () => {
    const said = readings({ channel: "1", powerW: 110 }, { channel: "2", powerW: 220 }, { channel: "3", powerW: 330 });

    expect(hearJson("", { power1: 110, power2: 220, power3: 330 })).toEqual(said);
    expect(hearJson("house/emon", { power1: 110, power2: 220, power3: 330 })).toEqual(said);
  });

  it.each([
    'node=emontx&fulljson={"power1":100,"vrms":240.5}',
    "input/post?node=emontx&json={power1:100,vrms:240.5}&apikey=0",
    "node=emontx&data={power1:100,vrms:240.5}",
    "node=emontx&fulljson=%7B%22power1%22%3A100%2C%22vrms%22%3A240.5%7D",
  ])("reads the post %s", (text) => {
    expect(hear("", text)).toEqual(
      readings({ name: "emontx", channel: "1", powerW: 100 }, { name: "emontx", electrical: { voltageV: 240.5 } }),
    );
  });

  it("reads a post at its own time", () => {
    expect(hear("", `node=emontx&time=${time}&fulljson={"power1":5}`)).toEqual(
      readings({ name: "emontx", channel: "1", powerW: 5, at }),
    );
  });

  it.each([
    ["node=emontx&csv=100,200,300"],
    [`time=${time}&apikey=0&data=[[0,"iotawatt",230.1,410.5]]`],
    ["node=emonth&json={temperature:19.5}"],
  ])("says nothing of values without a name, or that are no energy: %s", (text) => {
    expect(hear("", text)).toEqual(nothing);
  });

  it.each(["node=emontx&json={power1:}", "node=emontx&fulljson=[1", "node=a&json=lots"])("refuses %s", (text) => {
    expect(hear("", text)).toMatchObject({ kind: "refused", reason: "not-json" });
  });

  it("reads bulks of named values at their offsets", () => {
    const bulk = [
      [0, "emontx", { power1: 5 }],
      [10, "emontx", { power1: 6 }, { power2: 7 }],
      [20, 17, 999],
    ];

    expect(hear("", `time=${time}&data=${JSON.stringify(bulk)}`)).toEqual(
      readings(
        { name: "emontx", channel: "1", powerW: 5, at },
        { name: "emontx", channel: "1", powerW: 6, at: at + 10_000 },
        { name: "emontx", channel: "2", powerW: 7, at: at + 10_000 },
      ),
    );
    expect(hearJson("", bulk.slice(0, 1))).toEqual(readings({ name: "emontx", channel: "1", powerW: 5 }));
  });

  it("reads a list of feeds, by the unit of each", () => {
    const feed = (name: string, unit: string, value: unknown, more: object = {}) => ({
      ...{ id: "1", userid: "1", name, tag: "emonpi", engine: "5", unit, time, value, ...more },
    });

    expect(
      hearJson("", [
        feed("use", "W", "345.5"),
        feed("use_kwh", "kWh", "1234.5"),
        feed("export_kwh", "kWh", 9),
        feed("Kitchen", "W", 80, { tag: "iota" }),
        feed("heat", "kW", 1.5, { tag: "iota" }),
        feed("outside", "°C", 12),
        feed("power1", "", 10, { time: 0 }),
        feed("solar", "W", null),
      ]),
    ).toEqual(
      readings(
        { name: "emonpi", channel: "use", role: "load", powerW: 345.5, importWh: 1_234_500, at },
        { name: "emonpi", channel: "grid", role: "grid", exportWh: 9000, at },
        { name: "emonpi", channel: "1", powerW: 10 },
        { name: "iota", channel: "kitchen", powerW: 80, at },
        { name: "iota", channel: "heat", powerW: 1500, at },
      ),
    );
  });

  it("reads a list of inputs", () => {
    const input = (nodeid: string, name: string, value: unknown) => ({
      id: "1",
      nodeid,
      name,
      processList: "",
      time,
      value,
    });

    expect(hearJson("", [input("emontx", "power1", "70"), input("emonth", "humidity", 50)])).toEqual(
      readings({ name: "emontx", channel: "1", powerW: 70, at }),
    );
  });

  it("reads the inputs of one node and of all", () => {
    const node = { power1: { time, value: 71, processList: "" }, vrms: { time, value: 240, processList: "1:1" } };
    const values = [
      { channel: "1", powerW: 71, at },
      { electrical: { voltageV: 240 }, at },
    ];

    expect(hearJson("", node)).toEqual(readings(...values));
    expect(hearJson("", { emontx: node })).toEqual(readings(...values.map((one) => ({ ...one, name: "emontx" }))));
  });

  it("refuses lists that are too long", () => {
    const many = Array.from({ length: 501 }, () => ({ name: "use", tag: "a", time, value: 1 }));

    expect(hearJson("", many)).toMatchObject({ kind: "refused", reason: "too-big" });
  });

  it("survives an owner that is no name", () => {
    expect(hearJson("", [{ name: "power1", tag: { toString: 1 }, time, value: 1 }])).toEqual(
      readings({ channel: "1", powerW: 1, at }),
    );
  });
});
