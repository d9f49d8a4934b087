import { sql, type ColumnDataType, type ColumnDefinitionBuilder, type RawBuilder } from "kysely";
import type { Dialect } from "./dialect";

type Type = ColumnDataType | RawBuilder<unknown>;

/** What a table is made of, in the words of one database. Texts compare byte by byte in all of them. */
export interface ColumnTypes {
  /** A text that keys hold; no longer than told where the database must know. */
  name(length: number): Type;
  readonly text: Type;
  /** Some kilobytes. */
  readonly blob: Type;
  /** The type of a row's own number, and what makes the database count it up. */
  readonly id: Type;
  counted(column: ColumnDefinitionBuilder): ColumnDefinitionBuilder;
  /** What stands at the end of a table that is sorted by its key. */
  readonly byKey: RawBuilder<unknown>;
  readonly plain: RawBuilder<unknown>;
}

const NOTHING = sql``;

/** `server`: what the database says of its version. */
export function columnTypes(dialect: Dialect, server: string): ColumnTypes {
  if (dialect === "postgres") {
    const text = sql`text collate "C"`;
    return {
      name: () => text,
      text,
      blob: "bytea",
      id: "integer",
      counted: (column) => column.generatedByDefaultAsIdentity(),
      byKey: NOTHING,
      plain: NOTHING,
    };
  }
  if (dialect === "mysql") {
    // utf8mb4_bin would take "a" and "a " for one name.
    const collation = sql.raw(/mariadb/i.test(server) ? "utf8mb4_nopad_bin" : "utf8mb4_0900_bin");
    const end = sql`engine = InnoDB default charset = utf8mb4 collate = ${collation}`;
    return {
      name: (length) => sql`varchar(${sql.lit(length)})`,
      text: sql`longtext`,
      blob: sql`longblob`,
      id: "integer",
      counted: (column) => column.autoIncrement(),
      byKey: end,
      plain: end,
    };
  }
  return {
    name: (length) => `varchar(${length})`,
    text: "text",
    blob: "blob",
    id: "integer",
    counted: (column) => column.autoIncrement(),
    byKey: sql`without rowid`,
    plain: NOTHING,
  };
}
