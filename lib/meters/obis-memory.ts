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
  for (const line of lines) {
    const { meaning, code } = line;
    if (meaning.kind === "power" && meaning.phase === 0) heard.saysPower = true;
    if (line.group !== "" && (heard.lines.size < MOST_LINES || heard.lines.has(code)))
      heard.lines.set(code, { line, at });
  }
  const all = lines.some(({ group }) => group !== "") ? [...lines, ...fitting(lines, heard, at)] : lines;
  const drafts = obisReadings(all, { ...context, whole: false, saysPower: heard.saysPower });
  if (all.length > lines.length) for (const draft of drafts) leaveOutPhases(draft, lines);
  return drafts;
}

/** What was said just before and makes one measure with these lines. */
function fitting(lines: readonly ObisLine[], { lines: before }: Heard, at: number): ObisLine[] {
  const found: ObisLine[] = [];
  for (const { line, at: saidAt } of before.values()) {
    const isFresh = Math.abs(at - saidAt) <= FRESH_MS;
    if (isFresh && lines.some(({ group }) => group === line.group) && !lines.some(({ code }) => code === line.code)) {
      found.push(line);
    }
  }
  return found;
}

/** The other phases were only needed for the sum. */
function leaveOutPhases(draft: DraftReading, lines: readonly ObisLine[]): void {
  const { electrical } = draft;
  if (!electrical?.phases) return;
  const said = new Set(lines.map(({ meaning }) => ("phase" in meaning ? `L${meaning.phase}` : "")));
  const phases = Object.fromEntries(Object.entries(electrical.phases).filter(([name]) => said.has(name)));
  put(draft, "electrical", { ...electrical, phases });
}
