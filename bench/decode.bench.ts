import { decode, type RawMessage } from "../lib/meters/decode";
import { makeMemory } from "../lib/meters/memory";
import { crc16 } from "../lib/meters/telegram";
import { atLeast, type Figure } from "./figure";

const LEAST_PER_SECOND = 100_000;
/** A telegram is some forty values, each a line of text. */
const LEAST_TELEGRAMS = 20_000;
const TELEGRAMS: ReadonlySet<string> = new Set(["p1", "obis", "teleinfo"]);
const TURN_MS = 300;
/** The best of so many turns: the machine may be busy with something else. */
const TURNS = 3;

/** A message of each family, as its devices send it; what changes between two messages changes here too. */
const FAMILIES: Readonly<Record<string, (n: number) => { topic: string; body: unknown }>> = {
  number: (n) => ({ topic: "energy/consumption", body: (n % 5000) / 1000 }),
  json: (n) => ({
    topic: "house/main",
    body: {
      ts: 1_773_144_000 + n,
      power: n % 5000,
      energy_total: 1234.5 + n / 1000,
      voltage: 231.2,
      current: 4.3,
      pf: 0.97,
    },
  }),
  tasmota: (n) => ({
    topic: "tele/heater/SENSOR",
    body: {
      Time: `2026-03-10T13:00:${String(n % 60).padStart(2, "0")}`,
      ENERGY: {
        ...{ TotalStartTime: "2024-01-01T00:00:00", Total: 1234.5 + n / 1000, Yesterday: 9.5, Today: 1.2, Period: 12 },
        ...{ Power: n % 3000, ApparentPower: 1510, ReactivePower: 170, Factor: 0.99, Voltage: 231, Current: 6.5 },
      },
    },
  }),
  "shelly-gen2": (n) => ({
    topic: "washer/events/rpc",
    body: {
      ...{ src: "shellyplus1pm-4417939341dc", dst: "washer/events", method: "NotifyStatus" },
      params: {
        ts: 1_773_144_000.5 + n,
        "switch:0": {
          ...{ id: 0, apower: n % 2000, voltage: 231.5, current: 1.2, pf: 0.98, freq: 50 },
          aenergy: { by_minute: [12.5, 13.5, 11.5], minute_ts: 1_773_144_000, total: 5125.5 + n },
        },
      },
    },
  }),
  esphome: (n) => ({ topic: "plug/sensor/power/state", body: n % 2000 }),
  "home-assistant": (n) => ({ topic: "ha/statestream/sensor/washer_power/state", body: n % 2000 }),
  homie: (n) => ({ topic: "homie/5/plug/meter/power", body: n % 2000 }),
  ewelink: (n) => ({
    topic: "sonoff/garage",
    body: {
      ...{ switches: [{ switch: "on", outlet: 0 }], fwVersion: "1.4.0", rssi: -50, actPow_00: n, voltage_00: 23055 },
      ...{ current_00: 536, reactPow_00: 1200, apparentPow_00: 124000, actPow_01: 0, voltage_01: 23055, current_01: 0 },
    },
  }),
  wmbus: (n) => ({
    topic: "wmbusmeters/00112233",
    body: {
      ...{ _: "telegram", media: "electricity", meter: "amiplus", name: "House", id: "00112233" },
      ...{ total_energy_consumption_kwh: 1234.5 + n / 1000, current_power_consumption_kw: (n % 5000) / 1000 },
      ...{ voltage_at_phase_1_v: 230, voltage_at_phase_2_v: 231, timestamp: "2026-03-10T12:00:00Z" },
    },
  }),
  lorawan: (n) => ({
    topic: "application/1f/device/0102030405060708/event/up",
    body: {
      ...{ time: "2026-03-10T12:00:00.123Z", devAddr: "01020304", fPort: 2, fCnt: n, data: "AQID" },
      deviceInfo: { deviceName: "Hall", deviceProfileName: "Clamp", applicationName: "plant", devEui: "0102" },
      object: { power: n % 5000, energy_wh: 7000 + n, voltage: 231 },
    },
  }),
  sparkplug: (n) => ({
    topic: "spBv1.0/Plant/DDATA/Edge/Press",
    body: {
      timestamp: 1_773_144_000_000 + n,
      metrics: [
        { name: "Active Power (kW)", timestamp: 1_773_144_000_000 + n, dataType: "Double", value: n / 1000 },
        { name: "Total Energy (kWh)", timestamp: 1_773_144_000_000 + n, dataType: "Double", value: 5 + n / 1000 },
      ],
    },
  }),
  victron: (n) => ({ topic: "N/b827eb0000a1/grid/30/Ac/L1/Power", body: { value: (n % 5000) - 2500.5 } }),
  sma: (n) => ({
    topic: "SMA-EM/status/1900204522",
    body: {
      ...{ pconsume: n % 3000, psupply: 0, pconsumecounter: 1234.5 + n / 1000, psupplycounter: 77.5, frequency: 50.01 },
      ...{ p1consume: 10, p1supply: 0, u1: 231, i1: 0.1, p2consume: 20, p2supply: 0, u2: 230, i2: 0.1 },
      ...{ p3consume: 30, p3supply: 0, u3: 232, i3: 0.2, timestamp: 1_773_144_000.25 + n },
    },
  }),
  fronius: (n) => ({
    topic: "roof/flow",
    body: {
      Head: { RequestArguments: {}, Status: { Code: 0, Reason: "" }, Timestamp: "2026-03-10T13:00:00+01:00" },
      Body: {
        Data: {
          Inverters: { 1: { DT: 1, P: n % 5000, SOC: 55 } },
          Site: {
            E_Total: 7_000_000 + n,
            Mode: "meter",
            P_Akku: -800,
            P_Grid: -1200.5,
            P_Load: -650.25,
            P_PV: n % 5000,
          },
        },
      },
    },
  }),
  growatt: (n) => ({
    topic: "energy/growatt",
    body: {
      ...{ device: "XYZ4A12345", time: "2026-03-10T13:00:00", buffered: "no" },
      values: {
        ...{ pvstatus: 1, pvpowerin: 21000, pv1voltage: 3000, pv1current: 70, pv1watt: 21000, pvpowerout: n % 50_000 },
        ...{ pvfrequentie: 5001, pvgridvoltage: 2345, pvgridcurrent: 88, pvgridpower: 20505, totworktime: 4_000_000 },
        ...{ pvenergytoday: 77, pvenergytotal: 123_456 + n, epvtotal: 130_000, pvtemperature: 415 },
      },
    },
  }),
  deye: (n) => ({ topic: "deye/ac/active_power", body: (n % 50_000) / 10 }),
  "deye document": (n) => ({
    topic: "cellar/inverter",
    body: {
      ...{ id: "m", name: "Cellar", ctime: 1_773_144_000_500 + n, type: "live-stats" },
      battery: { temperature: 17.5, voltage: 51.5, capacity: 64, power: -500, current: -9.7 },
      pv: { power_PV1: n % 3000, power_PV2: 150.5, voltage_PV1: 300 },
      grid: {
        ...{ grid_voltage_phase_A: 231, grid_voltage_phase_B: 232, gird_power_phase_A: 20, gird_power_phase_B: 30 },
        ...{ gird_power_total: 50, frequency: 49.98, grid_power_factor: 65535 },
      },
      load: { voltage_phase_A: 231, power_phase_A: 450, current_phase_A: 1.9, power_total: 450, frequency: 50 },
    },
  }),
  openwb: (n) => ({ topic: "openWB/counter/0/get/powers", body: [n % 3000, 200.5, -50] }),
  evcc: (n) => ({ topic: "evcc/site/grid/power", body: (n % 5000) - 2500.5 }),
  "evcc document": (n) => ({
    topic: "evcc/state",
    body: {
      ...{ siteTitle: "Casa", gridConfigured: true, grid: { power: n % 5000, energy: 1500.5, currents: [1, -2, 0.5] } },
      ...{ pvPower: 4100, pvEnergy: 12, batteryPower: 900, batterySoc: 55, homePower: 700, tariffGrid: 0.31 },
      loadpoints: [{ title: "Garage", chargePower: 3990, chargeTotalImport: 77.5, chargeCurrents: [17, 0, 0] }],
    },
  }),
  iotawatt: (n) => ({
    topic: "iotawatt/query",
    body: {
      range: [1_773_144_000, 1_773_144_060],
      labels: ["Time", "Mains", "Oven"],
      data: [["2026-03-10T13:00:00", n % 5000, 20.5]],
    },
  }),
  openenergymonitor: (n) => ({
    topic: "emon/emontx",
    body: { power1: n % 3000, power2: 200, power3: 0, vrms: 239.5, wh1: 5000 + n, time: 1_773_144_000 + n },
  }),
  emoncms: (n) => ({ topic: "house/post", body: { power1: n % 3000, power2: 200, power3: 0 } }),
  mbmd: (n) => ({ topic: "mbmd/sdm1-2/Power/L2", body: n % 3000 }),
  p1: (n) => ({ topic: "dsmr/raw", body: telegram(n) }),
  obis: (n) => ({
    topic: "cellar/head",
    body: [
      ...["/ABC5Meter-9\r\n", "1-0:0.0.0*255(1ABC1234567890)", `1-0:1.8.0*255(${12_345 + n / 1000}*kWh)`],
      ...["1-0:2.8.0*255(00000012.5000000*kWh)", `1-0:16.7.0*255(${n % 3000}.50*W)`, "1-0:36.7.0*255(000100.50*W)"],
      ...["1-0:56.7.0*255(-000050.25*W)", "1-0:76.7.0*255(000010.00*W)", "1-0:96.5.5*255(80)", "!\r\n"],
    ].join("\r\n"),
  }),
  "p1-bridge": (n) => ({
    topic: "DSMR-API/power_delivered",
    body: { power_delivered: [{ value: n / 1000, unit: "kW" }] },
  }),
  "dsmr-reader": (n) => ({ topic: "dsmr/reading/electricity_currently_delivered", body: (n % 5000) / 1000 }),
  homewizard: (n) => ({
    topic: "home/p1",
    body: {
      ...{ wifi_ssid: "home", wifi_strength: 80, smr_version: 50, meter_model: "X", unique_id: "4530303034" },
      ...{ active_tariff: 2, total_power_import_t1_kwh: 100.5, total_power_import_t2_kwh: 50.25 + n / 1000 },
      ...{ total_power_export_t1_kwh: 1, total_power_export_t2_kwh: 2.5, active_power_w: n % 3000 },
      ...{ active_power_l1_w: n % 3000, active_power_l2_w: 20, active_power_l3_w: 30, total_gas_m3: 12.3 },
      ...{ active_voltage_l1_v: 230.5, active_current_l1_a: 3, gas_timestamp: 260_310_125_500 },
    },
  }),
  smlreader: (n) => ({ topic: "smartmeter/mains/sensor/1/obis/1-0:16.7.0/255/value", body: n % 3000 }),
  vzlogger: (n) => ({ topic: "vzlogger/data/chn0/agg", body: { timestamp: 1_773_144_000_000, value: 1234.5 + n } }),
  teleinfo: (n) => ({ topic: "linky/tic", body: frame(n) }),
  "tasmota teleinfo": (n) => ({
    topic: "tele/linky/SENSOR",
    body: { TIC: { ADCO: "061234567890", OPTARIF: "HC..", HCHC: 1_000_500, HCHP: 2_000_250 + n, IINST: 3, PAPP: 710 } },
  }),
  "tasmota sml": (n) => ({
    topic: "tele/reader/SENSOR",
    body: {
      Time: `2026-03-10T13:00:${String(n % 60).padStart(2, "0")}`,
      SML: { Total_in: 1234.5 + n / 1000, Total_out: 12.5, Power_curr: n % 3000, Meter_Number: "0a0141420012" },
    },
  }),
  ams: (n) => ({
    topic: "ams/house",
    body: {
      ...{ id: "AA:BB", name: "ams", up: n, t: 1_773_144_000 + n, vcc: 3.2, rssi: -60, temp: -127 },
      data: { P: n % 3000, Q: 0, PO: 0, QO: 30, I1: 1.5, I2: 1, I3: 2, U1: 231, U2: 230, U3: 229 },
      realtime: { h: 0.5, d: 12, t: 5, x: 4.2, he: 0, de: 0 },
    },
  }),
  glow: (n) => ({
    topic: "glow/AABBCCDDEEFF/SENSOR/electricitymeter",
    body: {
      electricitymeter: {
        timestamp: "2026-03-10T12:00:00Z",
        energy: {
          export: { cumulative: 1.5, units: "kWh" },
          import: { cumulative: 4321.5 + n / 1000, day: 1, week: 2, month: 3, units: "kWh", mpan: "1", supplier: "X" },
        },
        power: { value: (n % 3000) / 1000, units: "kW" },
      },
    },
  }),
  zigbee2mqtt: (n) => ({
    topic: "zigbee2mqtt/fridge",
    body: {
      ...{ child_lock: "UNLOCK", current: 0.4, energy: 12.34 + n / 1000, indicator_mode: "off", linkquality: 102 },
      ...{ power: n % 200, power_outage_memory: "off", state: "ON", update_available: null, voltage: 233 },
    },
  }),
};

