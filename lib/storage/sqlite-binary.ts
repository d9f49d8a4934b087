/**
 * better-sqlite3's ready-made binary needs Node-API 10: Node.js 22.14. An older one ends the whole process when a database is
 * opened, so there Node's own SQLite is used, which Node.js before 22.13 has behind a flag.
 */
export const HAS_BINARY = Number(process.versions.napi) >= 10;

/** What a thread that opens databases needs. */
export const THREAD_OPTIONS = HAS_BINARY
  ? {}
  : { execArgv: ["--experimental-sqlite", "--disable-warning=ExperimentalWarning"] };
