import Database from "better-sqlite3";

/** What SQLite answers when a call fails; those marked roll the transaction back by themselves, as SQLite may. */
export const FAULTS = {
  EIO: { code: "SQLITE_IOERR_WRITE", message: "disk I/O error", rollsBack: true },
  FULL: { code: "SQLITE_FULL", message: "database or disk is full", rollsBack: false },
  BUSY: { code: "SQLITE_BUSY", message: "database is locked", rollsBack: false },
} as const;
export type Fault = keyof typeof FAULTS;

export interface FaultPlan {
  readonly fault: Fault;
  /** The first call that fails, from 1. */
  readonly nth: number;
  readonly lasts: "once" | "for ever";
}

/** Real SQLite whose n-th call fails: what is prepared, run, read, stepped through, begun, committed and rolled back counts. */
export function makeFaultyDriver(plan?: FaultPlan) {
  let calls = 0;
  let failed = 0;
  let isLifted = false;

  const gate = (raw: Database.Database): void => {
    calls += 1;
    if (!plan || isLifted || calls < plan.nth || (plan.lasts === "once" && calls > plan.nth)) return;
    failed += 1;
    const { code, message, rollsBack } = FAULTS[plan.fault];
    if (rollsBack && raw.inTransaction) raw.exec("ROLLBACK");
    throw new Database.SqliteError(message, code);
  };

  return {
    calls: () => calls,
    failed: () => failed,
    /** From now on nothing fails. */
    lift: () => {
      isLifted = true;
    },
    driver: (file: string, settings: { readonly timeout: number }): Database.Database => {
      const raw = new Database(file, settings);
      const gated =
        <Args extends unknown[], Result>(call: (...args: Args) => Result) =>
        (...args: Args): Result => {
          gate(raw);
          return call(...args);
        };
      const exec = gated((sql: string) => void raw.exec(sql));
      const wrap = (statement: Database.Statement) => ({
        reader: statement.reader,
        run: gated((...given: unknown[]) => statement.run(...given)),
        get: gated((...given: unknown[]) => statement.get(...given)),
        all: gated((...given: unknown[]) => statement.all(...given)),
        *iterate(...given: unknown[]) {
          gate(raw);
          for (const row of statement.iterate(...given)) {
            gate(raw);
            yield row;
          }
        },
      });
      const immediate =
        (work: (...args: unknown[]) => unknown) =>
        (...args: unknown[]): unknown => {
          exec("BEGIN IMMEDIATE");
          try {
            const result = work(...args);
            exec("COMMIT");
            return result;
          } catch (error) {
            if (raw.inTransaction) exec("ROLLBACK");
            throw error;
          }
        };
      return {
        prepare: gated((sql: string) => wrap(raw.prepare(sql))),
        pragma: gated((text: string) => raw.pragma(text)),
        exec,
        transaction: (work: (...args: unknown[]) => unknown) => ({ immediate: immediate(work) }),
        close: () => raw.close(),
      } as unknown as Database.Database;
    },
  };
}