/** A telegram of DSMR 5 with three phases, gas and its check sum. */
function telegram(n: number): string {
  const power = (n / 1000).toFixed(3).padStart(6, "0");
  const phases = ["32", "52", "72"].map((code) => `1-0:${code}.7.0(0230.1*V)`);
  const counts = ["32.32", "52.32", "72.32", "32.36", "52.36", "72.36"].map((code) => `1-0:${code}.0(00001)`);
  const currents = ["31", "51", "71"].map((code) => `1-0:${code}.7.0(002*A)`);
  const powers = ["21", "41", "61", "22", "42", "62"].map((code) => `1-0:${code}.7.0(${power}*kW)`);
  const text = [
    ...[
      "/XYZ5\\Meter-1\r\n",
      "1-3:0.2.8(50)",
      "0-0:1.0.0(260310125930W)",
      "0-0:96.1.1(4530303034303030303030303030303034)",
    ],
    ...[
      "1-0:1.8.1(001000.500*kWh)",
      "1-0:1.8.2(002000.250*kWh)",
      "1-0:2.8.1(000010.000*kWh)",
      "1-0:2.8.2(000020.125*kWh)",
    ],
    ...[
      "0-0:96.14.0(0002)",
      `1-0:1.7.0(${power}*kW)`,
      "1-0:2.7.0(00.000*kW)",
      "0-0:96.7.21(00015)",
      "0-0:96.7.9(00007)",
    ],
    ...["1-0:99.97.0(2)(0-0:96.7.19)(250101000000W)(0000000300*s)(250201000000W)(0000000400*s)", ...counts],
    ...[
      "0-0:96.13.0()",
      ...phases,
      ...currents,
      ...powers,
      "0-1:24.1.0(003)",
      "0-1:96.1.0(4730303031303030303030303030303031)",
    ],
    ...["0-1:24.2.1(260310125500W)(00123.456*m3)", "!"],
  ].join("\r\n");
  return `${text}${crc16(text).toString(16).padStart(4, "0").toUpperCase()}\r\n`;
}

