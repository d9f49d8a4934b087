import { sql, type CreateTableBuilder, type Kysely } from "kysely";
import type { Migration, MigrationProvider } from "kysely/migration";
import { columnTypes, type ColumnTypes } from "./column-types";
import { dialectOf, type Dialect } from "./dialect";
import { setTableAside } from "./imported-table";
import { makeViews } from "./views";

/** Released schemas never change: a new one is a new entry. */
export const MIGRATIONS: MigrationProvider = {
  getMigrations: () => Promise.resolve({ "0001-first": first }),
};

const first: Migration = {
  up: async (db: Kysely<unknown>) => {
    const { schema } = db;
    const dialect = dialectOf(db);
    const types = await typesOf(db, dialect);
    await schema
      .createTable("meter")
      .ifNotExists()
      .addColumn("id", types.id, (column) => types.counted(column.primaryKey()))
      .addColumn("key", types.name(200), (column) => column.notNull().unique())
      .addColumn("role", types.name(16), (column) => column.notNull())
      .addColumn("gapLimitMs", "bigint", (column) => column.notNull())
      .addColumn("staleMs", "bigint")
      .addColumn("maxPowerW", "double precision")
      .addColumn("rolloverWh", "double precision")
      .addColumn("netting", types.name(16))
      .addColumn("parent", types.name(200))
      .addColumn("formula", types.text)
      .addColumn("serial", types.name(100))
      .addColumn("serialAt", "bigint")
      .addColumn("firstAt", "bigint")
      .addColumn("says", "integer", (column) => column.notNull().defaultTo(0))
      .modifyEnd(types.plain)
      .execute();

    await schema
      .createTable("reading")
      .ifNotExists()
      .addColumn("minute", "bigint", (column) => column.notNull())
      .addColumn("meter", "integer", (column) => column.notNull())
      .addColumn("at", "bigint", (column) => column.notNull())
      .addColumn("powerW", "double precision")
      .addColumn("importWh", "double precision")
      .addColumn("exportWh", "double precision")
      .addColumn("volumeM3", "double precision")
      .addColumn("more", types.text)
      .addColumn("imported", "integer", (column) => column.notNull().defaultTo(0))
      .addPrimaryKeyConstraint("reading_key", ["minute", "meter", "at"])
      .modifyEnd(types.byKey)
      .execute();
    // No `without rowid`: small chunks share a page.
    for (const table of ["chunk", "damaged"] as const) {
      const columns = schema
        .createTable(table)
        .ifNotExists()
        .addColumn("meter", "integer", (column) => column.notNull())
        .addColumn("start", "bigint", (column) => column.notNull())
        .addColumn("end", "bigint", (column) => column.notNull())
        .addColumn("count", "integer", (column) => column.notNull())
        .addColumn("says", "integer", (column) => column.notNull())
        .addColumn("codec", types.name(16), (column) => column.notNull())
        .addColumn("crc", "bigint", (column) => column.notNull())
        .addColumn("body", types.blob, (column) => column.notNull());
      const keyed =
        table === "chunk"
          ? columns.addPrimaryKeyConstraint("chunk_key", ["meter", "start"])
          : columns
              .addColumn("id", types.id, (column) => types.counted(column.primaryKey()))
              .addColumn("foundAt", "bigint", (column) => column.notNull());
      await keyed.modifyEnd(types.plain).execute();
    }

    await schema
      .createTable("delivery")
      .ifNotExists()
      .addColumn("session", types.name(200), (column) => column.notNull())
      .addColumn("slot", "integer", (column) => column.notNull())
      .addColumn("seq", "bigint", (column) => column.notNull())
      .addColumn("packetId", "integer", (column) => column.notNull())
      .addColumn("hash", types.name(255), (column) => column.notNull())
      .addPrimaryKeyConstraint("delivery_key", ["session", "slot"])
      .modifyEnd(types.byKey)
      .execute();

    await schema
      .createTable("dirty")
      .ifNotExists()
      .addColumn("meter", "integer", (column) => column.notNull())
      .addColumn("start", "bigint", (column) => column.notNull())
      .$call((table) => withMark(table, dialect))
      .modifyEnd(types.byKey)
      .execute();

    for (const table of ["quarter", "day", "month"] as const) {
      let builder = schema
        .createTable(table)
        .ifNotExists()
        .addColumn("meter", "integer", (column) => column.notNull())
        .addColumn("start", "bigint", (column) => column.notNull())
        .addColumn("importWh", "double precision", (column) => column.notNull())
        .addColumn("exportWh", "double precision", (column) => column.notNull())
        .addColumn("volumeM3", "double precision", (column) => column.notNull())
        .addColumn("powerMs", "double precision", (column) => column.notNull())
        .addColumn("powerWms", "double precision", (column) => column.notNull())
        .addColumn("minW", "double precision")
        .addColumn("maxW", "double precision")
        .addColumn("measuredMs", "double precision", (column) => column.notNull())
        .addColumn("estimatedMs", "double precision", (column) => column.notNull())
        .addPrimaryKeyConstraint(`${table}_key`, ["meter", "start"]);
      if (table === "quarter") builder = builder.addColumn("registers", types.text);
      else {
        builder = builder
          .addColumn("end", "bigint", (column) => column.notNull())
          .addColumn("zone", types.name(64), (column) => column.notNull());
      }
      await builder.modifyEnd(types.byKey).execute();
    }

    await schema
      .createTable("quarantine")
      .ifNotExists()
      .addColumn("meter", "integer", (column) => column.notNull())
      .addColumn("at", "bigint", (column) => column.notNull())
      .addColumn("path", types.name(100), (column) => column.notNull())
      .addColumn("value", types.text, (column) => column.notNull())
      .addColumn("reason", types.name(32), (column) => column.notNull())
      .addColumn("energyWh", "double precision")
      .addColumn("noted", "integer", (column) => column.notNull().defaultTo(0))
      .$call((table) => withKeyOfValue(table, dialect))
      .modifyEnd(types.plain)
      .execute();

    await schema
      .createTable("ruling")
      .ifNotExists()
      .addColumn("id", types.id, (column) => types.counted(column.primaryKey()))
      .addColumn("meter", "integer", (column) => column.notNull())
      .addColumn("at", "bigint", (column) => column.notNull())
      .addColumn("path", types.name(100), (column) => column.notNull())
      .addColumn("kind", types.name(16), (column) => column.notNull())
      .addColumn("value", "double precision")
      .addColumn("by", types.name(100), (column) => column.notNull())
      .addColumn("madeAt", "bigint", (column) => column.notNull())
      .addColumn("undoneAt", "bigint")
      .addColumn("undoneBy", types.name(100))
      .$call((table) => (dialect === "mysql" ? table.addIndex("ruling_value", ["meter", "at"]) : table))
      .modifyEnd(types.plain)
      .execute();
    if (dialect !== "mysql")
      await schema.createIndex("ruling_value").ifNotExists().on("ruling").columns(["meter", "at"]).execute();

    await schema
      .createTable("interval")
      .ifNotExists()
      .addColumn("meter", "integer", (column) => column.notNull())
      .addColumn("start", "bigint", (column) => column.notNull())
      .addColumn("end", "bigint", (column) => column.notNull())
      .addColumn("importWh", "double precision")
      .addColumn("exportWh", "double precision")
      .addColumn("volumeM3", "double precision")
      .addPrimaryKeyConstraint("interval_key", ["meter", "start", "end"])
      .modifyEnd(types.byKey)
      .execute();

    await schema
      .createTable("correction")
      .ifNotExists()
      .addColumn("id", types.id, (column) => types.counted(column.primaryKey()))
      .addColumn("meter", "integer", (column) => column.notNull())
      .addColumn("start", "bigint", (column) => column.notNull())
      .addColumn("end", "bigint", (column) => column.notNull())
      .addColumn("kind", types.name(16), (column) => column.notNull())
      .addColumn("importWh", "double precision")
      .addColumn("exportWh", "double precision")
      .addColumn("volumeM3", "double precision")
      .addColumn("by", types.name(100), (column) => column.notNull())
      .addColumn("madeAt", "bigint", (column) => column.notNull())
      .addColumn("undoneAt", "bigint")
      .addColumn("undoneBy", types.name(100))
      .$call((table) => (dialect === "mysql" ? table.addIndex("correction_meter", ["meter", "start"]) : table))
      .modifyEnd(types.plain)
      .execute();
    if (dialect !== "mysql")
      await schema.createIndex("correction_meter").ifNotExists().on("correction").columns(["meter", "start"]).execute();

    await schema
      .createTable("alert")
      .ifNotExists()
      .addColumn("id", types.name(64), (column) => column.primaryKey())
      .addColumn("at", "bigint", (column) => column.notNull())
      .addColumn("rule", types.name(64), (column) => column.notNull())
      .addColumn("meter", types.name(200))
      .addColumn("clearedAt", "bigint")
      .addColumn("body", types.text, (column) => column.notNull())
      .$call((table) => (dialect === "mysql" ? table.addIndex("alert_at", ["at"]) : table))
      .modifyEnd(types.plain)
      .execute();
    if (dialect !== "mysql") await schema.createIndex("alert_at").ifNotExists().on("alert").column("at").execute();

    await schema
      .createTable("advice")
      .ifNotExists()
      .addColumn("adviser", types.name(64), (column) => column.notNull())
      .addColumn("id", types.name(200), (column) => column.notNull())
      .addColumn("body", types.text, (column) => column.notNull())
      .addPrimaryKeyConstraint("advice_key", ["adviser", "id"])
      .modifyEnd(types.plain)
      .execute();

    await schema
      .createTable("memory")
      .ifNotExists()
      .addColumn("owner", types.name(64), (column) => column.notNull())
      .addColumn("key", types.name(200), (column) => column.notNull())
      .addColumn("value", types.text, (column) => column.notNull())
      .addPrimaryKeyConstraint("memory_key", ["owner", "key"])
      .modifyEnd(types.plain)
      .execute();

    await schema
      .createTable("token")
      .ifNotExists()
      .addColumn("id", types.name(64), (column) => column.primaryKey())
      .addColumn("hash", types.name(64), (column) => column.notNull())
      .addColumn("body", types.text, (column) => column.notNull())
      .modifyEnd(types.plain)
      .execute();

    await schema
      .createTable("session")
      .ifNotExists()
      .addColumn("hash", types.name(64), (column) => column.primaryKey())
      .addColumn("tokenId", types.name(64), (column) => column.notNull())
      .addColumn("expiresAt", "bigint", (column) => column.notNull())
      .modifyEnd(types.plain)
      .execute();

    await schema
      .createTable("instance")
      .ifNotExists()
      .addColumn("id", types.name(64), (column) => column.primaryKey())
      .addColumn("until", "bigint", (column) => column.notNull())
      .modifyEnd(types.plain)
      .execute();
    await schema
      .createTable("lease")
      .ifNotExists()
      .addColumn("id", types.name(200), (column) => column.primaryKey())
      .addColumn("owner", types.name(64), (column) => column.notNull())
      .modifyEnd(types.plain)
      .execute();
    await schema
      .createTable("handover")
      .ifNotExists()
      .addColumn("target", types.name(200), (column) => column.notNull())
      .addColumn("sender", types.name(64), (column) => column.notNull())
      .addColumn("n", "bigint", (column) => column.notNull())
      .addColumn("at", "bigint", (column) => column.notNull())
      .addColumn("body", types.text, (column) => column.notNull())
      .addPrimaryKeyConstraint("handover_key", ["target", "sender", "n"])
      .modifyEnd(types.byKey)
      .execute();

    await setTableAside(db);
    await makeViews(db, dialect);
  },
};

