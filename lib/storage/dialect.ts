import { MysqlAdapter, PostgresAdapter, type Kysely, type Transaction } from "kysely";
import type { RulingTable, Schema } from "./schema";
import type { Insertable } from "kysely";

export type Dialect = "sqlite" | "postgres" | "mysql";

/** Which database a connection or transaction speaks to; `mysql` is MariaDB too. */
export function dialectOf(db: Pick<Kysely<unknown>, "getExecutor">): Dialect {
  const { adapter } = db.getExecutor();
  if (adapter instanceof PostgresAdapter) return "postgres";
  return adapter instanceof MysqlAdapter ? "mysql" : "sqlite";
}

/** Inserts the ruling and answers the number that it was given. */
export async function insertRuling(trx: Transaction<Schema>, row: Insertable<RulingTable>): Promise<number> {
  const insert = trx.insertInto("ruling").values(row);
  if (dialectOf(trx) !== "mysql") return (await insert.returning("id").executeTakeFirstOrThrow()).id;
  return Number((await insert.executeTakeFirstOrThrow()).insertId);
}
