import { fieldOf } from "./field-names";
import { isTelling } from "./meter-name";

/** The part of a topic that names its device: `shellies/plug-1` of `shellies/plug-1/relay/0/power`. */
export function deviceRoot(topic: string): string {
  const parts = topic.split("/");
  return parts.slice(0, rootLength(parts)).join("/");
}

/** The words of a topic that name its device, the same under `tele/plug` and `stat/plug`; the whole topic where none does. */
export function deviceWords(topic: string): string {
  const parts = topic.split("/");
  const words = parts.slice(0, rootLength(parts)).filter((part, index) => isTelling(part, parts[index - 1]));
  return words.length > 0 ? words.join("/") : topic;
}

/**
 * The MQTT filter that catches all of these topics of one device, and of others as little as can be. `oneByOne`: it says each
 * value under a topic of its own, and may say more than was heard.
 */
export function filterOver(topics: readonly string[], oneByOne: boolean): string {
  const [first = ""] = topics;
  const all = topics.map((topic) => topic.split("/"));
  const length = Math.min(...all.map(rootLength));
  const head = commonLevels(all.map((parts) => parts.slice(0, length)));
  // A filter without a word of its own would catch the whole broker.
  if (!head.some((level) => level !== "+")) return first;

  const tails = new Set(all.map((parts) => parts.slice(length).join("/")));
  const [tail = ""] = tails;
  if (tails.size === 1 && tail === "") return head.join("/");
  const isWhole = tails.size === 1 && !oneByOne && !/\d/.test(tail);
  return isWhole ? [...head, tail].join("/") : [...withoutOpenEnd(head), "#"].join("/");
}

/** How many levels lead to the device; all of them where none names one. */
function rootLength(parts: readonly string[]): number {
  return parts.findLastIndex((part, index) => isTelling(part, parts[index - 1]) && !fieldOf(part)) + 1 || parts.length;
}

/** Level by level what all share, and `+` where they differ. */
function commonLevels(all: readonly (readonly string[])[]): readonly string[] {
  const [first = []] = all;
  return first.map((level, index) => (all.every((parts) => parts[index] === level) ? level : "+"));
}

function withoutOpenEnd(head: readonly string[]): readonly string[] {
  return head.slice(0, head.findLastIndex((level) => level !== "+") + 1);
}
