import type { ColumnType, Generated } from "kysely";

/** The tables of a site. `reading` is hot; what is older is sealed in chunks. Times are epoch ms, booleans and lists are not used. */
export interface Schema {
  meter: MeterTable;
  reading: HotTable;
  chunk: ChunkTable;
  damaged: DamagedTable;
  delivery: DeliveryTable;
  dirty: DirtyTable;
  quarter: QuarterRow;
  day: DayTable;
  month: DayTable;
  quarantine: QuarantineTable;
  ruling: RulingTable;
  interval: IntervalTable;
  correction: CorrectionTable;
  alert: AlertTable;
  advice: AdviceTable;
  memory: MemoryTable;
  token: TokenTable;
  session: SessionTable;
  instance: InstanceTable;
  lease: LeaseTable;
  handover: HandoverTable;
}

type Json = ColumnType<string, string, string>;

export interface MeterTable {
  id: Generated<number>;
  key: string;
  role: string;
  gapLimitMs: number;
  staleMs: number | null;
  maxPowerW: number | null;
  rolloverWh: number | null;
  netting: string | null;
  parent: string | null;
  /** JSON, see `Formula`. */
  formula: string | null;
  /** The meter's own number, and since when it is known. */
  serial: string | null;
  serialAt: number | null;
  /** The oldest reading: nothing is looked for before it. */
  firstAt: number | null;
  /** Bit n is set once SAID[n] was said: what a meter never says is never looked for. */
  says: Generated<number>;
}

/** What energy is made of, by the bits of `says`. */
export const SAID = ["powerW", "importWh", "exportWh", "volumeM3"] as const;

/** What a meter said at one instant, as it is stored. `imported` has bit n set where measure n of MEASURES came from an import. */
export interface ReadingTable {
  at: number;
  meter: number;
  powerW: number | null;
  importWh: number | null;
  exportWh: number | null;
  volumeM3: number | null;
  /** The measures that have no column, as JSON. */
  more: string | null;
  imported: number;
}

/** Key (minute, meter, at): see `minuteOf`. */
interface HotTable extends ReadingTable {
  minute: number;
}

/** Says that a chunk holds measures without a column. */
export const SAYS_MORE = 1 << SAID.length;
/** Any reading has one of these bits. */
export const SAYS_ANYTHING = 2 * SAYS_MORE - 1;

/** Some thousand readings of one meter and UTC day. `start` and `end` are the first and the last instant. */
export interface ChunkTable {
  meter: number;
  start: number;
  end: number;
  count: number;
  /** As a meter's, and SAYS_MORE. */
  says: number;
  codec: string;
  /** See `toChunkRow`. */
  crc: number;
  body: Buffer;
}

/** A chunk that is not what was sealed: kept for who can read more of it, and never shown. */
export interface DamagedTable extends ChunkTable {
  id: Generated<number>;
  foundAt: number;
}

/** The last deliveries of each MQTT session, in a ring of slots. */
interface DeliveryTable {
  session: string;
  slot: number;
  seq: number;
  packetId: number;
  hash: string;
}

interface DirtyTable {
  meter: number;
  start: number;
  /** On servers only; see `claim.ts`. */
  mark?: Generated<number>;
}

/** The columns of a quarter that add up over longer spans. */
export const SUMMED = ["importWh", "exportWh", "volumeM3", "powerMs", "powerWms", "measuredMs", "estimatedMs"] as const;

export interface QuarterTable extends Record<(typeof SUMMED)[number], number> {
  meter: number;
  start: number;
  minW: number | null;
  maxW: number | null;
}

interface QuarterRow extends QuarterTable {
  /** JSON: what is known of the registers at the quarter's end; null where the last reading says it all. */
  registers: string | null;
}

/** Of a day, or of a month as the sum of the days that begin in it: `start` is its first instant in the zone, `end` the next one's. */
interface DayTable extends QuarterTable {
  end: number;
  zone: string;
}

interface QuarantineTable {
  meter: number;
  at: number;
  path: string;
  value: string;
  reason: string;
  energyWh: number | null;
  /** 1: believed by inference, told for a person to know. */
  noted: Generated<number>;
}

/** What was decided on a value. Rows are never deleted. */
export interface RulingTable {
  id: Generated<number>;
  meter: number;
  at: number;
  path: string;
  kind: string;
  value: number | null;
  by: string;
  madeAt: number;
  undoneAt: number | null;
  undoneBy: string | null;
}

/** Energy that a file gave by intervals. Key (meter, start, end). */
export interface IntervalTable {
  meter: number;
  start: number;
  end: number;
  importWh: number | null;
  exportWh: number | null;
  volumeM3: number | null;
}

/** What a person corrected. Rows are never deleted. */
export interface CorrectionTable {
  id: Generated<number>;
  meter: number;
  start: number;
  end: number;
  /** `set`: the interval's energy is what is given here. `discard`: what the meter said in it does not count. */
  kind: string;
  importWh: number | null;
  exportWh: number | null;
  volumeM3: number | null;
  by: string;
  madeAt: number;
  undoneAt: number | null;
  undoneBy: string | null;
}

interface AlertTable {
  id: string;
  at: number;
  rule: string;
  meter: string | null;
  clearedAt: number | null;
  body: Json;
}

interface AdviceTable {
  adviser: string;
  id: string;
  body: Json;
}

interface MemoryTable {
  owner: string;
  key: string;
  value: Json;
}

interface TokenTable {
  id: string;
  hash: string;
  body: Json;
}

interface SessionTable {
  hash: string;
  tokenId: string;
  expiresAt: number;
}

/** The instances of Node-RED that share the database, each until when it counts as there. */
interface InstanceTable {
  id: string;
  until: number;
}

/** Which instance evaluates a rule, switches a device or advises. */
interface LeaseTable {
  /** The node's id. */
  id: string;
  owner: string;
}

/** What one instance hands to whoever holds a lease, or to all when the target is empty. Key (target, sender, n). */
export interface HandoverTable {
  target: string;
  sender: string;
  n: number;
  at: number;
  body: Json;
}
