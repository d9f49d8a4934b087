import type { ProfileName } from "../../../lib/meters/family";

export interface Sample {
  readonly topic: string;
  /** A text, JSON, or bytes. */
  readonly payload: string | Buffer | object;
}

const T = "2026-03-10T12:00:00Z";
const S = 1_773_144_000;
const OBIS = [
  ...["1-0:1.8.0*255(00001234.567*kWh)", "1-0:2.8.0*255(00000012.500*kWh)", "1-0:16.7.0*255(000321.5*W)"],
  ...["1-0:32.7.0*255(230.4*V)", "1-0:96.1.0*255(1ABC1234)"],
];
const P1 = [
  ...["1-3:0.2.8(50)", "0-0:1.0.0(260310130000W)", "1-0:1.8.1(001000.500*kWh)", "1-0:1.8.2(002000.250*kWh)"],
  ...["1-0:1.7.0(00.250*kW)", "1-0:2.7.0(00.000*kW)", "1-0:32.7.0(230.1*V)", "0-1:24.1.0(003)"],
  "0-1:24.2.1(260310125500W)(00123.456*m3)",
];
/** `Active Power` 5.5 in a double, behind a time stamp. */
const SPARKPLUG = Buffer.from(
  "08c0aacbaa cd33 1217 0a0c 41637469766520506f776572 69 0000000000001640".replaceAll(" ", ""),
  "hex",
);
/** 50.0 W from the grid, and 10 kWh of it. */
const SPEEDWIRE = Buffer.from(
  [
    ...["534d4100", "000402a0", "00000001", "0020", "0010", "6069", "015d", "71433d0a", "00000005"],
    ...["00010400", "000001f4", "00010800", "0000000002255100", "00000000"],
  ].join(""),
  "hex",
);

