import type { Database, Statement } from "better-sqlite3";
import { mergeKept, toKept } from "../energy/merge";
import { quarterOf } from "../energy/quarters";
import type { Reading } from "../energy/reading";
import { REMEMBERED, UNDESCRIBED, type Batch, type Delivery } from "./energy-store";
import { minuteOf } from "./hot-readings";
import { rowOf, saidBits, toKeptRow, toRow, type ReadingRow } from "./reading-row";
import type { ReadingTable } from "./schema";
import type { KnownSerial } from "./serial-step";
import { prepareSerials } from "./sqlite-serial";

interface MeterState extends KnownSerial {
  firstAt: number | null;
  says: number;
  /** The quarter that this transaction marked last. */
  marked?: number | undefined;
}

/** Readings that one statement inserts, where so many come together. */
const ROWS_AT_ONCE = 100;

/** A column's value in a row that says nothing in it. */
const UNSAID = { powerW: null, importWh: null, exportWh: null, volumeM3: null, more: null, imported: 0 } as const;
const COLUMNS = ["powerW", "importWh", "exportWh", "volumeM3", "more", "imported"] as const;
type Column = (typeof COLUMNS)[number];

/** Bit by bit the columns that a row says something in. */
function columnsIn(row: ReadingRow): number {
  let bits = 0;
  for (let bit = 0; bit < COLUMNS.length; bit += 1) {
    const column = COLUMNS[bit];
    if (column && row[column] !== UNSAID[column]) bits |= 1 << bit;
  }
  return bits;
}

interface Insert {
  /** Of the others, a row says nothing: each value that is bound takes its time. */
  readonly columns: readonly Column[];
  readonly statement: Statement;
}

function prepareInsert(raw: Database, rows: number, bits: number): Insert {
  const columns = COLUMNS.filter((_, bit) => (bits & (1 << bit)) !== 0);
  const names = ["minute", "meter", "at", ...columns];
  const row = `(${names.map(() => "?").join(", ")})`;
  const statement = raw.prepare(
    `INSERT INTO reading (${names.join(", ")}) VALUES ${Array<string>(rows).fill(row).join(", ")} ON CONFLICT DO NOTHING`,
  );
  return { columns, statement };
}