/** A frame of a Linky in historic mode. */
function frame(n: number): string {
  const groups = [
    "ADCO 061234567890",
    "OPTARIF HC..",
    "ISOUSC 30",
    "HCHC 000111250",
    `HCHP ${333_000_000 + n}`,
    "PTEC HP..",
  ];
  const lines = [...groups, "IINST 003", "IMAX 030", "PAPP 00710", "HHPHC A", "MOTDETAT 000000"].map((text) => {
    const sum = Buffer.from(text).reduce((total, byte) => total + byte, 0);
    return `\n${text} ${String.fromCharCode((sum & 0x3f) + 0x20)}\r`;
  });
  return `\x02${lines.join("")}\x03`;
}

/** Messages a second of one core, from bytes to readings. */
export default async function measureDecode(): Promise<Figure[]> {
  return Object.entries(FAMILIES).map(([family, make]) => {
    const messages = Array.from({ length: 1000 }, (_, n): RawMessage => {
      const { topic, body } = make(n);
      return {
        topic,
        payload: Buffer.from(typeof body === "string" ? body : JSON.stringify(body)),
        at: Date.parse("2026-03-10T12:00:00Z"),
      };
    });
    turn(messages); // warms up
    const best = Math.max(...Array.from({ length: TURNS }, () => turn(messages)));
    return atLeast(
      `decode ${family}`,
      Math.round(best),
      "messages/s",
      TELEGRAMS.has(family) ? LEAST_TELEGRAMS : LEAST_PER_SECOND,
    );
  });
}

/** By the processor's time, so that a busy machine does not count as slow code. */
function turn(messages: readonly RawMessage[]): number {
  const settings = { profile: "auto", zone: "Europe/Madrid" } as const;
  const memory = makeMemory();
  const end = performance.now() + TURN_MS;
  const from = process.cpuUsage();
  let done = 0;
  while (performance.now() < end) {
    for (const message of messages) if (decode(message, settings, memory).kind === "readings") done += 1;
  }
  const { user, system } = process.cpuUsage(from);
  return (done * 1e6) / (user + system);
}
