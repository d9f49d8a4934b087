/** A text cut where its numbers stand: one more piece than numbers. */
export type Pieces = readonly string[];

/** Texts of numbers, as JSON's are: few sets of pieces, and the numbers in columns by their path. */
export interface Taken {
  readonly shapes: readonly Pieces[];
  /** Which shape each text has, NaN where there is no text. */
  readonly shapeOf: Float64Array;
  readonly columns: ReadonlyMap<string, Float64Array>;
}

const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
/** Stands for a number in a shape's key. A text that holds it is kept whole. */
const MARK = "\0";

/** `text[i]` is rebuilt, letter by letter, by `putBack` of what this gives. */
export function takeApart(texts: readonly (string | null)[]): Taken {
  const shapes = new Map<
    string,
    { readonly index: number; readonly pieces: Pieces; readonly columns: Float64Array[] }
  >();
  const columns = new Map<string, Float64Array>();
  const column = (path: string): Float64Array => {
    const known = columns.get(path) ?? new Float64Array(texts.length).fill(NaN);
    columns.set(path, known);
    return known;
  };

  const shapeOf = Float64Array.from(texts, (text, row) => {
    if (text === null) return NaN;
    const { key, numbers } = cut(text);
    let shape = shapes.get(key);
    if (!shape) {
      const pieces = numbers.length === 0 ? [text] : key.slice(1).split(MARK);
      shape = { index: shapes.size, pieces, columns: pathsOf(pieces).map(column) };
      shapes.set(key, shape);
    }
    for (const [i, values] of shape.columns.entries()) values[row] = numbers[i] ?? NaN;
    return shape.index;
  });
  return { shapes: [...shapes.values()].map(({ pieces }) => pieces), shapeOf, columns };
}

/** The text of a shape, with the numbers that its paths have. */
export function putBack(pieces: Pieces, numbers: readonly number[]): string {
  return pieces.reduce((text, piece, i) => text + String(numbers[i - 1]) + piece);
}

/** A name for each number of a shape, no two alike: its keys with dots between, or its place where the text is no JSON. */
export function pathsOf(pieces: Pieces): string[] {
  const paths = new Set<string>();
  const found = foundPaths(pieces);
  for (let i = 0; i + 1 < pieces.length; i += 1) {
    let path = found.get(i) ?? `#${i}`;
    while (paths.has(path)) path += "#";
    paths.add(path);
  }
  return [...paths];
}

function cut(text: string): { key: string; numbers: number[] } {
  const numbers: number[] = [];
  if (text.includes(MARK)) return { key: `whole ${text}`, numbers };
  const key = text.replace(STRING_OR_NUMBER, (found) => {
    const value = Number(found);
    if (found.startsWith('"') || String(value) !== found) return found;
    numbers.push(value);
    return MARK;
  });
  return { key: `-${key}`, numbers };
}

/** Where each number stands: strings that tell their place are put for the numbers, and looked for. */
function foundPaths(pieces: Pieces): ReadonlyMap<number, string> {
  const paths = new Map<number, string>();
  const look = (value: unknown, path: string): void => {
    if (typeof value === "string" && value.startsWith(MARK)) paths.set(Number(value.slice(1)), path);
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) look(inner, path === "" ? key : `${path}.${key}`);
  };
  try {
    look(JSON.parse(pieces.reduce((text, piece, i) => text + JSON.stringify(`${MARK}${i - 1}`) + piece)), "");
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error; // No JSON: every number is named by its place.
  }
  return paths;
}
