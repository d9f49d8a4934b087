import { describe, expect, it } from "vitest";
import { ARRIVAL, hear, listen, nothing, readings } from "../said";

const TOPIC = "plant/logger";
const csv = { profile: "csv" } as const;

describe("CSV", () => {
  it.each([
    ["semicolons and decimal commas", "power;energy\n1250,5;3,25"],
    ["tabs", "power\tenergy\n1250.5\t3.25"],
    ["commas", "power,energy\r\n1250.5,3.25\r\n"],
    ["quotes", '"power";"energy"\n"1250,5";"3,25"'],
    ["a hash before the header", "# power;energy\n1250,5;3,25"],
    ["columns that are nobody's", "alarm;power;note;energy\nok;1250,5;;3,25"],
  ])("reads %s", (_, text) => {
    expect(hear(TOPIC, text)).toEqual(readings({ powerW: 1250.5, importWh: 3250 }));
  });

  it("takes units from the names of the columns", () => {
    expect(hear(TOPIC, "Power (kW);Energy (MWh);Gas (m³)\n1,5;2;7")).toEqual(
      readings({ powerW: 1500, importWh: 2_000_000, volumeM3: 7 }),
    );
  });

  it("makes a meter of each thing that the columns name", () => {
    expect(hear(TOPIC, "oven power;press power\n5;7")).toEqual(
      readings({ channel: "oven", powerW: 5 }, { channel: "press", powerW: 7 }),
    );
  });

  it.each([
    ["a stamp", "time;power\n2026-03-10T12:00:00Z;5"],
    ["a stamp of the site's zone", "Timestamp;power\n2026-03-10 13:00:00;5"],
    ["date and time apart", "date;time;power\n2026-03-10;13:00:00;5"],
    ["epoch seconds", "ts;power\n1773144000;5"],
  ])("takes %s", (_, text) => {
    expect(hear(TOPIC, text)).toEqual(readings({ powerW: 5, at: ARRIVAL }));
  });

  it("reads many lines, and remembers the header for those that follow without one", () => {
    const say = listen();

    expect(say(TOPIC, "power;energy")).toEqual(nothing);
    expect(say(TOPIC, "5;1\n6;2")).toEqual(readings({ powerW: 5, importWh: 1000 }, { powerW: 6, importWh: 2000 }));
    expect(say("another/logger", "5;1")).toMatchObject({ kind: "refused" });
  });

  it.each([
    ["by number", "2026-03-10T12:00:00Z;7;1,5;300", { power: "3", import: "4" }],
    ["by name", "when;Hall P;Hall E\n2026-03-10T12:00:00Z;1,5;300", { power: "Hall P", import: "Hall E" }],
  ])("takes the columns that the settings tell %s, in the unit that they tell", (_, text, paths) => {
    const heard = hear(TOPIC, text, { ...csv, unit: "kW", paths });

    expect(heard).toMatchObject(readings({ powerW: 1500, importWh: 300_000 }));
  });

  it.each([
    ["no column of that number", "1;2", { power: "7" }, "7"],
    ["no column of that name", "a;b\n1;2", { power: "c" }, "c"],
    ["nothing that tells what the columns are", "1;2;3", undefined, "no header line, and no columns in the settings"],
  ])("says that there is %s", (_, text, paths, detail) => {
    expect(hear(TOPIC, text, { ...csv, ...(paths && { paths }) })).toEqual({
      kind: "refused",
      reason: "path-missing",
      detail,
    });
  });

  it.each([
    ["Datum;Uhrzeit;Power\n10.03.2026;12:15:00;1,5", "2026-03-10T11:15:00Z"],
    ["Fecha;Hora;Power\n2026/03/10;12:15;1,5", "2026-03-10T11:15:00Z"],
    ["Zeit;Power\n10.03.2026 12:15:00;1,5", "2026-03-10T11:15:00Z"],
  ])("has the time of its row: %j", (payload, at) => {
    expect(hear(TOPIC, payload)).toEqual(readings({ powerW: 1.5, at: Date.parse(at) }));
  });

  it("leaves out what is no number", () => {
    expect(hear(TOPIC, "power;energy\nnan;3\n;4\n5;")).toEqual(
      readings({ importWh: 3000 }, { importWh: 4000 }, { powerW: 5 }),
    );
  });

  it("is not made of a number with a decimal comma, nor of a sentence", () => {
    expect(hear(TOPIC, "1,25")).toEqual(readings({ powerW: 1250 }));
    expect(hear(TOPIC, "hello, world")).toMatchObject({ reason: "not-a-number" });
  });

  it("has an end", () => {
    expect(hear(TOPIC, `power;energy\n${"1;2\n".repeat(2000)}`)).toMatchObject({ reason: "too-big" });
    expect(hear(TOPIC, `power;energy\n${"1;".repeat(5000)}`)).toEqual(readings({ powerW: 1, importWh: 1000 }));
  });
});
