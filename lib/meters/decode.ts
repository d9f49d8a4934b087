import { NOTHING, refused, type Decoded } from "./decoded";
import { FAMILIES } from "./families";
import type { DecodeSettings, Family, ProfileName } from "./family";
import { makeMemory, type Memory } from "./memory";
import { openMessage, type Message, type RawMessage } from "./message";
import { isHousekeeping, isSmallTalk } from "./small-talk";

const BY_PROFILE = new Map<ProfileName, Family>(FAMILIES.map((family) => [family.profile, family]));

/**
 * What a message says about energy. Never throws, and every number it gives is finite. Whoever hears message after message
 * hands over the same `memory` each time.
 */
export function decode(raw: RawMessage, settings: DecodeSettings, memory: Memory = makeMemory()): Decoded {
  return recognise(raw, settings, memory).decoded;
}

/** What was made of a message: opened and by whom, where it came to that. */
export interface Recognised {
  readonly decoded: Decoded;
  readonly message?: Message;
  readonly family?: Family;
}

/** As `decode`, and which family understood it. */
export function recognise(raw: RawMessage, settings: DecodeSettings, memory: Memory): Recognised {
  if (isHousekeeping(raw.topic)) return { decoded: NOTHING };
  const message = openMessage(raw);
  if ("kind" in message) return { decoded: message };
  if (isSmallTalk(message.value)) return { decoded: NOTHING };
  const { profile } = settings;
  const family =
    profile === "auto" ? FAMILIES.find((some) => some.recognises(message, memory)) : BY_PROFILE.get(profile);
  if (!family) return { decoded: refused("not-understood", message.topic), message };
  return { decoded: family.decode(message, settings, memory), message, family };
}

export type { Decoded, DecodedReading, Reason } from "./decoded";
export type { DecodeSettings, JsonPaths, ProfileName } from "./family";
export type { RawMessage } from "./message";
