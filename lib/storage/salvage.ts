import type { Transaction } from "kysely";
import { quarterOf } from "../energy/quarters";
import { isOfZone, rebuildMeter } from "./adopt-site";
import { UNDESCRIBED } from "./energy-store";
import { idOf } from "./history";
import { toMeterRow } from "./meter-row";
import { openPageFile } from "./page-file";
import { readPage } from "./page-cells";
import { planPages, type PagePlan } from "./page-plan";
import { rebuildMonths } from "./month-rows";
import { markQuarters } from "./rollup-rows";
import { SAYS_MORE, type ReadingTable, type Schema } from "./schema";
import { markSalvaged } from "./salvage-marks";
import { isWhole, keepDamaged, open, type ChunkRow } from "./sealed-readings";
import { putHot } from "./sealing";
import type { SqlDatabase } from "./sql-database";
import { shapesOf, type Row, type TableShape } from "./table-shape";

type Trx = Transaction<Schema>;

/** What came back from a damaged database. */
export interface Salvaged {
  /** Readings, sealed ones too. */
  readonly readings: number;
  /** Rows of all tables; a chunk is one. */
  readonly rows: number;
  /** What was seen and could not be read. */
  readonly lost: number;
}

export interface Salvage {
  /** Brings back meters, tokens, alerts and all else that is little: what comes in is then known by its right name. */
  begin(): Promise<void>;
  /** Brings back history a little at a time, so that what comes in gets between. Nothing where `isStopped` in time. */
  finish(isStopped: () => boolean): Promise<Salvaged | undefined>;
  close(): void;
}

/** The tables that grow with time; the one that others are looked up in comes last. */
const HISTORY = ["quarter", "day", "month", "interval", "quarantine", "dirty", "chunk", "damaged", "reading"] as const;
/** A statement takes no more than so many values. */
const ROWS_A_STATEMENT = 50;
/** The index of the meters' names. */
const METER_NAMES = "sqlite_autoindex_meter_1";

/**
 * Reads what is intact in the SQLite file `file` (and its `-wal`), page by page, into a sound database: a damaged page costs
 * what is in it and no more. What stands there already stays. It may be done again. Months are in `zone`, the site's.
 */
export async function openSalvage(file: string, { db, transact }: SqlDatabase, zone: string): Promise<Salvage> {
  const shapes = await shapesOf(db);
  const pages = openPageFile(file);
  const plan = planPages(pages, shapes);
  const counts = { readings: 0, rows: 0, lost: 0 };
  const meters = new Map<number, Known>();

  /** The meter's number in the new database: where nothing is left of it but that, it gets a name. */
  const meterOf = async (trx: Trx, id: number): Promise<Known> => {
    const known = meters.get(id);
    if (known) return known;
    const added: Known = { id: await idOf(trx, `meter-${id}`), firstAt: Infinity, says: 0 };
    meters.set(id, added);
    return added;
  };

  const keepPage = async (trx: Trx, shape: TableShape, rows: readonly Row[]): Promise<void> => {
    const named: Row[] = [];
    for (const row of rows) {
      const known = typeof row.meter === "number" ? await meterOf(trx, row.meter) : undefined;
      named.push(known ? { ...row, meter: known.id } : row);
      if (known && shape.name === "reading") note(known, Number(row.at), saidBits(row));
      if (known && shape.name === "chunk" && isWhole(row as unknown as ChunkRow))
        note(known, Number(row.start), Number(row.says) & (SAYS_MORE - 1));
    }
    if (shape.name === "chunk") await keepChunks(trx, rows as unknown as ChunkRow[], named, counts);
    else if (shape.name === "reading") counts.readings += await keepReadings(trx, named);
    else await insertNew(trx, shape.name, named);
    counts.rows += rows.length;
  };

  const keepTable = async (shape: TableShape, isStopped = (): boolean => false): Promise<void> => {
    for (const page of plan.pagesOf(shape.name)) {
      if (isStopped()) return;
      const { rows, lost } = plan.rowsOf(shape, page);
      counts.lost += lost;
      if (rows.length > 0) await transact((trx) => keepPage(trx, shape, rows));
      await new Promise((resolve) => setImmediate(resolve));
    }
  };

  return {
    begin: async () => {
      for (const shape of shapes) if (!isHistory(shape.name)) await keepTable(shape);
      await transact((trx) => keepNames(trx, namesOf(pages, plan)));
      for (const { id } of await db.selectFrom("meter").select("id").execute())
        meters.set(id, { id, firstAt: Infinity, says: 0 });
    },
    finish: async (isStopped) => {
      for (const name of HISTORY) {
        const shape = shapes.find((one) => one.name === name);
        if (shape) await keepTable(shape, isStopped);
      }
      if (isStopped()) return undefined;
      for (const { id } of meters.values())
        await transact(async (trx) =>
          (await isOfZone(trx, id, zone)) ? rebuildMonths(trx, zone, id) : rebuildMeter(trx, id, zone),
        );
      await transact((trx) => tellMeters(trx, [...meters.values()]));
      await markSalvaged(
        transact,
        [...meters.values()].map(({ id }) => id),
        isStopped,
      );
      return isStopped() ? undefined : counts;
    },
    close: () => pages.close(),
  };
}

