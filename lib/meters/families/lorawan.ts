import { NOTHING, readings, refused, type Decoded, type DraftPhase, type DraftReading } from "../decoded";
import type { DecodeSettings, Family } from "../family";
import { findMeasures } from "../generic-body";
import { amps, put, putElectrical, says, volts, wattHours, watts } from "../measures";
import { objectAt, objectOf, parseBody, type Body, type Message } from "../message";
import { fraction } from "../named-measures";
import { scaled } from "../numbers";
import { instantOf } from "../stamps";

/** An uplink, whoever's network server wrapped it. */
interface Uplink {
  /** What a codec made of the bytes; nothing where none is set up. */
  readonly decoded?: Body;
  readonly packed: boolean;
  readonly name: string;
  readonly time: unknown;
  /** What is needed where there is no codec. */
  readonly codec: string;
}

/**
 * Uplinks of ChirpStack 3 and 4 and of The Things Stack: what the device profile's codec (or payload formatter) made of the
 * bytes, by its usual names. Without a codec there are only the bytes, and the reason says which one is needed.
 */
export const lorawan: Family = {
  profile: "lorawan",
  about: {
    name: "LoRaWAN (ChirpStack 3 and 4, The Things Stack)",
    topics: ["application/<id>/device/<eui>/event/up", "v3/<application>@<tenant>/devices/<device>/up"],
    fields: [
      { measure: "powerW", from: "object, decoded_payload: power, active_power, …", unit: "W" },
      { measure: "importWh", from: "object, decoded_payload: energy, total, …; power_consumption", unit: "kWh, Wh" },
      { measure: "volumeM3", from: "object, decoded_payload: volume, gas, water", unit: "m³" },
      { measure: "electrical", from: "object, decoded_payload: voltage, current, power_factor", unit: "V, A" },
    ],
    tested: [],
    switchedBy: "generic",
  },
  recognises: (message) => {
    if (eventOf(message) !== undefined) return true;
    const body = objectOf(message);
    return body !== undefined && (isFromServer(body) || isMilesight(body));
  },

  decode(message, settings) {
    const body = objectOf(message);
    const event = eventOf(message);
    if (!body) {
      if (isOther(event)) return NOTHING;
      return event === undefined
        ? refused("not-json", String(message.value))
        : refused("needs-codec", "Protobuf: set the MQTT integration of the network server to JSON");
    }
    if (isOther(event)) return NOTHING;
    const uplink = uplinkOf(body);
    if (!uplink) return isMilesight(body) ? decodeObject(body, undefined, settings) : NOTHING;
    if (uplink.decoded) return decodeObject(uplink.decoded, stamped(uplink, message, settings), settings);
    return uplink.packed ? refused("needs-codec", uplink.codec) : NOTHING;
  },
};

const TTS_EVENTS: ReadonlySet<string> = new Set(["up", "join", "down", "service", "location"]);
/** Of ChirpStack before 3.11. */
const OLD_EVENTS: ReadonlySet<string> = new Set(["rx", "join", "ack", "error", "status", "tx", "location"]);

/** `application/…/event/join`, `v3/…/devices/…/down/ack`: what the message tells of. */
function eventOf({ parts }: Message): string | undefined {
  const device = parts.findIndex((part) => part === "device" || part === "devices");
  if (device < 1) return undefined;
  const [kind, event] = parts.slice(device + 2);
  if (parts[device - 2] === "v3" && parts[device] === "devices") return TTS_EVENTS.has(kind ?? "") ? kind : undefined;
  if (parts[device - 2] !== "application" || parts[device] !== "device") return undefined;
  if (kind === "event") return event;
  return kind !== undefined && OLD_EVENTS.has(kind) ? kind : undefined;
}

function isOther(event: string | undefined): boolean {
  return event !== undefined && event !== "up" && event !== "rx";
}

function isFromServer(body: Body): boolean {
  return (
    objectAt(body, "end_device_ids") !== undefined ||
    (objectAt(body, "deviceInfo") !== undefined && "devAddr" in body) ||
    ("applicationID" in body && "devEUI" in body)
  );
}

function uplinkOf(body: Body): Uplink | undefined {
  const ids = objectAt(body, "end_device_ids");
  if (ids) {
    const uplink = objectAt(body, "uplink_message");
    const application = textAt(objectAt(ids, "application_ids") ?? {}, "application_id");
    return (
      uplink && {
        ...decodedAt(uplink, "decoded_payload"),
        packed: typeof uplink.frm_payload === "string" && uplink.frm_payload !== "",
        name: textAt(ids, "device_id"),
        time: uplink.received_at ?? body.received_at,
        codec: `payload formatter of application ${application}`,
      }
    );
  }
  const info = objectAt(body, "deviceInfo") ?? ("devEUI" in body ? body : undefined);
  if (!info) return undefined;
  const profile = textAt(info, "deviceProfileName") || textAt(info, "applicationName");
  return {
    ...(decodedAt(body, "object") ?? parsedAt(body, "objectJSON")),
    packed: typeof body.data === "string" && body.data !== "",
    name: textAt(info, "deviceName"),
    time: body.time ?? body.publishedAt,
    codec: `payload codec of device profile ${profile}`,
  };
}

function decodedAt(body: Body, key: string): { decoded: Body } | undefined {
  const decoded = objectAt(body, key);
  return decoded && Object.keys(decoded).length > 0 ? { decoded } : undefined;
}

/** ChirpStack 3 hands the object on as a text. */
function parsedAt(body: Body, key: string): { decoded: Body } | undefined {
  const decoded = parseBody(textAt(body, key));
  return decoded && decodedAt({ decoded }, "decoded");
}

function stamped(uplink: Uplink, message: Message, settings: DecodeSettings): DraftReading {
  const head: DraftReading = {};
  put(head, "name", uplink.name || undefined);
  put(head, "at", instantOf(uplink.time, settings.zone, message.at));
  return head;
}

function decodeObject(object: Body, head: DraftReading = {}, settings: DecodeSettings): Decoded {
  const draft = isMilesight(object) ? milesight(object) : findMeasures(object, settings).draft;
  return draft && says(draft) ? readings([{ ...draft, ...head }]) : NOTHING;
}

/** Milesight's sockets: W and V, but Wh, mA and percent under names that say none of it. */
function isMilesight(body: Body): boolean {
  return "active_power" in body && "power_consumption" in body;
}

function milesight(body: Body): DraftReading {
  const draft: DraftReading = {};
  put(draft, "powerW", watts(body.active_power));
  put(draft, "importWh", wattHours(body.power_consumption));
  const electrical: DraftPhase = {};
  put(electrical, "voltageV", volts(body.voltage));
  put(electrical, "currentA", amps(scaled(body.current, 0.001)));
  put(electrical, "powerFactor", fraction(body.power_factor));
  putElectrical(draft, electrical);
  return draft;
}

function textAt(body: Body, key: string): string {
  const value = Object.hasOwn(body, key) ? body[key] : undefined;
  return typeof value === "string" ? value.slice(0, 100_000) : "";
}
