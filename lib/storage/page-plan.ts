import { INDEX_INNER, INDEX_LEAF, isInner, readPage, TABLE_INNER, TABLE_LEAF, type Page } from "./page-cells";
import type { PageFile } from "./page-file";
import { kindsOf, toRow, type Row, type TableShape } from "./table-shape";

/** Where the rows of each table lie in a file, and how to read them there. */
export interface PagePlan {
  /** The pages of a table, or of an index by its name. */
  pagesOf(name: string): readonly number[];
  /** The rows in one of the table's pages, and how many are lost with it. */
  rowsOf(shape: TableShape, page: number): { readonly rows: Row[]; readonly lost: number };
  /** Whether the way to some pages of the table is damaged. */
  isHurt(name: string): boolean;
}

/** Two whole numbers make a mark: many entries of indexes look like that, and marks can be made anew. */
const NEVER_GUESSED = ["dirty"];

/**
 * Follows the trees of a file. Pages that no sound way leads to are recognised by what is in them; those that SQLite has given
 * up are not, for they hold what was deleted.
 */
export function planPages(file: PageFile, shapes: readonly TableShape[]): PagePlan {
  const pages = new Map<string, number[]>();
  const seen = new Set<number>([1]);
  const hurt = new Set<string>();

  const walk = (name: string, root: number, isTable: boolean): void => {
    const own = pages.get(name) ?? [];
    pages.set(name, own);
    const [leaf, inner] = isTable ? [TABLE_LEAF, TABLE_INNER] : [INDEX_LEAF, INDEX_INNER];
    const stack = [root];
    for (let number = stack.pop(); number !== undefined; number = stack.pop()) {
      if (number < 1 || number > file.pages || seen.has(number)) {
        hurt.add(name);
        continue;
      }
      const kind = file.kind(number);
      if (kind === inner) {
        const { children, lost } = readPage(file, number, kind);
        if (lost > 0) hurt.add(name);
        stack.push(...children.toReversed());
      } else if (kind !== leaf) {
        hurt.add(name);
        // Another tree's page is found by that.
        if (kind === TABLE_LEAF || kind === INDEX_LEAF || isInner(kind)) continue;
      }
      seen.add(number);
      if (kind !== TABLE_INNER) own.push(number);
    }
  };

  const roots = rootsOf(file);
  for (const { type, name, root } of roots) {
    const shape = shapes.find((one) => one.name === name);
    walk(name, root, type === "table" && (shape?.hasRowid ?? true));
  }
  for (const { name } of shapes) if (!pages.has(name)) hurt.add(name);
  if (hurt.size > 0) {
    const free = freePages(file);
    const likely = [...shapes].sort((a, b) => Number(hurt.has(b.name)) - Number(hurt.has(a.name)));
    for (let number = 2; number <= file.pages; number += 1) {
      if (seen.has(number) || free.has(number)) continue;
      const name = guess(file, number, likely);
      if (name !== undefined) pages.set(name, [...(pages.get(name) ?? []), number]);
    }
  }

  return {
    pagesOf: (name) => pages.get(name) ?? [],
    rowsOf: (shape, number) => {
      const { cells, lost } = readRows(file, number, shape);
      const rows = cells.map((cell) => toRow(shape, cell)).filter((row) => row !== undefined);
      return { rows, lost: lost + cells.length - rows.length };
    },
    isHurt: (name) => hurt.has(name),
  };
}

function readRows(file: PageFile, number: number, shape: TableShape): Page {
  const [leaf = TABLE_LEAF] = kindsOf(shape);
  const kind = file.kind(number);
  return readPage(file, number, kindsOf(shape).includes(kind) ? kind : leaf);
}

/** The table whose rows are in a page. */
function guess(file: PageFile, number: number, shapes: readonly TableShape[]): string | undefined {
  const kind = file.kind(number);
  const alike = shapes.filter((shape) => kindsOf(shape).includes(kind) && !NEVER_GUESSED.includes(shape.name));
  if (alike.length === 0) return undefined;
  const { cells } = readPage(file, number, kind);
  return alike.find((shape) => {
    const rows = cells.filter((cell) => cell.values.length === shape.columns.length && toRow(shape, cell));
    return rows.length > 0 && rows.length >= cells.length / 2;
  })?.name;
}

interface Root {
  readonly type: string;
  readonly name: string;
  readonly root: number;
}

/** What the file says of its tables and indexes, as far as it can be read. */
function rootsOf(file: PageFile): Root[] {
  const roots: Root[] = [];
  const stack = [1];
  for (let turns = 0; turns < 100; turns += 1) {
    const number = stack.pop();
    if (number === undefined || number < 1 || number > file.pages) break;
    const isParent = file.kind(number) === TABLE_INNER;
    const { cells, children } = readPage(file, number, isParent ? TABLE_INNER : TABLE_LEAF);
    stack.push(...children);
    for (const { values } of cells) {
      const [type, name, , root] = values;
      if (typeof type !== "string" || typeof name !== "string" || typeof root !== "number") continue;
      if (root > 1 && root <= file.pages) roots.push({ type, name, root });
    }
  }
  return roots;
}

function freePages(file: PageFile): Set<number> {
  const free = new Set<number>();
  const isPage = (number: number): boolean => number > 1 && number <= file.pages && !free.has(number);
  for (let trunk = file.page(1).readUInt32BE(32); isPage(trunk);) {
    free.add(trunk);
    const page = file.page(trunk);
    const count = Math.min(page.readUInt32BE(4), file.pageSize / 4 - 2);
    for (let index = 0; index < count; index += 1) free.add(page.readUInt32BE(8 + 4 * index));
    trunk = page.readUInt32BE(0);
  }
  return free;
}
