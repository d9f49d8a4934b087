import { matchesFilter } from "../mqtt/topic-filter";
import { recognise, type DecodedReading, type RawMessage } from "./decode";
import { clip } from "./decoded";
import { deviceWords, filterOver } from "./device-topics";
import type { Family } from "./family";
import { isAnything, listDevices, type FoundDevice, type FoundMeter, type HeardDevice } from "./found-devices";
import { makeMemory, type Memory } from "./memory";
import { tellsEnergy } from "./tells-energy";

export interface Found {
  /** In the order in which they were found. */
  readonly devices: readonly FoundDevice[];
  /** How many topics were heard, and on how many of them nothing was recognised. */
  readonly topics: number;
  readonly otherTopics: number;
  /** There are more devices or topics than are counted. */
  readonly more: boolean;
}

/** Recognises meters among whatever is said on a broker. Never throws; what it remembers is bounded. */
export interface Discovery {
  hear(message: RawMessage): void;
  found(): Found;
}

const MOST_DEVICES = 2_000;
const MOST_TOPICS = 20_000;
const MOST_METERS_OF_A_DEVICE = 40;
/** So many topics tell what its filter is; later ones count where that does not catch them. */
const ENOUGH_TOPICS = 24;
const MOST_TOPICS_OF_A_DEVICE = 64;
/** As long as a filter may be. */
const LONGEST_TOPIC = 1_000;

/** `zone`: of stamps that name none. */
export function makeDiscovery(zone: string): Discovery {
  const devices: HeardDevice[] = [];
  /** By what it calls itself, else by its topic and by what its family remembers of it: either may tell less than a device. */
  const known = new Map<string, HeardDevice>();
  /** Of each topic, whether something was recognised on it. */
  const topics = new Map<string, boolean>();
  const { memory, taken } = makeListenedMemory();
  /** Where messages came that only prepare what others say, by what their family remembers of them. */
  const preparing = new Map<string, string>();
  let more = false;

  const count = (topic: string, isRecognised: boolean): void => {
    if (topics.size < MOST_TOPICS || topics.has(topic)) topics.set(topic, isRecognised || topics.get(topic) === true);
    else more = true;
  };

  const deviceOf = (keys: readonly string[], family: Family): HeardDevice | undefined => {
    let device = keys.map((key) => known.get(key)).find((one) => one !== undefined);
    if (!device) {
      if (devices.length >= MOST_DEVICES) {
        more = true;
        return undefined;
      }
      device = makeDevice(devices.length + 1, family);
      devices.push(device);
    }
    for (const key of keys) if (!known.has(key) && known.size < 2 * MOST_TOPICS) known.set(key, device);
    return device;
  };

  return {
    hear: (raw) => {
      const { topic, at, retained = false } = raw;
      if (!isUsable(topic)) return count(clip(topic), false);
      const { decoded, family, message } = recognise(raw, { profile: "auto", zone }, memory);
      const remembered = taken();
      if (decoded.kind !== "readings" || !family || !message || (isAnything(family) && !tellsEnergy(message))) {
        if (remembered !== undefined && preparing.size < MOST_TOPICS) preparing.set(remembered, topic);
        return count(topic, false);
      }
      count(topic, true);

      const name = decoded.readings.find((reading) => reading.name !== undefined)?.name;
      const device = deviceOf(keysOf(family, topic, name, remembered), family);
      if (!device) return;
      device.messages += 1;
      device.at = at;
      if (!retained) device.retained = false;
      if (message.body === undefined && !isAnything(family)) device.oneByOne = true;
      const prepared = remembered === undefined ? undefined : preparing.get(remembered);
      if (prepared !== undefined && firstLevel(prepared) === firstLevel(topic)) addTopic(device, prepared);
      addTopic(device, topic);
      for (const reading of decoded.readings) hearReading(device, reading, retained);
    },

    found: () => ({
      devices: listDevices(devices),
      topics: topics.size,
      otherTopics: [...topics.values()].filter((isRecognised) => !isRecognised).length,
      more,
    }),
  };
}

/** What a node can subscribe to; `${` and `$(` would name one of our environment variables in its settings. */
function isUsable(topic: string): boolean {
  return topic !== "" && topic.length <= LONGEST_TOPIC && !/[+#\0]|\$[{(]/.test(topic) && !topic.startsWith("$");
}

function keysOf(family: Family, topic: string, name: string | undefined, remembered: string | undefined): string[] {
  const { profile } = family;
  if (isAnything(family)) return [`${profile} topic ${topic}`];
  if (name !== undefined) return [`${profile} name ${name}`];
  const keys = [`${profile} words ${deviceWords(topic)}`];
  return remembered === undefined ? keys : [...keys, `${profile} memory ${remembered}`];
}

const firstLevel = (topic: string): string => topic.slice(0, topic.indexOf("/") + 1);

/** A memory that tells which device a decoder asked it for. */
function makeListenedMemory(): { memory: Memory; taken: () => string | undefined } {
  const inner = makeMemory();
  let asked: string | undefined;
  return {
    memory: {
      of: (profile, device, make) => {
        asked ??= device;
        return inner.of(profile, device, make);
      },
      known: inner.known,
    },
    taken: () => {
      const last = asked;
      asked = undefined;
      return last;
    },
  };
}

function makeDevice(id: number, family: Family): HeardDevice {
  return {
    id,
    family,
    topics: new Set(),
    filter: "",
    meters: new Map(),
    oneByOne: false,
    messages: 0,
    at: 0,
    retained: true,
  };
}

function addTopic(device: HeardDevice, topic: string): void {
  const { topics, filter } = device;
  if (topics.has(topic) || topics.size >= MOST_TOPICS_OF_A_DEVICE) return;
  if (topics.size >= ENOUGH_TOPICS && matchesFilter(filter, topic)) return;
  topics.add(topic);
  device.filter = isAnything(device.family) ? topic : filterOver([...topics], device.oneByOne);
}

function hearReading({ meters }: HeardDevice, reading: DecodedReading, retained: boolean): void {
  const { channel, name, role, powerW, importWh, exportWh, volumeM3 } = reading;
  const key = `${name ?? ""}\0${channel ?? ""}`;
  const before = meters.get(key);
  if (!before && meters.size >= MOST_METERS_OF_A_DEVICE) return;
  const now: FoundMeter = {
    ...(channel !== undefined && { channel: clip(channel, 100) }),
    ...(name !== undefined && { name: clip(name, 100) }),
    ...(role !== undefined && { role }),
    ...(powerW !== undefined && { powerW }),
    ...(importWh !== undefined && { importWh }),
    ...(exportWh !== undefined && { exportWh }),
    ...(volumeM3 !== undefined && { volumeM3 }),
  };
  // What the broker had kept says nothing new of a meter that speaks.
  meters.set(key, retained ? { ...now, ...before } : { ...before, ...now });
}
