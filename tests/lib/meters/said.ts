import { decode, type Decoded, type DecodeSettings, type RawMessage } from "../../../lib/meters/decode";
import { makeMemory } from "../../../lib/meters/memory";

export const ARRIVAL = Date.parse("2026-03-10T12:00:00Z");

/** Decodes one message that arrived at `ARRIVAL`, on a site in Madrid unless told otherwise. */
export function hear(
  topic: string,
  payload: RawMessage["payload"],
  settings: Partial<DecodeSettings> = {},
  message: Partial<RawMessage> = {},
): Decoded {
  return decode({ topic, payload, at: ARRIVAL, ...message }, { profile: "auto", zone: "Europe/Madrid", ...settings });
}

/** Someone who hears message after message: what the last one says, with what the ones before told. */
export function listen(
  settings: Partial<DecodeSettings> = {},
): (topic: string, payload: RawMessage["payload"], afterMs?: number, retained?: boolean) => Decoded {
  const memory = makeMemory();
  return (topic, payload, afterMs = 0, retained = false) =>
    decode(
      { topic, payload, at: ARRIVAL + afterMs, retained },
      { profile: "auto", zone: "Europe/Madrid", ...settings },
      memory,
    );
}

/** As `hear`, for a body that is sent as JSON. */
export function hearJson(topic: string, body: unknown, settings?: Partial<DecodeSettings>): Decoded {
  return hear(topic, Buffer.from(JSON.stringify(body)), settings);
}

export const nothing: Decoded = { kind: "nothing" };

export function readings(...list: object[]): Decoded {
  return { kind: "readings", readings: list };
}