/** What is learnt of a meter from what it said. */
interface Known {
  readonly id: number;
  firstAt: number;
  says: number;
}

function note(known: Known, at: number, says: number): void {
  known.firstAt = Math.min(known.firstAt, at);
  known.says |= says;
}

const isHistory = (name: string): boolean => (HISTORY as readonly string[]).includes(name);

function saidBits({ powerW, importWh, exportWh, volumeM3 }: Row): number {
  return [powerW, importWh, exportWh, volumeM3].reduce<number>(
    (bits, value, bit) => (value === null ? bits : bits | (1 << bit)),
    0,
  );
}

async function insertNew(trx: Trx, table: string, rows: readonly Row[]): Promise<number> {
  let kept = 0;
  for (let index = 0; index < rows.length; index += ROWS_A_STATEMENT) {
    const { numInsertedOrUpdatedRows } = await trx
      .insertInto(table as "memory")
      .values(rows.slice(index, index + ROWS_A_STATEMENT) as never)
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirstOrThrow();
    kept += Number(numInsertedOrUpdatedRows ?? 0);
  }
  return kept;
}

/** What was said again meanwhile merges with what was there. */
async function keepReadings(trx: Trx, rows: readonly Row[]): Promise<number> {
  for (let index = 0; index < rows.length; index += ROWS_A_STATEMENT) {
    const some = rows.slice(index, index + ROWS_A_STATEMENT);
    if ((await insertNew(trx, "reading", some)) === some.length) continue;
    const readings = some as unknown as (ReadingTable & { minute: number })[];
    await putHot(
      trx,
      readings.map(({ minute, ...reading }) => reading),
    );
  }
  return rows.length;
}

/** `named` are the same chunks, of the meters' numbers in the new database. */
async function keepChunks(
  trx: Trx,
  chunks: readonly ChunkRow[],
  named: readonly Row[],
  counts: { readings: number; lost: number },
): Promise<void> {
  for (const [index, chunk] of chunks.entries()) {
    if (!isWhole(chunk)) {
      await keepDamaged(trx, chunk);
      counts.lost += 1;
      continue;
    }
    counts.readings += chunk.count;
    const meter = Number(named[index]?.meter);
    const isNew = meter === chunk.meter && (await insertNew(trx, "chunk", [chunk])) === 1;
    if (isNew || (await isThere(trx, chunk))) continue;
    await putHot(
      trx,
      open(chunk)
        .rows()
        .map((row) => ({ meter, ...row })),
    );
  }
}

async function isThere(trx: Trx, { meter, start, crc }: ChunkRow): Promise<boolean> {
  const chunks = trx.selectFrom("chunk").select("crc").where("meter", "=", meter).where("start", "=", start);
  return (await chunks.where("crc", "=", crc).executeTakeFirst()) !== undefined;
}

/** Names of meters by number, as their index has them. */
function namesOf(pages: Parameters<typeof readPage>[0], plan: PagePlan): Map<number, string> {
  const names = new Map<number, string>();
  for (const page of plan.pagesOf(METER_NAMES)) {
    for (const { values } of readPage(pages, page, pages.kind(page)).cells) {
      const [key, id] = values;
      if (typeof key === "string" && typeof id === "number") names.set(id, key);
    }
  }
  return names;
}

/** Meters of which the name is all that is left. */
async function keepNames(trx: Trx, names: ReadonlyMap<number, string>): Promise<void> {
  for (const [id, key] of names) {
    await trx
      .insertInto("meter")
      .values({ ...toMeterRow({ key, ...UNDESCRIBED }), id, firstAt: null })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

async function tellMeters(trx: Trx, meters: readonly Known[]): Promise<void> {
  for (const { id, firstAt, says } of meters) {
    if (firstAt === Infinity) continue;
    const before = await trx.selectFrom("meter").select(["firstAt", "says"]).where("id", "=", id).executeTakeFirst();
    if (!before) continue;
    const changed = { firstAt: Math.min(before.firstAt ?? firstAt, firstAt), says: before.says | says };
    await trx.updateTable("meter").set(changed).where("id", "=", id).execute();
    await markQuarters(trx, id, [quarterOf(firstAt)]);
  }
}