/** The hot path: readings, dirty quarters and deliveries in one transaction. Answers which batches were kept. */
export function prepareAppend(raw: Database): (batches: readonly Batch[]) => boolean[] {
  const inserts = new Map<string, Insert>();
  const find = raw.prepare<[number, number, number], ReadingTable>(
    "SELECT * FROM reading WHERE minute = ? AND meter = ? AND at = ?",
  );
  const replace = raw.prepare(
    `UPDATE reading SET powerW = @powerW, importWh = @importWh, exportWh = @exportWh, volumeM3 = @volumeM3, more = @more,
      imported = @imported WHERE minute = @minute AND meter = @meter AND at = @at`,
  );
  const quarantine = raw.prepare(
    "INSERT OR IGNORE INTO quarantine (meter, at, path, value, reason) VALUES (?, ?, ?, ?, 'differs')",
  );
  const markDirty = raw.prepare("INSERT OR IGNORE INTO dirty VALUES (?, ?)");
  const findMeter = raw.prepare<[string], MeterState>(
    "SELECT id, firstAt, says, serial, serialAt FROM meter WHERE key = ?",
  );
  const addMeter = raw.prepare("INSERT INTO meter (key, role, gapLimitMs) VALUES (@key, @role, @gapLimitMs)");
  const noteMeter = raw.prepare(
    "UPDATE meter SET firstAt = min(coalesce(firstAt, @firstAt), @firstAt), says = says | @says WHERE id = @id",
  );
  const findDelivery = raw.prepare<[string, number, string]>(
    "SELECT 1 FROM delivery WHERE session = ? AND packetId = ? AND hash = ?",
  );
  const lastDelivery = raw.prepare<[string], { seq: number | null }>(
    "SELECT max(seq) AS seq FROM delivery WHERE session = ?",
  );
  const noteSerial = prepareSerials(raw);
  const noteDelivery = raw.prepare("INSERT OR REPLACE INTO delivery VALUES (?, ?, ?, ?, ?)");

  /** Known from committed transactions only: forgotten when one fails. */
  let meters = new Map<string, MeterState>();
  let sequences = new Map<string, number>();

  const meterOf = (key: string): MeterState => {
    const seen = meters.get(key);
    if (seen) return seen;
    let meter = findMeter.get(key);
    if (!meter) {
      addMeter.run({ key, ...UNDESCRIBED });
      meter = findMeter.get(key);
    }
    if (!meter) throw new Error(`meter ${key} was not kept`);
    meters.set(key, meter);
    return meter;
  };

  /** A reading merged with itself stays as it is. */
  const merge = (reading: Reading): void => {
    const { at } = reading;
    const [minute, meter] = [minuteOf(at), meterOf(reading.meter).id];
    const before = find.get(minute, meter, at);
    if (!before) return;
    const merged = mergeKept(toKeptRow(before), toKept(reading));
    replace.run({ minute, meter, at, ...toRow(merged) });
    for (const { path, value } of merged.losers) quarantine.run(meter, at, path, String(value));
  };

  const insertOf = (rows: number, bits: number): Insert => {
    const key = `${rows} ${bits}`;
    const insert = inserts.get(key) ?? prepareInsert(raw, rows, bits);
    inserts.set(key, insert);
    return insert;
  };

  /** What the meter's row and the marks must say once the reading is kept; answers the meter's id. */
  const note = (reading: Reading, row: ReadingRow): number => {
    const meter = meterOf(reading.meter);
    const { at } = reading;
    const quarter = quarterOf(at);
    if (meter.marked !== quarter) markDirty.run(meter.id, quarter);
    meter.marked = quarter;
    if (reading.serial !== undefined) noteSerial(meter, reading.serial, reading.at);

    const says = meter.says | saidBits(row);
    if (meter.firstAt === null || reading.at < meter.firstAt || says !== meter.says) {
      meter.firstAt = Math.min(meter.firstAt ?? reading.at, reading.at);
      meter.says = says;
      noteMeter.run({ id: meter.id, firstAt: meter.firstAt, says });
    }
    return meter.id;
  };

  const keep = (readings: readonly Reading[]): void => {
    const rows = readings.map(rowOf);
    const { columns, statement } = insertOf(
      rows.length,
      rows.reduce((bits, row) => bits | columnsIn(row), 0),
    );
    const values: (number | string | null)[] = [];
    rows.forEach((row, index) => {
      const reading = readings[index];
      if (!reading) return;
      values.push(minuteOf(reading.at), note(reading, row), reading.at);
      for (const column of columns) values.push(row[column]);
    });
    if (statement.run(values).changes < readings.length) readings.forEach(merge);
  };

  const keepAll = (readings: readonly Reading[]): void => {
    let index = 0;
    for (; index + ROWS_AT_ONCE <= readings.length; index += ROWS_AT_ONCE)
      keep(readings.slice(index, index + ROWS_AT_ONCE));
    for (; index < readings.length; index += 1) keep(readings.slice(index, index + 1));
  };

  const remember = ({ session, packetId, hash }: Delivery): void => {
    const seq = (sequences.get(session) ?? lastDelivery.get(session)?.seq ?? 0) + 1;
    sequences.set(session, seq);
    noteDelivery.run(session, seq % REMEMBERED, seq, packetId, hash);
  };

  const appendAll = raw.transaction((batches: readonly Batch[]) => {
    for (const meter of meters.values()) meter.marked = undefined;
    const fresh: Reading[] = [];
    const isNew = batches.map(({ readings, delivery }) => {
      if (delivery?.dup && findDelivery.get(delivery.session, delivery.packetId, delivery.hash)) return false;
      for (const reading of readings) fresh.push(reading);
      if (delivery) remember(delivery);
      return true;
    });
    keepAll(fresh);
    return isNew;
  });

  return (batches) => {
    try {
      return appendAll.immediate(batches);
    } catch (error) {
      meters = new Map();
      sequences = new Map();
      throw error;
    }
  };
}
