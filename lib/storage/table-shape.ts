import { sql, type Kysely } from "kysely";
import { QUARTER_MS } from "../energy/quarters";
import { minuteOf } from "./hot-readings";
import { INDEX_INNER, INDEX_LEAF, TABLE_LEAF, type Cell, type Value } from "./page-cells";
import type { Schema } from "./schema";

export type Row = Readonly<Record<string, Value>>;

/** What a row of a table looks like where it lies in the file. */
export interface TableShape {
  readonly name: string;
  /** Rows lie by their number; else by their key, which comes first. */
  readonly hasRowid: boolean;
  readonly columns: readonly Column[];
}

interface Column {
  readonly name: string;
  readonly type: "whole" | "number" | "text" | "blob";
  readonly isNullable: boolean;
  /** It is the row's number, which stands elsewhere. */
  readonly isRowid: boolean;
}

/** Texts that are read as JSON. */
const JSON_COLUMNS = ["more", "registers", "body", "formula"];
/** What tells rows from chance, and from those of tables that look alike. */
const SANE: Readonly<Record<string, (row: Row) => boolean>> = {
  reading: ({ minute, at }) => minute === minuteOf(Number(at)),
  quarter: ({ start }) => Number(start) % QUARTER_MS === 0,
  dirty: ({ start }) => Number(start) % QUARTER_MS === 0,
  day: ({ start, end }) => Number(end) > Number(start),
  chunk: ({ start, end }) => Number(end) >= Number(start),
  token: ({ hash }) => /^[0-9a-f]{64}$/.test(String(hash)),
  memory: ({ value }) => isJson(value ?? null),
  advice: ({ body }) => String(body).includes('"evidence"'),
};

/** The tables that the code makes, as a sound database tells of them. */
export async function shapesOf(db: Kysely<Schema>): Promise<TableShape[]> {
  const { rows } = await sql<{ table: string; wr: number; name: string; type: string; notnull: number; pk: number }>`
    select list.name as "table", list.wr, info.name, info.type, info."notnull", info.pk
    from pragma_table_list as list, pragma_table_info(list.name) as info
    where list.schema = 'main' and list.type = 'table'
    order by list.name, info.cid`.execute(db);
  const shapes = new Map<string, (Column & { readonly pk: number })[]>();
  const withRowid = new Set<string>();
  for (const { table, wr, name, type, notnull, pk } of rows) {
    if (/^(sqlite|kysely)_/.test(table)) continue;
    const columns = shapes.get(table) ?? [];
    shapes.set(table, columns);
    if (wr === 0) withRowid.add(table);
    const mayBeRowid = wr === 0 && pk === 1 && type.toLowerCase() === "integer";
    columns.push({ name, type: typeOf(type), isNullable: notnull === 0 && pk === 0, isRowid: mayBeRowid, pk });
  }
  return [...shapes].map(([name, columns]) => {
    const hasRowid = withRowid.has(name);
    const key = columns.filter(({ pk }) => pk > 0).sort((a, b) => a.pk - b.pk);
    const rest = columns.filter(({ pk }) => pk === 0);
    const ordered = hasRowid ? columns : [...key, ...rest];
    return {
      name,
      hasRowid,
      columns: ordered.map((column) => ({ ...column, isRowid: column.isRowid && key.length === 1 })),
    };
  });
}

function typeOf(type: string): Column["type"] {
  if (/int/i.test(type)) return "whole";
  if (/doub|real/i.test(type)) return "number";
  return /blob/i.test(type) ? "blob" : "text";
}

/** The row that a cell holds, or nothing where it cannot be one of this table. */
export function toRow({ columns, name, hasRowid }: TableShape, { values, rowid }: Cell): Row | undefined {
  if (values.length > columns.length || hasRowid !== (rowid !== undefined)) return undefined;
  const row: Record<string, Value> = {};
  for (const [index, column] of columns.entries()) {
    const value = column.isRowid ? (rowid ?? null) : (values[index] ?? null);
    if (!fits(column, value)) return undefined;
    row[column.name] = value;
    if (value === null || !JSON_COLUMNS.includes(column.name) || column.type !== "text" || isJson(value)) continue;
    if (!column.isNullable) return undefined;
    row[column.name] = null;
  }
  return SANE[name]?.(row) === false ? undefined : row;
}

function fits({ type, isNullable, isRowid }: Column, value: Value): boolean {
  if (value === null) return isNullable && !isRowid;
  if (type === "whole") return Number.isSafeInteger(value);
  if (type === "number") return typeof value === "number" && Number.isFinite(value);
  return type === "blob" ? Buffer.isBuffer(value) : typeof value === "string";
}

export function isJson(value: Value): boolean {
  try {
    JSON.parse(String(value));
    return true;
  } catch {
    return false; // that is the answer
  }
}

/** The kinds of pages that rows of the table lie in. */
export function kindsOf({ hasRowid }: TableShape): readonly number[] {
  return hasRowid ? [TABLE_LEAF] : [INDEX_LEAF, INDEX_INNER];
}
