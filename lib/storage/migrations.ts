import { sql, type Kysely } from "kysely";
import type { Migration, MigrationProvider } from "kysely/migration";

/** Released schemas never change: a new one is a new entry. */
export const MIGRATIONS: MigrationProvider = {
  getMigrations: () => Promise.resolve({ "0001-first": first }),
};

const first: Migration = {
  up: async (db: Kysely<unknown>) => {
    const { schema } = db;
    await schema
      .createTable("meter")
      .addColumn("id", "integer", (column) => column.primaryKey().autoIncrement())
      .addColumn("key", "varchar(200)", (column) => column.notNull().unique())
      .addColumn("role", "varchar(16)", (column) => column.notNull())
      .addColumn("gapLimitMs", "bigint", (column) => column.notNull())
      .addColumn("staleMs", "bigint")
      .addColumn("maxPowerW", "double precision")
      .addColumn("rolloverWh", "double precision")
      .addColumn("netting", "varchar(16)")
      .addColumn("parent", "varchar(200)")
      .addColumn("formula", "text")
      .addColumn("serial", "varchar(100)")
      .addColumn("serialAt", "bigint")
      .addColumn("firstAt", "bigint")
      .addColumn("says", "integer", (column) => column.notNull().defaultTo(0))
      .execute();

    await schema
      .createTable("reading")
      .addColumn("at", "bigint", (column) => column.notNull())
      .addColumn("meter", "integer", (column) => column.notNull())
      .addColumn("powerW", "double precision")
      .addColumn("importWh", "double precision")
      .addColumn("exportWh", "double precision")
      .addColumn("volumeM3", "double precision")
      .addColumn("more", "text")
      .addColumn("imported", "integer", (column) => column.notNull())
      .addPrimaryKeyConstraint("reading_key", ["at", "meter"])
      .modifyEnd(sql`without rowid`)
      .execute();

    await schema
      .createTable("delivery")
      .addColumn("session", "varchar(200)", (column) => column.notNull())
      .addColumn("slot", "integer", (column) => column.notNull())
      .addColumn("seq", "bigint", (column) => column.notNull())
      .addColumn("packetId", "integer", (column) => column.notNull())
      .addColumn("hash", "varchar(255)", (column) => column.notNull())
      .addPrimaryKeyConstraint("delivery_key", ["session", "slot"])
      .modifyEnd(sql`without rowid`)
      .execute();

    await schema
      .createTable("dirty")
      .addColumn("meter", "integer", (column) => column.notNull())
      .addColumn("start", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("dirty_key", ["meter", "start"])
      .modifyEnd(sql`without rowid`)
      .execute();

    for (const table of ["quarter", "day"] as const) {
      let builder = schema
        .createTable(table)
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
      if (table === "quarter") builder = builder.addColumn("registers", "text");
      if (table === "day") {
        builder = builder
          .addColumn("end", "bigint", (column) => column.notNull())
          .addColumn("zone", "varchar(64)", (column) => column.notNull());
      }
      await builder.modifyEnd(sql`without rowid`).execute();
    }

    await schema
      .createTable("quarantine")
      .addColumn("meter", "integer", (column) => column.notNull())
      .addColumn("at", "bigint", (column) => column.notNull())
      .addColumn("path", "varchar(100)", (column) => column.notNull())
      .addColumn("value", "text", (column) => column.notNull())
      .addColumn("reason", "varchar(32)", (column) => column.notNull())
      .addColumn("energyWh", "double precision")
      .addColumn("noted", "integer", (column) => column.notNull().defaultTo(0))
      .addPrimaryKeyConstraint("quarantine_key", ["meter", "at", "path", "value"])
      .execute();

    await schema
      .createTable("ruling")
      .addColumn("id", "integer", (column) => column.primaryKey().autoIncrement())
      .addColumn("meter", "integer", (column) => column.notNull())
      .addColumn("at", "bigint", (column) => column.notNull())
      .addColumn("path", "varchar(100)", (column) => column.notNull())
      .addColumn("kind", "varchar(16)", (column) => column.notNull())
      .addColumn("value", "double precision")
      .addColumn("by", "varchar(100)", (column) => column.notNull())
      .addColumn("madeAt", "bigint", (column) => column.notNull())
      .addColumn("undoneAt", "bigint")
      .addColumn("undoneBy", "varchar(100)")
      .execute();
    await schema.createIndex("ruling_value").on("ruling").columns(["meter", "at", "path"]).execute();

    await schema
      .createTable("alert")
      .addColumn("id", "varchar(64)", (column) => column.primaryKey())
      .addColumn("at", "bigint", (column) => column.notNull())
      .addColumn("rule", "varchar(64)", (column) => column.notNull())
      .addColumn("meter", "varchar(200)")
      .addColumn("clearedAt", "bigint")
      .addColumn("body", "text", (column) => column.notNull())
      .execute();
    await schema.createIndex("alert_at").on("alert").column("at").execute();

    await schema
      .createTable("advice")
      .addColumn("adviser", "varchar(64)", (column) => column.notNull())
      .addColumn("id", "varchar(200)", (column) => column.notNull())
      .addColumn("body", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("advice_key", ["adviser", "id"])
      .execute();

    await schema
      .createTable("memory")
      .addColumn("owner", "varchar(64)", (column) => column.notNull())
      .addColumn("key", "varchar(200)", (column) => column.notNull())
      .addColumn("value", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("memory_key", ["owner", "key"])
      .execute();

    await schema
      .createTable("token")
      .addColumn("id", "varchar(64)", (column) => column.primaryKey())
      .addColumn("hash", "varchar(64)", (column) => column.notNull())
      .addColumn("body", "text", (column) => column.notNull())
      .execute();

    await schema
      .createTable("session")
      .addColumn("hash", "varchar(64)", (column) => column.primaryKey())
      .addColumn("tokenId", "varchar(64)", (column) => column.notNull())
      .addColumn("expiresAt", "bigint", (column) => column.notNull())
      .execute();
  },
};
