import type { Database } from "better-sqlite3";
import { quarterOf } from "../energy/quarters";
import { DAY_MS, MOST_SWAPS_A_DAY, serialStep, type KnownSerial } from "./serial-step";

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
    const step = serialStep(meter, serial, at);
    if (step === "nothing") return;
    // The older meter's last words come late.
    if (step === "swap-before") return swap(id, serialAt ?? at);
    if (step === "note-unless-swapped" && findSwap.get(id, serialAt ?? at)) return;
    if (step === "swap") {
      if ((countSwaps.get(id, at - DAY_MS)?.swaps ?? 0) >= MOST_SWAPS_A_DAY) return;
      swap(id, at);
    }
    keep(meter, serial, at);
  };
}
