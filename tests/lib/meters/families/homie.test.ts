import { describe, expect, it } from "vitest";
import { hear, listen, nothing, readings } from "../said";

describe("Homie", () => {
  it.each([
    ["homie/plug/meter/power", "85.5", { name: "plug", powerW: 85.5 }],
    ["homie/5/plug/meter/power", "85.5", { name: "plug", powerW: 85.5 }],
    ["site/homie/5/plug/meter/energy", "2", { name: "plug", importWh: 2000 }],
    ["homie/board/heater/power", "1500", { name: "board", channel: "heater", powerW: 1500 }],
    ["homie/plug/meter/voltage", "230", { name: "plug", electrical: { voltageV: 230 } }],
  ])("reads %s", (topic, payload, reading) => {
    expect(hear(topic, payload)).toEqual(readings(reading));
  });

  it("remembers the unit that version 3 and 4 tell under the property", () => {
    const say = listen();

    expect(say("homie/plug/meter/use/$unit", "kWh")).toEqual(nothing);
    expect(say("homie/plug/meter/use/$datatype", "float")).toEqual(nothing);
    expect(say("homie/plug/meter/use", "3.5")).toEqual(readings({ name: "plug", importWh: 3500 }));
  });

  it("remembers what the description of version 5 says", () => {
    const say = listen();
    const description = {
      ...{ homie: "5.0", name: "Boiler" },
      nodes: {
        element: {
          properties: {
            power: { unit: "kW", datatype: "float" },
            onoff: { datatype: "boolean", settable: true },
          },
        },
      },
    };

    expect(say("homie/5/boiler/$description", JSON.stringify(description))).toEqual(nothing);
    expect(say("homie/5/boiler/element/power", "1.5")).toEqual(
      readings({ name: "boiler", channel: "element", powerW: 1500 }),
    );
  });

  it("knows a switch that is called power by its datatype and by its value", () => {
    const say = listen();

    expect(say("homie/5/lamp/light/power", "true")).toEqual(nothing);
    say("homie/lamp/light/power/$datatype", "enum");
    expect(say("homie/lamp/light/power", "1")).toEqual(nothing);
  });

  it.each([
    ["commands", "homie/plug/meter/power/set", "5"],
    ["the device's state", "homie/plug/$state", "ready"],
    ["a version", "homie/plug/$homie", "4.0.0"],
    ["a node's name", "homie/plug/meter/$name", "Meter"],
    ["a target", "homie/5/plug/meter/power/$target", "5"],
    ["what is no energy", "homie/5/car/engine/temperature", "21.5"],
    ["an alert", "homie/5/plug/$alert/low", "500"],
  ])("has nothing to say of %s", (_, topic, payload) => {
    expect(hear(topic, payload)).toEqual(nothing);
  });

  it.each(["[]", '{"nodes":[1]}', '{"nodes":{"a":{"properties":5}}}', '{"nodes":{"__proto__":{"properties":{}}}}'])(
    "survives the description %s",
    (text) => {
      expect(hear("homie/5/plug/$description", text)).toEqual(nothing);
    },
  );
});
