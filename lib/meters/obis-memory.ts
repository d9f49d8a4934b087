import type { DraftReading } from "./decoded";
import { put } from "./measures";
import type { Memory } from "./memory";
import type { ObisLine } from "./obis-lines";
import { obisReadings } from "./obis-readings";

interface Line {
  readonly line: ObisLine;
  readonly at: number;
}

/** What a meter that says its values one by one said lately. */
interface Heard {
  readonly lines: Map<string, Line>;
  saysPower: boolean;
}

/** Values that were said longer ago are not of the same time. */
const FRESH_MS = 60_000;
const MOST_LINES = 100;

/**
 * The readings of some lines of a meter that says its values one by one, completed with what it said just before: the other
 * direction of power, the other tariffs, the kind of a meter on its M-Bus.
 */
export function partialReadings(
  lines: readonly ObisLine[],
  memory: Memory,
  device: string,
  context: { readonly zone: string; readonly arrival: number; readonly retained: boolean },
): DraftReading[] {
  const heard = memory.of<Heard>("obis", device, () => ({ lines: new Map(), saysPower: false }));
  const at = context.arrival;
  const groups = new Set<string>();
  for (const line of lines) {
    const { meaning, code } = line;
    if (meaning.kind === "power" && meaning.phase === 0) heard.saysPower = true;
    groups.add(groupOf(line));
    if (heard.lines.size < MOST_LINES || heard.lines.has(code)) heard.lines.set(code, { line, at });
  }
  groups.delete("");
  const said = new Set(lines.map(({ code }) => code));
  const before = [...heard.lines.values()].filter(
    (one) => groups.has(groupOf(one.line)) && !said.has(one.line.code) && Math.abs(at - one.at) <= FRESH_MS,
  );
  const all = [...lines, ...before.map(({ line }) => line)];
  const drafts = obisReadings(all, { ...context, whole: false, saysPower: heard.saysPower });
  for (const draft of drafts) leaveOutPhases(draft, lines);
  return drafts;
}

/** The other phases were only needed for the sum. */
function leaveOutPhases(draft: DraftReading, lines: readonly ObisLine[]): void {
  const { electrical } = draft;
  if (!electrical?.phases) return;
  const said = new Set(lines.map(({ meaning }) => ("phase" in meaning ? `L${meaning.phase}` : "")));
  const phases = Object.fromEntries(Object.entries(electrical.phases).filter(([name]) => said.has(name)));
  put(draft, "electrical", { ...electrical, phases });
}

/** Lines that make one measure together share a group; empty: it stands alone. */
function groupOf({ meaning }: ObisLine): string {
  const { kind } = meaning;
  if (kind === "power" || kind === "reactive") return meaning.phase > 0 ? `${kind} of phases` : kind;
  if (kind === "energy") return meaning.phase > 0 ? "" : `energy ${meaning.way}`;
  return "device" in meaning && meaning.device > 0 ? `device ${meaning.device}` : "";
}
