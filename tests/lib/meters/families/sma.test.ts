import { describe, expect, it } from "vitest";
import { ARRIVAL, hear, hearJson, listen, nothing, readings } from "../said";

const phases = (of: object) => ({ electrical: { phases: of } });

describe("SMA through SBFspot", () => {
  const inverter = {
    ...{ Timestamp: "10/03/2026 13:00:20", SunRise: "10/03/2026 06:50:00", InvSerial: 1_900_123_456 },
    ...{ InvName: "Roof", InvTime: "10/03/2026 13:00:18", InvStatus: "Ok", EToday: 4.5, ETotal: 31_234.567 },
  };
  const own = { serial: "1900123456" };
  const at = ARRIVAL + 20_000;

  it("reads an inverter by day", () => {
    const day = {
      ...{ PACTot: 3456.5, GridFreq: 50.02, PDC1: 3600, UDC1: 600 },
      ...{ PAC1: 1150, PAC2: 1151, PAC3: 1155.5, UAC1: 231, UAC2: 232, UAC3: 230, IAC1: 5, IAC2: 5.1, IAC3: 5.2 },
    };

    expect(hearJson("sbfspot_1900123456", { ...inverter, ...day })).toEqual(
      readings({
        ...{ ...own, role: "solar", powerW: 3456.5, importWh: 31_234_567, at },
        electrical: {
          frequencyHz: 50.02,
          phases: {
            L1: { powerW: 1150, voltageV: 231, currentA: 5 },
            L2: { powerW: 1151, voltageV: 232, currentA: 5.1 },
            L3: { powerW: 1155.5, voltageV: 230, currentA: 5.2 },
          },
        },
      }),
    );
  });

  it("says no volts by night, and names the meter by its number where no topic does", () => {
    expect(hearJson("", { ...inverter, PACTot: 0, UAC1: 0, UAC2: 0, UAC3: 0 })).toEqual(
      readings({ ...own, name: "1900123456", role: "solar", powerW: 0, importWh: 31_234_567, at }),
    );
  });

  it("reads the meter and the battery of a hybrid", () => {
    const hybrid = { PACTot: 100, MeteringWIn: 0, MeteringWOut: 750, BatVol: 51.5, BatAmp: -4, BatChaStt: 90 };

    expect(hearJson("sbfspot_1900123456", { ...inverter, ...hybrid })).toEqual(
      readings(
        { ...own, role: "solar", powerW: 100, importWh: 31_234_567, at },
        { ...own, role: "grid", channel: "grid", powerW: -750, at },
        {
          ...{ ...own, role: "battery", channel: "battery", socPercent: 90, at },
          electrical: { voltageV: 51.5, currentA: -4 },
        },
      ),
    );
  });

  it.each<[unknown]>([["03/10/2026 13:00:20"], ["31/02/20"], ["03/13/2026 13:00:20"], [17]])(
    "leaves the time to arrival where it is not believed: %j",
    (Timestamp) => {
      expect(hearJson("sbfspot_1", { InvSerial: 1, Timestamp, PACTot: 5 })).toEqual(
        readings({ serial: "1", role: "solar", powerW: 5 }),
      );
    },
  );

  it("believes an older time of what the broker kept, day first unless it cannot be", () => {
    const tell = listen();
    const kept = (Timestamp: string) =>
      tell("sbfspot_1", JSON.stringify({ InvSerial: 1, Timestamp, PACTot: 5 }), 0, true);

    expect(kept("08/02/2026 10:00:00")).toMatchObject({ readings: [{ at: Date.parse("2026-02-08T09:00:00Z") }] });
    expect(kept("02/28/2026 10:00:00")).toMatchObject({ readings: [{ at: Date.parse("2026-02-28T09:00:00Z") }] });
  });
});

