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

const insertOf = (rows: number): string =>
  `INSERT INTO reading VALUES ${Array<string>(rows).fill("(?, ?, ?, ?, ?, ?, ?, ?, ?)").join(", ")} ON CONFLICT DO NOTHING`;

/** The hot path: readings, dirty quarters and deliveries in one transaction. Answers which batches were kept. */
export function prepareAppend(raw: Database): (batches: readonly Batch[]) => boolean[] {
  const insert = raw.prepare(insertOf(1));
  const insertMany = raw.prepare(insertOf(ROWS_AT_ONCE));
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

  /** What the meter's row and the marks must say once the reading is kept. */
  const note = (reading: Reading, row: ReadingRow): void => {
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
  };

  const keep = (readings: readonly Reading[], statement: Statement): void => {
    const values: (number | string | null)[] = [];
    for (const reading of readings) {
      const row = rowOf(reading);
      note(reading, row);
      const { id } = meterOf(reading.meter);
      const { powerW, importWh, exportWh, volumeM3, more, imported } = row;
      values.push(minuteOf(reading.at), id, reading.at, powerW, importWh, exportWh, volumeM3, more, imported);
    }
    if (statement.run(values).changes < readings.length) readings.forEach(merge);
  };

  const keepAll = (readings: readonly Reading[]): void => {
    let index = 0;
    for (; index + ROWS_AT_ONCE <= readings.length; index += ROWS_AT_ONCE)
      keep(readings.slice(index, index + ROWS_AT_ONCE), insertMany);
    for (; index < readings.length; index += 1) keep(readings.slice(index, index + 1), insert);
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
