import { DateTime } from "luxon";
import { sql, type Kysely } from "kysely";
import type { Reading } from "../energy/reading";
import type { Batch } from "./energy-store";
import type { Schema } from "./schema";
import type { SqlDatabase } from "./sql-database";

/** The simplest form of a history, as other programs keep it: `energy_data(id, timestamp, consumption)`, in kW. */
const TABLE = "energy_data";
const IMPORTED = "energy_data_imported";
/** Where it is remembered up to which row it was taken in. */
const PLACE = { owner: IMPORTED, key: "row" } as const;
const ROWS_A_TURN = 5_000;
/** Larger numbers are milliseconds. */
const LARGEST_SECONDS = 1e11;

/** Gives up its name to the view of the same name; before the views are made. */
export async function setTableAside(db: Kysely<unknown>): Promise<void> {
  const tables = await db.introspection.getTables();
  const isThere = tables.some(({ name, isView }) => name === TABLE && !isView);
  if (isThere) await db.schema.alterTable(TABLE).renameTo(IMPORTED).execute();
}

/** Takes in what a table set aside holds, as a meter of its name; goes on where it was stopped. Answers how many rows that were. */
export async function takeTableIn(
  { db, append }: Pick<SqlDatabase, "db" | "append">,
  zone: string,
  isOver: () => boolean,
): Promise<number> {
  const tables = await db.introspection.getTables();
  if (!tables.some(({ name }) => name === IMPORTED)) return 0;
  let count = 0;
  while (!isOver()) {
    const last = await placeOf(db);
    const { rows } = await sql<{ id: number; timestamp: unknown; consumption: unknown }>`
      select id, ${sql.ref("timestamp")}, consumption from ${sql.table(IMPORTED)}
      where id > ${last} order by id limit ${sql.lit(ROWS_A_TURN)}`.execute(db);
    if (rows.length === 0) return count;
    const readings = rows.flatMap((row) => toReading(row, zone) ?? []);
    const batch: Batch = { readings };
    if (readings.length > 0) await append([batch]);
    await keepPlace(db, rows.at(-1)?.id ?? last);
    count += readings.length;
  }
  return count;
}

function toReading(
  { timestamp, consumption }: { timestamp: unknown; consumption: unknown },
  zone: string,
): Reading | undefined {
  const at = instantOf(timestamp, zone);
  const kw = typeof consumption === "string" ? Number(consumption) : consumption;
  if (at === undefined || typeof kw !== "number" || !Number.isFinite(kw)) return undefined;
  return { meter: TABLE, at, powerW: kw * 1_000, source: "imported" };
}

function instantOf(timestamp: unknown, zone: string): number | undefined {
  if (timestamp instanceof Date) return timestamp.getTime();
  const number = Number(timestamp);
  if (timestamp !== null && timestamp !== "" && Number.isFinite(number))
    return Math.round(Math.abs(number) < LARGEST_SECONDS ? number * 1_000 : number);
  const text = String(timestamp);
  const iso = DateTime.fromISO(text, { zone });
  const moment = iso.isValid ? iso : DateTime.fromSQL(text, { zone });
  return moment.isValid ? moment.toMillis() : undefined;
}

async function placeOf(db: Kysely<Schema>): Promise<number> {
  const row = await db
    .selectFrom("memory")
    .select("value")
    .where("owner", "=", PLACE.owner)
    .where("key", "=", PLACE.key)
    .executeTakeFirst();
  return row ? (JSON.parse(row.value) as number) : -Number.MAX_SAFE_INTEGER;
}

async function keepPlace(db: Kysely<Schema>, id: number): Promise<void> {
  await db.deleteFrom("memory").where("owner", "=", PLACE.owner).where("key", "=", PLACE.key).execute();
  await db
    .insertInto("memory")
    .values({ ...PLACE, value: JSON.stringify(id) })
    .execute();
}
