import Database from "better-sqlite3";
import { execFileSync } from "node:child_process";
import { realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ServerSettings } from "../../lib/storage/server";
import { askServer } from "./databases";
import { findProgram } from "./requires";

/** A database's tables, indexes and views as statements that make them, and nothing of the server's version. */
export function sqliteSchema(file: string): string {
  const raw = new Database(file, { readonly: true });
  try {
    const rows = raw
      .prepare<[], { sql: string }>(
        `select sql from sqlite_master where sql is not null and name not like 'sqlite_%'
         order by type = 'view', type = 'index', name`,
      )
      .all();
    return asText(rows.map(({ sql }) => sql));
  } finally {
    raw.close();
  }
}

export function serverSchema(settings: ServerSettings): Promise<string> {
  return settings.kind === "postgres" ? Promise.resolve(postgresSchema(settings)) : mysqlSchema(settings);
}

function postgresSchema({ host, port, user, database }: ServerSettings): string {
  const dump = join(dirname(realpathSync(findProgram("postgresql") ?? "")), "pg_dump");
  const how = ["--schema-only", "--no-owner", "--no-privileges", "--schema=public"];
  const text = execFileSync(dump, [...how, "-h", host, "-p", String(port), "-U", user, database], { encoding: "utf8" });
  const lines = text.split("\n").filter((line) => !/^(--|SET |\\|SELECT pg_catalog|CREATE SCHEMA)/.test(line));
  return asText(lines.join("\n").split(/;\n+/));
}

async function mysqlSchema(settings: ServerSettings): Promise<string> {
  const tables = (await askServer(
    settings,
    `select table_name as name, table_type as type from information_schema.tables
     where table_schema = '${settings.database}' order by table_type = 'VIEW', table_name`,
  )) as { name: string; type: string }[];
  const statements: string[] = [];
  for (const { name, type } of tables) {
    const [row] = (await askServer(settings, `show create table \`${name}\``)) as Record<string, string>[];
    const made = row?.[type === "VIEW" ? "Create View" : "Create Table"] ?? "";
    statements.push(
      made
        .replace(/ AUTO_INCREMENT=\d+/, "")
        .replace(/ALGORITHM=\S+ DEFINER=\S+ SQL SECURITY \S+ /, "")
        .replaceAll(`\`${settings.database}\`.`, ""),
    );
  }
  return asText(statements);
}

const asText = (statements: readonly string[]): string =>
  statements
    .map((statement) => statement.trim())
    .filter(Boolean)
    .map((statement) => `${statement};\n`)
    .join("\n");