/** A message or two of each family, with numbers of our own. What they become when bent is what the fuzz tests ask. */
export const SAMPLES: Readonly<Record<ProfileName, readonly Sample[]>> = {
  tasmota: [
    {
      topic: "tele/heater/SENSOR",
      payload: { Time: T, ENERGY: { Total: [12.5, 3], Power: [100, 20], Voltage: 230, Current: [1, 2], Factor: 0.9 } },
    },
    { topic: "stat/heater/STATUS10", payload: { StatusSNS: { ENERGY: { Power: 5, Total: 7, ExportActive: 1 } } } },
    {
      topic: "tele/head/SENSOR",
      payload: { Time: T, SML: { Total_in: 1234.5, Total_out: 12.5, Power_curr: -321, Volt_p1: 230 } },
    },
  ],
  "shelly-gen1": [
    { topic: "shellies/shellyem3-A1/emeter/1/power", payload: "-310.5" },
    { topic: "shellies/plug/relay/0/energy", payload: "600" },
    {
      topic: "shellies/em/info",
      payload: { relays: [], mac: "A1", unixtime: S, emeters: [{ power: 1, total: 2, voltage: 230, is_valid: true }] },
    },
  ],
  "shelly-gen2": [
    {
      topic: "washer/events/rpc",
      payload: {
        ...{ src: "shellypro3em-a1", method: "NotifyStatus" },
        params: { ts: S, "em:0": { id: 0, a_act_power: 1, b_act_power: 2, c_act_power: 3, total_act_power: 6 } },
      },
    },
    { topic: "pv/status/pm1:0", payload: { apower: 1, aenergy: { total: 1000 }, ret_aenergy: { total: 400 } } },
  ],
  zigbee2mqtt: [
    { topic: "zigbee2mqtt/plug", payload: { power: 85, energy: 2, voltage: 230, current: 0.4, linkquality: 90 } },
    { topic: "zigbee2mqtt/main/power_phase_b", payload: "20" },
    {
      topic: "zigbee2mqtt/clamps",
      payload: { power_a: 3, power_b: 4, power_ab: 1, energy_flow_a: "producing", timestamp_a: T },
    },
  ],
  esphome: [
    { topic: "plug/sensor/l1_power/state", payload: "12.5" },
    { topic: "plug/sensor/energy_consumed_tariff_1/state", payload: "12.5" },
  ],
  "home-assistant": [{ topic: "ha/statestream/sensor/washer_power/state", payload: "850" }],
  homie: [{ topic: "homie/5/plug/meter/power", payload: "85.5" }],
  ewelink: [
    { topic: "sonoff/1", payload: { deviceid: "10009a", params: { power: "61.25", voltage: "230.1" } } },
    { topic: "sonoff/2", payload: { actPow_00: 12345, voltage_00: 23000, current_00: 50, actPow_01: 0 } },
  ],

  p1: [{ topic: "dsmr/raw", payload: `/XYZ5\\Meter-1\r\n\r\n${P1.join("\r\n")}\r\n!\r\n` }],
  "p1-bridge": [
    { topic: "data/devices/utility_meter/active_power_consumption", payload: '{"unit":"kW","value":1.54}' },
    { topic: "p1monitor/smartmeter/consumption_kw", payload: "1.54" },
  ],
  "dsmr-reader": [{ topic: "dsmr/reading/electricity_currently_delivered", payload: "0.512" }],
  homewizard: [
    {
      topic: "home/p1",
      payload: {
        ...{ smr_version: 50, wifi_strength: 80, total_power_import_t1_kwh: 100.5, active_power_w: -543 },
        ...{ active_power_l1_w: -676, total_gas_m3: 12.345, gas_timestamp: 260_310_125_500 },
      },
    },
  ],
  obis: [{ topic: "meter/d0", payload: `/ABC5Meter-9\r\n\r\n${OBIS.join("\r\n")}\r\n!\r\n` }],
  smlreader: [{ topic: "smartmeter/mains/sensor/1/obis/1-0:36.7.0/255/value", payload: "120" }],
  vzlogger: [{ topic: "vzlogger/data/chn0/agg", payload: { timestamp: S * 1000, value: 1234.5 } }],
  teleinfo: [
    {
      topic: "tele/linky/SENSOR",
      payload: {
        Time: T,
        TIC: { ADCO: "061234567890", PTEC: "HP..", HCHC: 1000500, HCHP: 2000250, PAPP: 1230, IINST: 5 },
      },
    },
    { topic: "linky/tic", payload: "\x02\nOPTARIF HC.. <\r\nPTEC HP..  \r\nIINST 003 Z\r\nPAPP 00710 )\r\x03" },
  ],
  ams: [
    {
      topic: "ams/house",
      payload: { id: "AA", name: "ams", up: 5, t: S, rssi: -60, data: { P: 0, PO: 250, U1: 230, I1: 1, tPI: 1234.5 } },
    },
  ],
  glow: [
    {
      topic: "glow/A1/SENSOR/electricitymeter",
      payload: {
        electricitymeter: {
          timestamp: T,
          power: { value: 0.35, units: "kW" },
          energy: { import: { cumulative: 1234.5, units: "kWh" }, export: { cumulative: 1.5, units: "kWh" } },
        },
      },
    },
  ],

  victron: [
    { topic: "N/a1b2c3/grid/30/Ac/Power", payload: { value: -812.5 } },
    { topic: "N/a1b2c3/system/0/Ac/Consumption/L1/Power", payload: { value: 55 } },
    { topic: "house/grid", payload: { grid: { power: 150, energy_forward: 10.5, L1: { power: 150, voltage: 230 } } } },
  ],
  sma: [
    {
      topic: "SMA-EM/status/1900123456",
      payload: { pconsume: 0, psupply: 750, pconsumecounter: 1234.5, timestamp: S },
    },
    { topic: "SMA-EM/status/1900123456/psupply", payload: "750" },
    {
      topic: "sbfspot_1900123456",
      payload: {
        Timestamp: "10/03/2026 13:00:20",
        InvSerial: 1_900_123_456,
        ETotal: 31_234.5,
        PACTot: 3456,
        UAC1: 231,
      },
    },
    { topic: "speedwire", payload: SPEEDWIRE },
  ],
  fronius: [
    {
      topic: "roof/flow",
      payload: {
        Head: { Status: { Code: 0 }, Timestamp: T },
        Body: {
          Data: { Site: { P_Grid: -1200.5, P_Load: -650, P_Akku: -800, P_PV: 2650.5, E_Total: 7000 }, Inverters: {} },
        },
      },
    },
  ],
  growatt: [
    {
      topic: "energy/growatt",
      payload: {
        device: "XYZ4A1",
        time: "2026-03-10T13:00:30",
        buffered: "no",
        values: { pvpowerout: 20505, pvenergytotal: 7 },
      },
    },
  ],
  deye: [
    { topic: "deye/dc/pv1/power", payload: "312.5" },
    { topic: "deye/battery/power", payload: "850" },
    {
      topic: "cellar/inverter",
      payload: {
        ...{ name: "Cellar", ctime: S * 1000, battery: { power: -500, voltage: 51.5 }, pv: { power_PV1: 800 } },
        ...{ grid: { gird_power_total: 50, frequency: 49.98 }, load: { power_total: 450, voltage_phase_A: 231 } },
      },
    },
  ],
  openwb: [
    { topic: "openWB/evu/W", payload: "-1250" },
    { topic: "openWB/counter/0/get/voltages", payload: "[230.1, 231.2, 229.9]" },
  ],
  evcc: [
    { topic: "evcc/site/grid/power", payload: "612" },
    { topic: "evcc/loadpoints/1/chargeCurrents/l1", payload: "15.5" },
    {
      topic: "evcc/state",
      payload: { result: { siteTitle: "Casa", gridPower: 5, batteryPower: 9, loadpoints: [{ chargePower: 7 }] } },
    },
  ],
  iotawatt: [
    {
      topic: "iotawatt/query",
      payload: { range: [S, S + 60], labels: ["Time", "Mains"], data: [["2026-03-10T13:00:00", 612.5]] },
    },
    {
      topic: "iotawatt/status",
      payload: {
        inputs: [
          { channel: 0, Vrms: 230 },
          { channel: 1, Watts: " 5", Pf: 0.9 },
        ],
      },
    },
    { topic: "iotawatt/post", payload: `Mains,device=attic,units=Watts value=612.5 ${S}` },
  ],
  openenergymonitor: [
    { topic: "emon/emontx/power1", payload: "120" },
    { topic: "emon/emonpi", payload: { power1: 5, vrms: 240.5, time: S } },
    { topic: "serial", payload: "MSG:4,Vrms:240.12,P1:500,E1:1234" },
  ],

  emoncms: [
    { topic: "emoncms/input/emontx", payload: { power1: 100, time: S } },
    { topic: "post", payload: `node=emontx&time=${S}&fulljson={"power1":100}` },
    { topic: "feeds", payload: [{ id: "1", name: "use", tag: "emonpi", engine: "5", unit: "W", time: S, value: "5" }] },
  ],
  mbmd: [
    { topic: "mbmd/sdm1-2/Power/L2", payload: "-12.500" },
    { topic: "meters/sdm", payload: { Timestamp: T, Unix: S, Power: 250, PowerL1: 250, Import: 12.5, ExportT1: 3 } },
  ],
  wmbus: [
    {
      topic: "wmbusmeters/00112233",
      payload: {
        ...{ _: "telegram", media: "electricity", meter: "amiplus", name: "House", id: "00112233", timestamp: T },
        ...{ total_energy_consumption_kwh: 1234.5, current_power_consumption_kw: 1.25, voltage_at_phase_1_v: 230 },
      },
    },
  ],
  lorawan: [
    {
      topic: "application/1f/device/0102030405060708/event/up",
      payload: {
        ...{
          time: T,
          devAddr: "01020304",
          data: "AQID",
          deviceInfo: { deviceName: "Hall", deviceProfileName: "Clamp" },
        },
        object: { power: 1250, energy_wh: 7000 },
      },
    },
  ],
  sparkplug: [
    { topic: "spBv1.0/Plant/DDATA/Edge/Press", payload: SPARKPLUG },
    {
      topic: "spBv1.0/Plant/NBIRTH/Edge",
      payload: { timestamp: S * 1000, metrics: [{ name: "Power", alias: 1, value: 5 }] },
    },
  ],
  json: [
    {
      topic: "house/main",
      payload: { ts: S, power: 1250, energy_total: 1234.5, voltage: 231.2, current: 4.3, pf: 0.97 },
    },
    { topic: "house/list", payload: { timestamp: S, values: [{ id: "Hall.Press.Power", v: 5, q: true, t: S }] } },
    { topic: "house/batch", payload: { [S]: { power: 5 }, [S - 60]: { power: 6 } } },
    {
      topic: "solaredge/powerflow",
      payload: {
        pv_production: 3100,
        grid: { consumption: 0, delivery: 1200 },
        battery: { charge: 0, discharge: 150 },
      },
    },
    { topic: "stream", payload: { params: { powGetPvSum: 900, powGetSysGrid: -100, cmsBattSoc: 41 } } },
    { topic: "house/odd", payload: '{"power": nan, "energy": 3}' },
  ],
  csv: [{ topic: "plant/logger", payload: `time;power;energy;Press power\n${T};1250,5;3,25;7` }],
  number: [{ topic: "energy/consumption", payload: "1,25 kW" }],
};