async function typesOf(db: Kysely<unknown>, dialect: Dialect): Promise<ColumnTypes> {
  if (dialect !== "mysql") return columnTypes(dialect, "");
  const { rows } = await sql<{ version: string }>`select version() as version`.execute(db);
  return columnTypes(dialect, rows[0]?.version ?? "");
}

/** Where several instances write, whoever finds a mark taken by one that recomputes puts another beside it. */
function withMark<Columns extends string>(table: CreateTableBuilder<"dirty", Columns>, dialect: Dialect) {
  if (dialect === "sqlite") return table.addPrimaryKeyConstraint("dirty_key", ["meter", "start"] as Columns[]);
  return table
    .addColumn("mark", "bigint", (column) => column.notNull().defaultTo(0))
    .addPrimaryKeyConstraint("dirty_key", ["meter", "start", "mark"] as (Columns | "mark")[]);
}

/** A server's index takes no text as long as a value may be: its digest stands for it. */
function withKeyOfValue<Columns extends string>(table: CreateTableBuilder<"quarantine", Columns>, dialect: Dialect) {
  if (dialect === "sqlite")
    return table.addPrimaryKeyConstraint("quarantine_key", ["meter", "at", "path", "value"] as Columns[]);
  const text =
    dialect === "mysql"
      ? sql<string>`concat(${sql.ref("path")}, ' ', ${sql.ref("value")})`
      : sql<string>`${sql.ref("path")} || ' ' || ${sql.ref("value")}`;
  return table
    .addColumn("digest", sql`char(32)`, (column) => column.generatedAlwaysAs(sql`md5(${text})`).stored())
    .addUniqueConstraint("quarantine_key", ["meter", "at", "digest"] as (Columns | "digest")[]);
}
