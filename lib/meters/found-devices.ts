import type { Role } from "../energy/reading";
import { matchesFilter } from "../mqtt/topic-filter";
import type { ProfileName } from "./decode";
import { clip } from "./decoded";
import { deviceRoot } from "./device-topics";
import type { Family } from "./family";
import { guessRole } from "./guess-role";
import { meterName } from "./meter-name";

/** What one meter of a device said last, in units of ours; a value that it never said is absent. */
export interface FoundMeter {
  /** Absent: the device itself. */
  readonly channel?: string;
  /** As it calls itself. */
  readonly name?: string;
  readonly role?: Role;
  readonly powerW?: number;
  readonly importWh?: number;
  readonly exportWh?: number;
  readonly volumeM3?: number;
}

/** What one `meter-in` would hear. */
export interface FoundDevice {
  readonly id: number;
  readonly profile: "auto" | ProfileName;
  /** The make, as its family writes it. */
  readonly family: string;
  /** The MQTT filter that catches all that it says. */
  readonly topic: string;
  readonly name: string;
  /** Its messages say how it is called: a node needs no name for it. */
  readonly namesItself: boolean;
  readonly role: Role;
  /** Its meters say what they measure; else `role` is guessed from its words. */
  readonly saysRole: boolean;
  readonly meters: readonly FoundMeter[];
  readonly messages: number;
  /** Arrival of the last message, epoch ms. */
  readonly at: number;
  /** Nothing but what the broker had kept: it may be old. */
  readonly retained: boolean;
}

/** A device while it is listened to. */
export interface HeardDevice {
  readonly id: number;
  readonly family: Family;
  readonly topics: Set<string>;
  filter: string;
  readonly meters: Map<string, FoundMeter>;
  /** Says each value under a topic of its own. */
  oneByOne: boolean;
  messages: number;
  at: number;
  retained: boolean;
}

const ANYTHING: ReadonlySet<ProfileName> = new Set<ProfileName>(["json", "csv", "number"]);

/** Understands whatever comes under any topic: nothing but its topic tells its devices apart. */
export function isAnything({ profile }: Family): boolean {
  return ANYTHING.has(profile);
}

/** The devices as nodes would hear them: what falls under the filter of another that names its meters itself is one with it. */
export function listDevices(heard: readonly HeardDevice[]): FoundDevice[] {
  const devices = heard.map(toFound);
  const wide = new Map<string, FoundDevice[]>();
  for (const device of devices.filter(({ namesItself }) => namesItself)) {
    const key = `${device.profile}\0${literalStart(device.topic).join("/")}`;
    wide.set(key, [...(wide.get(key) ?? []), device]);
  }
  const hosts = new Map(devices.map((device) => [device, hostOf(device, wide)] as const));
  const guests = new Map<FoundDevice, FoundDevice[]>();
  for (const [device, first] of hosts) {
    let host = first;
    // What falls under a host's host falls under that one.
    for (let next = host; next; next = hosts.get(next)) host = next;
    if (host) guests.set(host, [...(guests.get(host) ?? []), device]);
  }
  return withOwnNames(
    devices.filter((device) => !hosts.get(device)).map((device) => asOne(device, guests.get(device) ?? [])),
    new Map(heard.map(({ id, topics: [topic = ""] }) => [id, topic])),
  );
}

function toFound(device: HeardDevice): FoundDevice {
  const { id, family, topics, filter, messages, at, retained } = device;
  const meters = [...device.meters.values()];
  const [topic = ""] = topics;
  const own = meters.find(({ name }) => name !== undefined)?.name;
  const said = meters.find(({ role }) => role !== undefined)?.role;
  const isVolume = meters.every(({ powerW, volumeM3 }) => powerW === undefined && volumeM3 !== undefined);
  const name = own ?? meterName(deviceRoot(topic), "", "");
  return {
    id,
    profile: isAnything(family) ? "auto" : family.profile,
    family: family.about.name,
    topic: filter,
    name,
    namesItself: own !== undefined,
    role: said ?? guessRole(`${name} ${topic}`, isVolume),
    saysRole: said !== undefined,
    meters,
    messages,
    at,
    retained,
  };
}

function literalStart(filter: string): readonly string[] {
  const levels = filter.split("/");
  const open = levels.findIndex((level) => level === "+" || level === "#");
  return open < 0 ? levels : levels.slice(0, open);
}

/** The first device under whose filter this one falls altogether. */
function hostOf(device: FoundDevice, wide: ReadonlyMap<string, readonly FoundDevice[]>): FoundDevice | undefined {
  if (!device.namesItself) return undefined;
  const start = literalStart(device.topic);
  for (let length = 1; length <= start.length; length += 1) {
    const found = wide
      .get(`${device.profile}\0${start.slice(0, length).join("/")}`)
      ?.find((other) => other !== device && isUnder(device, other));
    if (found) return found;
  }
  return undefined;
}

function isUnder({ id, topic }: FoundDevice, other: FoundDevice): boolean {
  if (topic === other.topic) return other.id < id;
  return matchesFilter(other.topic, topic) && (!topic.endsWith("#") || other.topic.endsWith("#"));
}

/** One row; each of its meters then has the role that it says. */
function asOne(host: FoundDevice, guests: readonly FoundDevice[]): FoundDevice {
  if (guests.length === 0) return host;
  const all = [host, ...guests];
  return {
    ...host,
    name: clip(all.map(({ name }) => name).join(", ")),
    meters: all.flatMap(({ meters }) => meters),
    saysRole: true,
    messages: all.reduce((sum, { messages }) => sum + messages, 0),
    at: Math.max(...all.map(({ at }) => at)),
    retained: all.every(({ retained }) => retained),
  };
}

/** Where two devices would be one meter, their names take in more of their topics. */
function withOwnNames(devices: readonly FoundDevice[], topics: ReadonlyMap<number, string>): FoundDevice[] {
  const uses = new Map<string, number>();
  for (const { name } of devices) uses.set(name, (uses.get(name) ?? 0) + 1);
  return devices.map((device) =>
    device.namesItself || uses.get(device.name) === 1
      ? device
      : { ...device, name: meterName(deviceRoot(topics.get(device.id) ?? ""), "#", "") },
  );
}
