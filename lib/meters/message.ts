import { NOTHING, refused, type Decoded } from "./decoded";
import { mendJson } from "./mend-json";

/** One message as it came. */
export interface RawMessage {
  readonly topic: string;
  readonly payload: Buffer | string | number | boolean | object;
  /** Arrival, epoch ms. */
  readonly at: number;
  readonly retained?: boolean;
}

/** A JSON object from outside. */
export type Body = Readonly<Record<string, unknown>>;

/** A message opened once: a body where the payload was JSON, else its text or number. */
export interface Message {
  readonly topic: string;
  readonly parts: readonly string[];
  /** The last part of the topic. */
  readonly leaf: string;
  readonly at: number;
  readonly retained: boolean;
  readonly body?: Body | readonly unknown[];
  /** As it came, where it came as bytes. */
  readonly bytes?: Buffer;
  /** What is no JSON object or list. */
  readonly value?: string | number | boolean;
}

/** A meter says less; the worst JSON of this size is read well within 20 ms, on a slow machine too. */
const MAX_BYTES = 128 * 1024;
const MAX_DEPTH = 64;

/** Opens a message, or says why not. Size and nesting are looked at before anything is parsed. */
export function openMessage(raw: RawMessage): Message | Decoded {
  const { payload, topic, at } = raw;
  const parts = topic.split("/");
  const leaf = parts[parts.length - 1] ?? "";
  const bytes = Buffer.isBuffer(payload) && { bytes: payload };
  const head = { topic, parts, leaf, at, retained: raw.retained === true, ...bytes };

  if (typeof payload === "number" || typeof payload === "boolean") return { ...head, value: payload };
  if (typeof payload !== "string" && !Buffer.isBuffer(payload))
    return isBody(payload) ? { ...head, body: payload } : NOTHING;

  if (payload.length > MAX_BYTES) return refused("too-big", `${payload.length} bytes, at most ${MAX_BYTES}`);
  const text = (typeof payload === "string" ? payload : payload.toString("utf8")).trim();
  if (text === "") return NOTHING;
  const first = text.charCodeAt(0);
  if (first !== OPEN_BRACE && first !== OPEN_BRACKET)
    return { ...head, value: first === QUOTE ? unquoted(text) : text };
  if (isTooDeep(text)) return refused("too-deep", `more than ${MAX_DEPTH} levels`);
  const body = parsed(text);
  return body === undefined ? refused("not-json", text) : { ...head, body };
}

/** A JSON object that came inside a text, or nothing where it is none. */
export function parseBody(text: string): Body | undefined {
  const isOpen = text.startsWith("{") && text.length <= MAX_BYTES && !isTooDeep(text);
  return isOpen ? (parsed(text) as Body | undefined) : undefined;
}

/** JSON, or what becomes JSON once numbers that are none and control characters are taken out. */
function parsed(text: string): Body | readonly unknown[] | undefined {
  try {
    return JSON.parse(text) as Body;
  } catch {
    const mended = mendJson(text);
    try {
      return mended === undefined ? undefined : (JSON.parse(mended) as Body);
    } catch {
      return undefined;
    }
  }
}

export function isBody(value: unknown): value is Body | readonly unknown[] {
  return typeof value === "object" && value !== null;
}

/** The object under a key, or nothing; never an inherited one. */
export function objectAt(body: Body, key: string): Body | undefined {
  const value = Object.hasOwn(body, key) ? body[key] : undefined;
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Body) : undefined;
}

/** The body where it is one object. */
export function objectOf(message: Message): Body | undefined {
  return message.body && !Array.isArray(message.body) ? (message.body as Body) : undefined;
}

const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Few texts have so many brackets that their nesting must be looked at. */
function hasManyBrackets(text: string): boolean {
  let count = 0;
  for (const bracket of ["{", "["]) {
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1)) {
      if (++count > MAX_DEPTH) return true;
    }
  }
  return false;
}

function isTooDeep(text: string): boolean {
  if (!hasManyBrackets(text)) return false;
  let depth = 0;
  let quoted = false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (quoted) {
      if (code === BACKSLASH) index++;
      else if (code === QUOTE) quoted = false;
    } else if (code === QUOTE) quoted = true;
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      if (++depth > MAX_DEPTH) return true;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth--;
  }
  return false;
}

/** A text that came as a JSON string. */
function unquoted(text: string): string {
  return text.length > 1 && text.endsWith('"') ? text.slice(1, -1).trim() : text;
}