describe("SMA-EM", () => {
  const grid = { name: "1900204522", role: "grid" } as const;
  const topic = "SMA-EM/status/1900204522";

  it("reads a meter whose two directions are fields of their own", () => {
    const body = {
      ...{ pconsume: 0, psupply: 1234.5, pconsumecounter: 5000.25, psupplycounter: 7000.5, frequency: 50 },
      ...{ p1consume: 10.5, p1supply: 0, p2consume: 0, p2supply: 700, u1: 230.5, i1: 0.5, cosphi1: 0.9 },
      ...{ timestamp: ARRIVAL / 1000 + 0.25, pvsum: 2000, pusage: 765.5 },
    };

    expect(hearJson(topic, body)).toEqual(
      readings(
        {
          ...{ ...grid, serial: "1900204522", powerW: -1234.5, importWh: 5_000_250, exportWh: 7_000_500 },
          electrical: {
            frequencyHz: 50,
            phases: { L1: { powerW: 10.5, voltageV: 230.5, currentA: 0.5, powerFactor: 0.9 }, L2: { powerW: -700 } },
          },
          at: ARRIVAL + 250,
        },
        { name: "1900204522", role: "solar", channel: "pv", powerW: 2000, at: ARRIVAL + 250 },
        { name: "1900204522", role: "load", channel: "home", powerW: 765.5, at: ARRIVAL + 250 },
      ),
    );
  });

  it("reads the values one by one", () => {
    const tell = listen();

    expect(tell(`${topic}/pconsume`, "300.5")).toEqual(readings({ ...grid, powerW: 300.5 }));
    expect(tell(`${topic}/pconsumecounter`, "12.5")).toEqual(readings({ ...grid, importWh: 12_500 }));
    expect(tell(`${topic}/u2`, "229")).toEqual(readings({ ...grid, ...phases({ L2: { voltageV: 229 } }) }));
    expect(tell(`${topic}/pconsume`, "0", 1000)).toEqual(readings({ ...grid, powerW: 0 }));
    expect(tell(`${topic}/psupply`, "55", 1010)).toEqual(readings({ ...grid, powerW: -55 }));
    expect(tell(`${topic}/timestamp`, "1773144000.5", 1010)).toEqual(nothing);
  });

  it("reads what it reads of inverters", () => {
    const body = { "AC Power": 900, "grid frequency": 50.01, "daily yield": 3, serial: "77" };

    expect(hearJson("SMA-PV/status/77", { ...body, DeviceClass: "Solar Inverter" })).toEqual(
      readings({ name: "77", serial: "77", role: "solar", powerW: 900, electrical: { frequencyHz: 50.01 } }),
    );
    expect(hearJson("SMA-PV/status/78", { ...body, DeviceClass: "Battery Inverter" })).toMatchObject({
      readings: [{ role: "battery", powerW: -900 }],
    });
  });
});

describe("SMA's Speedwire", () => {
  const word = (value: number, size: 2 | 4 | 8): Buffer => {
    const bytes = Buffer.alloc(size);
    if (size === 8) bytes.writeBigUInt64BE(BigInt(value));
    else bytes.writeUIntBE(value, 0, size);
    return bytes;
  };
  const actual = (channel: number, value: number) =>
    Buffer.concat([word(channel, 2), Buffer.from([4, 0]), word(value, 4)]);
  const counter = (channel: number, value: number) =>
    Buffer.concat([word(channel, 2), Buffer.from([8, 0]), word(value, 8)]);
  const datagram = (protocol: number, ...entries: Buffer[]): Buffer => {
    const rest = Buffer.concat([word(protocol, 2), word(349, 2), word(1_900_204_522, 4), word(5, 4), ...entries]);
    const head = [Buffer.from("SMA\0"), word(0x000402a0, 4), word(1, 4), word(rest.length, 2), word(0x0010, 2)];
    return Buffer.concat([...head, rest, word(0, 4)]);
  };
  const entries = [
    ...[
      actual(1, 0),
      counter(1, 36_000_000),
      actual(2, 5005),
      counter(2, 7_200_000),
      actual(13, 990),
      actual(14, 50_010),
    ],
    ...[actual(21, 1000), actual(22, 0), actual(31, 450), actual(32, 230_100), actual(33, 950), actual(52, 0)],
  ];

  it("reads a meter's datagram", () => {
    expect(hear("", datagram(0x6069, ...entries))).toEqual(
      readings({
        ...{ name: "1900204522", serial: "1900204522", role: "grid", powerW: -500.5 },
        ...{ importWh: 10_000, exportWh: 2000 },
        electrical: {
          powerFactor: 0.99,
          frequencyHz: 50.01,
          phases: { L1: { powerW: 100, currentA: 0.45, voltageV: 230.1, powerFactor: 0.95 } },
        },
      }),
    );
  });

  it("passes over what inverters say to each other", () => {
    expect(hear("", datagram(0x6065, ...entries))).toEqual(nothing);
  });

  it("refuses a datagram that was cut", () => {
    const whole = datagram(0x6069, ...entries);

    for (const length of [30, 45, whole.length - 9]) {
      expect(hear("", whole.subarray(0, length))).toMatchObject({ kind: "refused", reason: "damaged" });
    }
  });

  it("never reads beyond its end, whatever its bytes say", () => {
    const start = Buffer.concat([Buffer.from("SMA\0"), Buffer.alloc(12), word(0x6069, 2)]);
    for (const fill of [0, 1, 4, 8, 0xff]) {
      for (let length = 0; length < 60; length += 1) {
        expect(["nothing", "refused", "readings"]).toContain(
          hear("", Buffer.concat([start, Buffer.alloc(length, fill)])).kind,
        );
      }
    }
  });
});
