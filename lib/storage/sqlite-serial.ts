import type { Database } from "better-sqlite3";
import { quarterOf } from "../energy/quarters";

/** What is known of a meter's own number. */
export interface KnownSerial {
  readonly id: number;
  serial: string | null;
  serialAt: number | null;
}

const DAY_MS = 86_400_000;
/** Meters are not swapped more often in a day: two that speak under one name are. */
const MOST_SWAPS_A_DAY = 3;

/**
 * Notes the number that a meter says. Where it is another one than before, the registers are another meter's from there on:
 * that is ruled in its own name, and the energy since is recomputed.
 */
export function prepareSerials(raw: Database): (meter: KnownSerial, serial: string, at: number) => void {
  const note = raw.prepare("UPDATE meter SET serial = @serial, serialAt = @serialAt WHERE id = @id");
  const markDirty = raw.prepare("INSERT OR IGNORE INTO dirty VALUES (?, ?)");
  const countSwaps = raw.prepare<[number, number], { swaps: number }>(
    `SELECT count(*) AS swaps FROM ruling WHERE meter = ? AND at > ? AND path = '*' AND kind = 'swap' AND "by" = 'meter'`,
  );
  const findSwap = raw.prepare<[number, number]>(
    `SELECT 1 FROM ruling WHERE meter = ? AND at = ? AND path = '*' AND kind = 'swap'`,
  );
  const rule = raw.prepare(
    `INSERT INTO ruling (meter, at, path, kind, "by", madeAt) VALUES (?, ?, '*', 'swap', 'meter', ?)`,
  );

  const swap = (meter: number, at: number): void => {
    // A person may have undone it.
    if (findSwap.get(meter, at)) return;
    rule.run(meter, at, Date.now());
    markDirty.run(meter, quarterOf(at));
  };

  const keep = (meter: KnownSerial, serial: string, at: number): void => {
    meter.serial = serial;
    meter.serialAt = at;
    note.run({ id: meter.id, serial, serialAt: at });
  };

  return (meter, serial, at) => {
    const { id, serialAt } = meter;
    if (serial === meter.serial) {
      // It was this meter earlier already, unless that is where the other one ended.
      if (serialAt !== null && at < serialAt && !findSwap.get(id, serialAt)) keep(meter, serial, at);
      return;
    }
    if (serialAt !== null && at <= serialAt) {
      // The older meter's last words come late.
      if (at < serialAt) swap(id, serialAt);
      return;
    }
    if (serialAt !== null) {
      if ((countSwaps.get(id, at - DAY_MS)?.swaps ?? 0) >= MOST_SWAPS_A_DAY) return;
      swap(id, at);
    }
    keep(meter, serial, at);
  };
}
