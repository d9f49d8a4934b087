import { NOTHING, readings, refused, type Decoded, type DraftPhase, type DraftReading } from "../decoded";
import type { DecodeSettings, Family } from "../family";
import {
  amps,
  cosine,
  kilowattHours,
  negated,
  net,
  put,
  putElectrical,
  putFrequency,
  putPhase,
  says,
  sum,
  volts,
  watts,
} from "../measures";
import type { Memory } from "../memory";
import { objectOf, type Body, type Message } from "../message";
import { within } from "../numbers";
import { decodeSpeedwire, isSpeedwire } from "../speedwire";
import { KWH, oneValue, spots } from "../spot";
import { instantOf, localInstantOf } from "../stamps";

const PROFILE = "sma";

/** What SMA-EM publishes of a meter one by one; the two directions are fields of their own. */
const SINGLE = spots({
  pconsume: { target: "powerInW" },
  psupply: { target: "powerOutW" },
  pconsumecounter: { target: "importWh", factor: KWH },
  psupplycounter: { target: "exportWh", factor: KWH },
  frequency: { target: "frequencyHz" },
  "p#consume": { target: "powerInW" },
  "p#supply": { target: "powerOutW" },
  "u#": { target: "voltageV" },
  "i#": { target: "currentA" },
  "cosphi#": { target: "powerFactor" },
});

/**
 * SBFspot's JSON of an inverter (W and kWh, its time as DD/MM/YYYY), SMA-EM's of an energy meter (`SMA-EM/status/<serial>`,
 * W and kWh, import and export apart), and the datagrams (Speedwire) that the meters themselves send.
 */
export const sma: Family = {
  profile: PROFILE,
  about: {
    name: "SMA (SBFspot, SMA-EM, Speedwire)",
    topics: ["sbfspot_<serial>", "SMA-EM/status/<serial>", "SMA-EM/status/<serial>/<value>", "SMA-PV/status/<serial>"],
    fields: [
      { measure: "powerW", from: "PACTot, pconsume, psupply, AC Power", unit: "W" },
      { measure: "importWh", from: "ETotal, pconsumecounter", unit: "kWh" },
      { measure: "exportWh", from: "psupplycounter", unit: "kWh" },
      { measure: "electrical", from: "UAC1, IAC1, GridFreq, u1, i1, cosphi1, frequency", unit: "V, A, Hz" },
      { measure: "socPercent", from: "BatChaStt", unit: "%" },
    ],
    tested: [],
    switchedBy: "generic",
  },
  recognises: (message) => {
    if (isSpeedwire(message.bytes)) return true;
    if (topicOf(message)) return true;
    const body = objectOf(message);
    return body !== undefined && (isSbfspot(body) || isMeter(body));
  },

  decode(message, settings, memory) {
    if (isSpeedwire(message.bytes)) return decodeDatagram(message.bytes);
    const body = objectOf(message);
    if (!body) return decodeSingle(message, memory);
    const drafts = isSbfspot(body)
      ? sbfspot(body, message, settings)
      : isMeter(body)
        ? meter(body, message, settings)
        : [inverter(body, message, settings)];
    return readings(drafts.filter(says));
  },
};

interface Topic {
  readonly kind: string;
  readonly serial: string;
  readonly leaf: string | undefined;
}
function topicOf({ parts }: Message): Topic | undefined {
  const start = parts.findIndex((part) => part === "SMA-EM" || part === "SMA-PV");
  if (start < 0 || parts[start + 1] !== "status" || parts.length < start + 3) return undefined;
  return { kind: parts[start] ?? "", serial: parts[start + 2] ?? "", leaf: parts[start + 3] };
}

function decodeDatagram(bytes: Buffer): Decoded {
  const draft = decodeSpeedwire(bytes);
  if (draft === "damaged") return refused("damaged", "the datagram ends before its entries do");
  return draft && says(draft) ? readings([draft]) : NOTHING;
}

function decodeSingle(message: Message, memory: Memory): Decoded {
  const topic = topicOf(message);
  const spot = topic?.kind === "SMA-EM" ? SINGLE.get(topic.leaf ?? "") : undefined;
  if (!topic || !spot) return NOTHING;
  const origin = { name: topic.serial, role: "grid" } as const;
  return oneValue(message.value, spot, origin, { memory, profile: PROFILE, at: message.at });
}

function isSbfspot(body: Body): boolean {
  return ("PACTot" in body || "ETotal" in body) && ("InvSerial" in body || "InvName" in body || "EToday" in body);
}

