import { NOTHING, readings, refused, type Decoded, type DraftReading } from "./decoded";
import type { DecodeSettings } from "./family";
import type { Memory } from "./memory";
import { objectOf, type Message } from "./message";
import { obisLines } from "./obis-lines";
import { partialReadings } from "./obis-memory";
import { obisReadings } from "./obis-readings";
import { hasHeader, telegramsIn } from "./telegram";

/** A telegram of which the end has not come yet. */
interface Begun {
  text: string;
  at: number;
}

/** A piece of a telegram that is older than this has lost its next one. */
const FRESH_MS = 30_000;
/** The longest telegram has two kilobytes of text messages beside its values. */
const LONGEST = 16 * 1024;
const LONGEST_LINE = 2000;
/** Before the first line of a telegram of IEC 62056-21. */
const START = "\x02";

/** The text of a telegram or of a piece of one: the message itself, or what Tasmota heard on its serial line. */
export function telegramText(message: Message): string | undefined {
  const body = objectOf(message);
  if (body) {
    const said = body.SerialReceived ?? body.SSerialReceived ?? body.telegram;
    return typeof said === "string" ? said : undefined;
  }
  if (typeof message.value !== "string") return undefined;
  return message.bytes ? message.bytes.toString("latin1") : message.value;
}

/**
 * The readings of whole telegrams; pieces are put together from "/" to "!". Lines that came alone, before any "/", are read
 * one by one.
 */
export function decodeTelegram(text: string, message: Message, settings: DecodeSettings, memory: Memory): Decoded {
  const { at, topic, retained } = message;
  const context = { zone: settings.zone, arrival: at, retained };
  const begun = memory.of<Begun>("telegram", topic, () => ({ text: "", at: 0 }));
  const before = Math.abs(at - begun.at) <= FRESH_MS ? begun.text : "";
  if (before === "" && !hasHeader(text)) {
    begun.text = "";
    const lines = obisLines(text, 0, text.length);
    if (lines.length === 0) return NOTHING;
    // Some meters have no header; what only lacks it may have lost more.
    if (text.trimStart().startsWith(START) && text.includes("!"))
      return readings(obisReadings(lines, { ...context, whole: true }));
    return isWholeLines(text) ? readings(partialReadings(lines, memory, topic, context)) : NOTHING;
  }

  const { found, rest } = telegramsIn(before + text, before !== "");
  begun.text = rest.length <= LONGEST ? rest : "";
  begun.at = at;
  const drafts: DraftReading[] = [];
  let damage: string | undefined;
  for (const telegram of found) {
    if (telegram.kind === "damaged") damage = telegram.detail;
    else drafts.push(...obisReadings(telegram.lines, { ...context, whole: true }));
  }
  return damage !== undefined && drafts.length === 0 ? refused("damaged", damage) : readings(drafts);
}

/** Nothing cut off at either end: `1-0:21.7.0(…)` that lost its start would be another quantity. */
function isWholeLines(text: string): boolean {
  return text.length <= LONGEST_LINE && /^\s*\d-\d{1,2}:/.test(text) && /\)\s*(?:![^(]*)?$/.test(text);
}

/** Whether a telegram has begun on a topic, so that whatever comes next there is a piece of it. */
export function isUnderWay({ topic, at }: Message, memory: Memory): boolean {
  const begun = memory.known("telegram", topic) as Begun | undefined;
  return begun !== undefined && begun.text !== "" && Math.abs(at - begun.at) <= FRESH_MS;
}

const PIECE = /\d\.\d{1,3}(?:\*\d{1,3})?\([-\d]|\*k?Wh?\)|\*m3\)|^!(?:[0-9A-Fa-f]{4})?\s*$/;

/** Whether a text is an OBIS telegram or a piece of one. */
export function isTelegram(text: string): boolean {
  if (text.length < 2 || text.length > LONGEST * 16) return false;
  return hasHeader(text) || PIECE.test(text);
}
