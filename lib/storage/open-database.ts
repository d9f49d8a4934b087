import { openMysql } from "./mysql";
import { openPostgres } from "./postgres";
import { openSqlite } from "./sqlite";
import type { SqlDatabase } from "./sql-database";
import type { WorkerSettings } from "./worker-store";

/** The database that a site's data is in; a server's driver is loaded only where a site asks for it. */
export function openDatabase({ file, durability, server }: WorkerSettings): SqlDatabase {
  if (!server) return openSqlite(file, durability);
  return server.kind === "postgres" ? openPostgres(server, file) : openMysql(server, file);
}
