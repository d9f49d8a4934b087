import Database from "better-sqlite3";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeChunk, openChunk, type ChunkRow } from "../lib/storage/chunk";
import { atMost, beside, type Figure } from "./figure";
import { generateMeter } from "./generate";
import { hasVictoria, openVictoria, type Series } from "./victoria";

const METERS = 20;
const FROM = Date.parse("2025-01-15T00:00:00Z");
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** A slower meter is measured for longer, so that a file's first pages do not count more than they do in a year. */
const DAYS = [
  { stepS: 1, days: 1 },
  { stepS: 10, days: 10 },
  { stepS: 60, days: 30 },
];
/** A chunk is the longest of these that holds about 4,096 readings at most. */
const CHUNK_HOURS = [24, 12, 8, 6, 4, 3, 2, 1];
const MOST_ROWS = 4500;
const BOUND = 1;
/** A day of a dishwasher, a reading in five seconds: `23/01/2012 00:00:02;0;0` is local time, W and their mean. */
const DISHWASHER = "../shared/data/appliances/tracebase_Dishwasher_dev_B7E6FA_2012.01.23.csv";
const LINE = /^(\d\d)\/(\d\d)\/(\d{4}) ([\d:]{8});(\d+);/gm;

const SCHEMA = `
  CREATE TABLE chunk (
    meter INTEGER NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL, count INTEGER NOT NULL,
    codec TEXT NOT NULL, crc INTEGER NOT NULL, body BLOB NOT NULL
  );
  CREATE INDEX chunk_start ON chunk (meter, start)`;

/** One reading is one instant of a meter, power and register together. */
type Day = readonly (readonly ChunkRow[])[];

/**
 * Bytes on disk for each reading, sealed: a reading is one instant of one meter, and VictoriaMetrics' two series are counted alike, as
 * its files by the instants. Of ours it is the whole SQLite file after a checkpoint; rollups and the hot hour are not in it yet.
 */
export default async function measureSize(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), "vatio-size-"));
  try {
    const figures: Figure[] = [];
    for (const { stepS, days } of DAYS) {
      const day = Array.from({ length: METERS }, (_, meter) =>
        Array.from(generateMeter(meter, FROM, FROM + days * DAY_MS, stepS), toRow),
      );
      figures.push(await compare(`size at ${stepS} s`, day, stepS === 1, folder));
    }
    if (existsSync(DISHWASHER))
      figures.push(
        await compare("size of a dishwasher's day", Array<ChunkRow[]>(METERS).fill(dishwasher()), false, folder),
      );
    return figures;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Ours beside VictoriaMetrics': `bounded` by one byte, and else by it alone; with neither it is only stated. */
async function compare(name: string, day: Day, bounded: boolean, folder: string): Promise<Figure> {
  const instants = day.reduce((sum, rows) => sum + rows.length, 0);
  const round = (bytes: number): number => Math.round((bytes / instants) * 1000) / 1000;
  const ours = round(sizeInSqlite(day, join(folder, `${name}.db`)));
  const theirs = hasVictoria() ? round(await sizeInVictoria(day, join(folder, name))) : undefined;
  const bound = bounded ? BOUND : (theirs ?? ours);
  return beside(
    atMost(name, ours, "bytes/reading", bound),
    "VictoriaMetrics",
    theirs ?? "victoria-metrics is not installed",
  );
}

/** The bytes of a file with nothing but the chunks. Throws when one does not come back as it was. */
function sizeInSqlite(day: Day, file: string): number {
  const db = new Database(file);
  try {
    db.pragma("page_size = 16384");
    db.pragma("journal_mode = WAL");
    db.exec(SCHEMA);
    const insert = db.prepare("INSERT INTO chunk VALUES (?, ?, ?, ?, ?, ?, ?)");
    // Sealed as time goes by: an hour of all meters, then the next.
    const pieces = day
      .flatMap((rows, meter) => cut(rows).map((piece) => ({ meter, piece })))
      .sort((a, b) => a.piece[0]!.at - b.piece[0]!.at);
    for (const { meter, piece } of pieces) {
      const chunk = encodeChunk(piece);
      if (JSON.stringify(openChunk(chunk).rows()) !== JSON.stringify(piece))
        throw new Error("a chunk came back changed");
      insert.run(meter, piece[0]!.at, piece.at(-1)!.at + 1, piece.length, chunk.codec, chunk.crc, chunk.body);
    }
    db.pragma("wal_checkpoint(TRUNCATE)");
    return statSync(file).size;
  } finally {
    db.close();
  }
}

function cut(rows: readonly ChunkRow[]): ChunkRow[][] {
  const pieces = (hours: number): ChunkRow[][] => [
    ...Map.groupBy(rows, ({ at }) => Math.floor(at / (hours * HOUR_MS))).values(),
  ];
  const hours = CHUNK_HOURS.find((some) => pieces(some).every(({ length }) => length <= MOST_ROWS));
  return pieces(hours ?? 1);
}

async function sizeInVictoria(day: Day, directory: string): Promise<number> {
  const victoria = await openVictoria(directory);
  try {
    for (const [meter, rows] of day.entries()) await victoria.importSeries(toSeries(String(meter), rows));
    const instants = day.reduce((sum, rows) => sum + rows.length, 0);
    const found = await victoria.count("powerW");
    if (found !== instants) throw new Error(`VictoriaMetrics holds ${found} of ${instants} readings`);
    await victoria.settle();
    return await victoria.close();
  } catch (error) {
    await victoria.close();
    throw error;
  }
}

function toSeries(meter: string, rows: readonly ChunkRow[]): Series[] {
  return (["powerW", "importWh"] as const).flatMap((name) => {
    const said = rows.flatMap(({ at, [name]: value }) => (value === null ? [] : [{ at, value }]));
    if (said.length === 0) return [];
    return [{ name, meter, timestamps: said.map(({ at }) => at), values: said.map(({ value }) => value) }];
  });
}

function dishwasher(): ChunkRow[] {
  const said = [...readFileSync(DISHWASHER, "utf8").matchAll(LINE)].map(([, day, month, year, time, powerW]) => ({
    at: Date.parse(`${year}-${month}-${day}T${time}Z`),
    powerW: Number(powerW),
  }));
  return [...new Map(said.map((reading) => [reading.at, toRow({ ...reading, importWh: null })])).values()];
}

function toRow(reading: Pick<ChunkRow, "at" | "powerW" | "importWh">): ChunkRow {
  return { ...reading, exportWh: null, volumeM3: null, more: null, imported: 0 };
}
