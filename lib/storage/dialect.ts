import { MysqlAdapter, PostgresAdapter, type Insertable, type Kysely, type Transaction } from "kysely";
import type { Schema } from "./schema";

/** A statement takes no more than so many values. */
export const VALUES_A_STATEMENT = 500;

export type Dialect = "sqlite" | "postgres" | "mysql";

/** Which database a connection or transaction speaks to; `mysql` is MariaDB too. */
export function dialectOf(db: Pick<Kysely<unknown>, "getExecutor">): Dialect {
  const { adapter } = db.getExecutor();
  if (adapter instanceof PostgresAdapter) return "postgres";
  return adapter instanceof MysqlAdapter ? "mysql" : "sqlite";
}

/** Inserts the row and answers the number that it was given. */
export async function insertNumbered<Table extends "ruling" | "correction">(
  trx: Transaction<Schema>,
  table: Table,
  row: Insertable<Schema[Table]>,
): Promise<number> {
  const insert = (trx as Transaction<Pick<Schema, "ruling" | "correction">>)
    .insertInto<"ruling" | "correction">(table)
    .values(row as never);
  if (dialectOf(trx) !== "mysql") return (await insert.returning("id").executeTakeFirstOrThrow()).id;
  return Number((await insert.executeTakeFirstOrThrow()).insertId);
}
