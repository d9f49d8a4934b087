import { PbfReader } from "pbf";
import { objectAt, type Body } from "./message";

/** A metric as it came. */
export interface SparkplugMetric {
  name?: string;
  alias?: number;
  /** Epoch ms. */
  timestamp?: unknown;
  /** Bits of a signed integer; absent: not signed, or not told. */
  signed?: number;
  unit?: string;
  /** Absent: null, or no number. */
  value?: unknown;
}

export interface SparkplugPayload {
  timestamp?: unknown;
  compressed?: boolean;
  readonly metrics: SparkplugMetric[];
}

/** Data types by their numbers in the specification, and by their names. */
const SIGNED_BITS = new Map<unknown, number>([
  [1, 8],
  [2, 16],
  [3, 32],
  ["Int8", 8],
  ["Int16", 16],
  ["Int32", 32],
]);
const UNIT_PROPERTIES: ReadonlySet<string> = new Set([
  "engUnit",
  "EngUnit",
  "Engineering Units",
  "unit",
  "Unit",
  "units",
]);
const MOST_METRICS = 2000;
const MOST_PROPERTIES = 50;

/** The payload in these bytes, or nothing where they are none. Only what numbers need is read; bounded by the bytes. */
export function parseSparkplug(bytes: Uint8Array): SparkplugPayload | undefined {
  const payload: SparkplugPayload = { metrics: [] };
  try {
    new PbfReader(bytes).readFields((field, into, reader) => {
      if (field === 1) into.timestamp = reader.readVarint();
      else if (field === 2 && into.metrics.length < MOST_METRICS) into.metrics.push(parseMetric(reader.readBytes()));
      else if (field === 4) into.compressed = reader.readString() === "SPBV1.0_COMPRESSED";
    }, payload);
    return payload;
  } catch {
    // Bytes that end too early or have a type that protobuf does not know: what was read of them is not trusted either.
    return undefined;
  }
}

/** Embedded messages are cut out first, so that a length that lies cannot lead past their end. */
function parseMetric(bytes: Uint8Array): SparkplugMetric {
  const metric = new PbfReader(bytes).readFields<SparkplugMetric & { isNull?: boolean }>((field, into, reader) => {
    if (field === 1) into.name = reader.readString();
    else if (field === 2) into.alias = reader.readVarint();
    else if (field === 3) into.timestamp = reader.readVarint();
    else if (field === 4) setSigned(into, reader.readVarint());
    else if (field === 7) into.isNull = reader.readBoolean();
    else if (field === 9) setUnit(into, reader.readBytes());
    else if (field === 10) into.value = reader.readVarint();
    else if (field === 11) into.value = reader.readVarint(true);
    else if (field === 12) into.value = reader.readFloat();
    else if (field === 13) into.value = reader.readDouble();
    else if (field === 15) into.value = reader.readString();
  }, {});
  if (metric.isNull) delete metric.value;
  return metric;
}

function setSigned(metric: SparkplugMetric, dataType: unknown): void {
  const bits = SIGNED_BITS.get(dataType);
  if (bits !== undefined) metric.signed = bits;
}

/** A property set: names in one list, values in another. */
function setUnit(metric: SparkplugMetric, bytes: Uint8Array): void {
  const keys: string[] = [];
  const values: string[] = [];
  new PbfReader(bytes).readFields((field, _into, reader) => {
    if (field === 1 && keys.length < MOST_PROPERTIES) keys.push(reader.readString());
    else if (field === 2 && values.length < MOST_PROPERTIES) values.push(textOf(reader.readBytes()));
  }, undefined);
  const unit = values[keys.findIndex((key) => UNIT_PROPERTIES.has(key))];
  if (unit) metric.unit = unit;
}

function textOf(bytes: Uint8Array): string {
  let text = "";
  new PbfReader(bytes).readFields((field, _into, reader) => {
    if (field === 8) text = reader.readString();
  }, undefined);
  return text;
}

/** The same in JSON, as the specification shows it and some bridges send it. */
export function sparkplugFromJson(body: Body): SparkplugPayload | undefined {
  if (!Array.isArray(body.metrics)) return undefined;
  const metrics = (body.metrics as readonly unknown[]).slice(0, MOST_METRICS).map((entry) => {
    const own = objectAt({ entry }, "entry") ?? {};
    const metric: SparkplugMetric = {};
    if (typeof own.name === "string") metric.name = own.name;
    if (typeof own.alias === "number") metric.alias = own.alias;
    metric.timestamp = own.timestamp;
    setSigned(metric, own.dataType ?? own.datatype ?? own.type);
    if (typeof own.value === "number" || typeof own.value === "string") metric.value = own.value;
    return metric;
  });
  return { timestamp: body.timestamp, metrics };
}
