/** The groups of a frame by their labels; `stamp` where a standard frame dates one. */
export type Groups = Map<string, { readonly value: string; readonly stamp?: string }>;

export interface TicText {
  readonly groups: Groups;
  /** The end of the text, where it is a group that has not ended. */
  readonly left: string;
  /** The label of a group whose check sum is wrong. */
  readonly damaged?: string;
}

/** Frames begin with STX and end with ETX; each group is a line. */
const STX = "\x02";
const ETX = "\x03";
const MOST_GROUPS = 200;
const LONGEST_GROUP = 150;
/** A label, a separator, values and separators, a separator and the check sum, which may be a blank. */
const LABEL = /^[A-Z][A-Z0-9+-]{2,10}[ \t]/;
const KNOWN =
  /(?:^|[\r\n])(?:ADCO|ADSC|OPTARIF|ISOUSC|BASE|HCH[CP]|PTEC|IINST\d?|PAPP|EAST|EASF\d\d|SINSTS\d?|NGTF)[ \t]/;

/** Whether a text is a frame of the TIC or a part of one. */
export function isTicText(text: string): boolean {
  return text.length <= MOST_GROUPS * LONGEST_GROUP && KNOWN.test(inLines(text));
}

function inLines(text: string): string {
  return text.replaceAll(STX, "\n").replaceAll(ETX, "\n");
}

/** The groups in a text, after what was left of the one before. Each is checked; one that is cut at the start is left out. */
export function groupsIn(before: string, text: string): TicText {
  const all = inLines(before + text);
  const lines = all.split(/[\r\n]+/, MOST_GROUPS);
  const isCutAtStart = before === "" && !/^[\r\n]/.test(all);
  const isCutAtEnd = !/[\r\n]$/.test(all);
  const groups: Groups = new Map();
  let damaged: string | undefined;
  let left = "";
  lines.forEach((line, index) => {
    const label = LABEL.exec(line)?.[0].slice(0, -1);
    if (label !== undefined && line.length <= LONGEST_GROUP && isIntact(line)) addGroup(groups, line, label);
    else if (isCutAtEnd && index === lines.length - 1) left = line.length <= LONGEST_GROUP ? line : "";
    else if (label !== undefined && !(isCutAtStart && index === 0)) damaged ??= label;
  });
  return { groups, left, ...(damaged !== undefined && { damaged }) };
}

/** Historic frames sum up to the value, standard ones with the tab behind it. */
function isIntact(line: string): boolean {
  const sum = line.charCodeAt(line.length - 1);
  const separator = line.at(-2);
  if (separator !== " " && separator !== "\t") return false;
  const end = separator === "\t" ? line.length - 1 : line.length - 2;
  let total = 0;
  for (let index = 0; index < end; index += 1) total += line.charCodeAt(index);
  return (total & 0x3f) + 0x20 === sum;
}

/** `PAPP 00190 +`, or between tabs with a stamp that may stand before the value. */
function addGroup(groups: Groups, line: string, label: string): void {
  const said = line.slice(label.length + 1, -2);
  const tab = line.at(-2) === "\t" ? said.indexOf("\t") : -1;
  groups.set(
    label,
    tab < 0 ? { value: said.trim() } : { stamp: said.slice(0, tab), value: said.slice(tab + 1).trim() },
  );
}
