import { describe, expect, it } from "vitest";
import { guessOf, readAsGuessed } from "./read-text";

const T0 = 1_714_521_600;

interface Block {
  readonly id: number;
  readonly type: string;
  readonly readings: readonly (readonly [start: number, duration: number, value: number])[];
}

function readingType(uom: number, tenPower: number, direction: number, accumulation = 4): string {
  return `<espi:accumulationBehaviour>${accumulation}</espi:accumulationBehaviour><espi:flowDirection>${direction}</espi:flowDirection>
    <espi:intervalLength>900</espi:intervalLength><espi:powerOfTenMultiplier>${tenPower}</espi:powerOfTenMultiplier><espi:uom>${uom}</espi:uom>`;
}

function feed(blocks: readonly Block[]): string {
  const meter = "/espi/1_1/resource/UsagePoint/1/MeterReading";
  const entries = blocks.map(
    ({ id, type }) => `<entry><id>urn:uuid:m${id}</id>
      <link rel="self" href="${meter}/${id}"/><link rel="related" href="/espi/1_1/resource/ReadingType/${id}"/>
      <content><espi:MeterReading/></content></entry>
      <entry><link rel="self" href="/espi/1_1/resource/ReadingType/${id}"/><content><espi:ReadingType>${type}</espi:ReadingType></content></entry>`,
  );
  const values = blocks.map(({ id, readings }) => {
    const all = readings.map(
      ([
        start,
        duration,
        value,
      ]) => `<espi:IntervalReading><espi:cost>3</espi:cost><espi:timePeriod><espi:duration>${duration}</espi:duration>
        <espi:start>${start}</espi:start></espi:timePeriod><espi:value>${value}</espi:value></espi:IntervalReading>`,
    );
    return `<entry><link rel="self" href="${meter}/${id}/IntervalBlock/1"/><link rel="up" href="${meter}/${id}/IntervalBlock"/><content><espi:IntervalBlock>
      <espi:interval><espi:duration>86400</espi:duration><espi:start>${T0}</espi:start></espi:interval>${all.join("")}</espi:IntervalBlock></content></entry>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom" xmlns:espi="http://naesb.org/espi">${entries.join("")}${values.join("")}</feed>`;
}

describe("Green Button", () => {
  it("says what was drawn and given back, each block by its own reading type", async () => {
    const text = feed([
      {
        id: 1,
        type: readingType(72, -3, 1),
        readings: [
          [T0, 900, 250_000],
          [T0 + 900, 900, 125_500],
        ],
      },
      { id: 2, type: readingType(72, 3, 19), readings: [[T0, 900, 2]] },
      { id: 3, type: readingType(38, 0, 1), readings: [[T0, 900, 640]] },
      { id: 4, type: readingType(42, -2, 1), readings: [[T0, 3600, 150]] },
      { id: 5, type: readingType(72, 0, 1, 1), readings: [[T0, 0, 4_000_000]] },
    ]);
    const from = T0 * 1000;

    expect(guessOf(text, "usage.xml")).toMatchObject({ mapping: { format: "green-button" }, sure: { format: 1 } });
    expect(await readAsGuessed(text, "usage.xml")).toEqual([
      { line: 1, from, to: from + 900_000, importWh: 250 },
      { line: 2, from: from + 900_000, to: from + 1_800_000, importWh: 125.5 },
      { line: 3, from, to: from + 900_000, exportWh: 2000 },
      { line: 4, at: from, values: { powerW: 640 } },
      { line: 5, from, to: from + 3_600_000, volumeM3: 1.5 },
      { line: 6, at: from, values: { importWh: 4_000_000 } },
    ]);
  });

  it("tells a unit that is none of energy's, and where its XML breaks", async () => {
    const text = feed([
      { id: 1, type: readingType(29, 0, 1), readings: [[T0, 900, 230]] },
      { id: 2, type: readingType(72, 0, 1), readings: [[T0, 900, 5]] },
    ]);
    const cut = `${text.slice(0, text.lastIndexOf("</espi:IntervalReading>"))}</wrong>`;

    expect(await readAsGuessed(text, "a.xml")).toMatchObject([
      { error: { key: "unit-unknown", values: { unit: 29 } } },
      { importWh: 5 },
    ]);
    expect(await readAsGuessed(cut, "a.xml")).toMatchObject([
      { error: { key: "unit-unknown" } },
      { error: { key: "bad-xml" } },
    ]);
  });

  it("takes no entity from outside and swells by none", async () => {
    const text = `<!DOCTYPE feed [<!ENTITY a "72"><!ENTITY f SYSTEM "file:///etc/hostname">]><feed xmlns:espi="http://naesb.org/espi">
      <ReadingType><uom>72</uom></ReadingType><IntervalReading><timePeriod><duration>900</duration><start>${T0}</start></timePeriod><value>&f;</value></IntervalReading></feed>`;

    expect(await readAsGuessed(text, "x.xml")).toMatchObject([{ error: { key: "bad-xml" } }]);
  });
});