function sbfspot(body: Body, message: Message, { zone }: DecodeSettings): DraftReading[] {
  const at = localInstantOf(dayFirst(body.Timestamp), zone, message.at, message.retained);
  const solar: DraftReading = { role: "solar" };
  const phases = SBFSPOT_PHASES.map((keys) => sbfspotPhase(body, keys));
  put(solar, "powerW", watts(body.PACTot) ?? sum(phases.map(({ powerW }) => powerW)));
  put(solar, "importWh", kilowattHours(body.ETotal));
  putFrequency(solar, body.GridFreq);
  phases.forEach((phase, index) => putPhase(solar, index, phase));

  const grid: DraftReading = { role: "grid", channel: "grid" };
  put(grid, "powerW", net(watts(body.MeteringWIn), watts(body.MeteringWOut)));

  const battery: DraftReading = { role: "battery", channel: "battery" };
  const voltageV = volts(body.BatVol);
  if (voltageV) {
    const currentA = amps(body.BatAmp);
    put(battery, "socPercent", within(body.BatChaStt, 0, 100));
    putElectrical(battery, { voltageV, ...(currentA !== undefined && { currentA }) });
  }
  const { InvSerial } = body;
  const isSaid = typeof InvSerial === "number" || typeof InvSerial === "string";
  const serial = isSaid ? String(InvSerial).slice(0, 100) : undefined;
  for (const draft of [solar, grid, battery]) {
    put(draft, "at", at);
    put(draft, "serial", serial);
    if (message.topic === "") put(draft, "name", serial);
  }
  return [solar, grid, battery];
}

const SBFSPOT_PHASES = [1, 2, 3].map((number) => ({ u: `UAC${number}`, i: `IAC${number}`, p: `PAC${number}` }));

/** At night there is no voltage: nothing of the phase was measured. */
function sbfspotPhase(body: Body, keys: (typeof SBFSPOT_PHASES)[number]): DraftPhase {
  const phase: DraftPhase = {};
  const voltageV = volts(body[keys.u]);
  if (voltageV === 0) return phase;
  put(phase, "voltageV", voltageV);
  put(phase, "currentA", amps(body[keys.i]));
  put(phase, "powerW", watts(body[keys.p]));
  return phase;
}

const DAY_FIRST = /^(\d\d)[/.-](\d\d)[/.-](\d{4}) (\d\d:\d\d(?::\d\d)?)$/;

/** SBFspot writes 8 November as 08/11, and only where it was told to, 11/08. */
function dayFirst(text: unknown): unknown {
  const match = typeof text === "string" ? DAY_FIRST.exec(text) : null;
  if (!match) return text;
  const [, first = "", second = "", year = "", time = ""] = match;
  const [day, month] = Number(second) > 12 ? [second, first] : [first, second];
  return `${year}-${month}-${day} ${time}`;
}

function isMeter(body: Body): boolean {
  return "pconsume" in body || "psupply" in body;
}

function meter(body: Body, message: Message, { zone }: DecodeSettings): DraftReading[] {
  const grid: DraftReading = { role: "grid" };
  put(grid, "powerW", net(watts(body.pconsume), watts(body.psupply)));
  put(grid, "importWh", kilowattHours(body.pconsumecounter));
  put(grid, "exportWh", kilowattHours(body.psupplycounter));
  putFrequency(grid, body.frequency);
  METER_PHASES.forEach((keys, phase) => putPhase(grid, phase, meterPhase(body, keys)));

  const solar: DraftReading = { role: "solar", channel: "pv" };
  put(solar, "powerW", watts(body.pvsum));
  const home: DraftReading = { role: "load", channel: "home" };
  put(home, "powerW", watts(body.pusage));
  const serial = topicOf(message)?.serial;
  const at = instantOf(body.timestamp, zone, message.at);
  const drafts = [grid, solar, home].filter(says);
  for (const draft of drafts) {
    put(draft, "name", serial);
    put(draft, "at", at);
  }
  put(grid, "serial", serial);
  return drafts;
}

/** Made once: each phase has names of its own. */
const METER_PHASES = [1, 2, 3].map((number) => ({
  consume: `p${number}consume`,
  supply: `p${number}supply`,
  consumed: `p${number}consumecounter`,
  supplied: `p${number}supplycounter`,
  u: `u${number}`,
  i: `i${number}`,
  cosphi: `cosphi${number}`,
}));

function meterPhase(body: Body, keys: (typeof METER_PHASES)[number]): DraftPhase {
  const phase: DraftPhase = {};
  put(phase, "powerW", net(watts(body[keys.consume]), watts(body[keys.supply])));
  put(phase, "importWh", kilowattHours(body[keys.consumed]));
  put(phase, "exportWh", kilowattHours(body[keys.supplied]));
  put(phase, "voltageV", volts(body[keys.u]));
  put(phase, "currentA", amps(body[keys.i]));
  put(phase, "powerFactor", cosine(body[keys.cosphi]));
  return phase;
}

/** What SMA-EM reads from an inverter over Modbus; a battery's is positive when it discharges. */
function inverter(body: Body, message: Message, { zone }: DecodeSettings): DraftReading {
  const isBattery = body.DeviceClass === "Battery Inverter";
  const draft: DraftReading = { role: isBattery ? "battery" : "solar" };
  const powerW = watts(body["AC Power"]);
  put(draft, "powerW", isBattery ? negated(powerW) : powerW);
  putFrequency(draft, body["grid frequency"]);
  put(draft, "name", topicOf(message)?.serial);
  put(draft, "serial", draft.name);
  put(draft, "at", instantOf(body.timestamp, zone, message.at));
  return draft;
}
