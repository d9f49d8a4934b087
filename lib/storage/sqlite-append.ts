import type { Database } from "better-sqlite3";
import { mergeKept, toKept } from "../energy/merge";
import { quarterOf } from "../energy/quarters";
import type { Reading } from "../energy/reading";
import { REMEMBERED, UNDESCRIBED, type Batch, type Delivery } from "./energy-store";
import { minuteOf } from "./hot-readings";
import { rowOf, saidBits, toKeptRow, toRow } from "./reading-row";
import type { ReadingTable } from "./schema";
import type { KnownSerial } from "./serial-step";
import { prepareSerials } from "./sqlite-serial";

interface MeterState extends KnownSerial {
  firstAt: number | null;
  says: number;
  /** The quarter that this transaction marked last. */
  marked?: number | undefined;
}

/** The hot path: readings, dirty quarters and deliveries in one transaction. Answers which batches were kept. */
export function prepareAppend(raw: Database): (batches: readonly Batch[]) => boolean[] {
  const insert = raw.prepare("INSERT INTO reading VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING");
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
    let meter = meters.get(key) ?? findMeter.get(key);
    if (!meter) {
      addMeter.run({ key, ...UNDESCRIBED });
      meter = findMeter.get(key);
    }
    if (!meter) throw new Error(`meter ${key} was not kept`);
    meters.set(key, meter);
    return meter;
  };

  const keep = (reading: Reading): void => {
    const meter = meterOf(reading.meter);
    const { at } = reading;
    const minute = minuteOf(at);
    const row = rowOf(reading);
    const { powerW, importWh, exportWh, volumeM3, more, imported } = row;
    if (insert.run(minute, meter.id, at, powerW, importWh, exportWh, volumeM3, more, imported).changes === 0) {
      const before = find.get(minute, meter.id, at);
      if (before) {
        const merged = mergeKept(toKeptRow(before), toKept(reading));
        replace.run({ minute, meter: meter.id, at, ...toRow(merged) });
        for (const { path, value } of merged.losers) quarantine.run(meter.id, at, path, String(value));
      }
    }
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

  const remember = ({ session, packetId, hash }: Delivery): void => {
    const seq = (sequences.get(session) ?? lastDelivery.get(session)?.seq ?? 0) + 1;
    sequences.set(session, seq);
    noteDelivery.run(session, seq % REMEMBERED, seq, packetId, hash);
  };

  const appendAll = raw.transaction((batches: readonly Batch[]) => {
    for (const meter of meters.values()) meter.marked = undefined;
    return batches.map(({ readings, delivery }) => {
      if (delivery?.dup && findDelivery.get(delivery.session, delivery.packetId, delivery.hash)) return false;
      readings.forEach(keep);
      if (delivery) remember(delivery);
      return true;
    });
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
