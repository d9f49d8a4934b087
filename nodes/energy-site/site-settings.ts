import type { NodeAPI } from "node-red";
import { isZone } from "../../lib/energy/calendar";
import { EnergyError } from "../../lib/errors";
import { parseChoice } from "../../lib/parse-choice";
import { parseNumber, parseOptionalNumber } from "../../lib/parse-number";
import type { ChannelSettings } from "../../lib/alerts/channels/channel-settings";
import { LANGUAGES, SITE_KINDS } from "../../lib/energy/site-facts";
import type { BackupSettings } from "../../lib/site/backups";
import type { SiteSettings } from "../../lib/site/site";
import type { Retention } from "../../lib/storage/retention";
import type { ServerSettings } from "../../lib/storage/server";
import { defaultSiteSettings, siteFile } from "../shared/site-files";

/** Credentials have fixed names in Node-RED: each channel takes one of these for its user and its secret. */
export const CHANNEL_SLOTS = [0, 1, 2, 3, 4, 5, 6, 7] as const;

export type SiteSecrets = Readonly<Record<string, string | undefined>>;

/** As the form keeps it: texts. */
export interface SiteDef {
  readonly name?: string;
  readonly kind?: string;
  readonly zone?: string;
  readonly currency?: string;
  readonly language?: string;
  readonly durability?: string;
  readonly backup?: string;
  readonly backupAt?: string;
  readonly backupKeep?: string;
  readonly database?: string;
  readonly databaseHost?: string;
  readonly databasePort?: string;
  readonly databaseName?: string;
  readonly databaseUser?: string;
  readonly databaseTls?: string;
  readonly spoolMb?: string;
  readonly readingDays?: string;
  readonly quarterDays?: string;
  readonly alertDays?: string;
  readonly pricePerKwh?: string;
  readonly contractedKw?: string;
  readonly channels?: readonly ChannelDef[];
}

interface ChannelDef {
  readonly id: string;
  readonly slot: number;
  readonly kind: "email" | "webhook";
  readonly host?: string;
  readonly port?: string;
  readonly secure?: boolean;
  readonly from?: string;
  readonly to?: string;
  readonly url?: string;
  readonly method?: string;
  readonly headers?: string;
  readonly contentType?: string;
  readonly body?: string;
}

const DATABASES = ["sqlite", "postgres", "mysql"] as const;
const DATABASE_PORTS = { postgres: 5432, mysql: 3306 } as const;
const LONGEST_DAYS = 100_000;
const SPOOL_MB = 1_000;
const METHODS = ["POST", "PUT", "GET"] as const;

/** The site that a form describes, or an `invalid-config` error that names the field. Empty fields take the machine's. */
export function makeSiteSettings(RED: NodeAPI, id: string, def: SiteDef, secrets: SiteSecrets): SiteSettings {
  const defaults = defaultSiteSettings(RED);
  const pricePerKwh = parseOptionalNumber(def.pricePerKwh, "pricePerKwh");
  const contractedKw = parseOptionalNumber(def.contractedKw, "contractedKw");
  if (contractedKw !== undefined && contractedKw <= 0)
    throw invalid("contractedKw", "must be more than 0", def.contractedKw);
  const zone = def.zone || defaults.zone;
  if (!isZone(zone)) throw invalid("zone", "must be a time zone such as Europe/Madrid", zone);
  const currency = (def.currency || defaults.currency).toUpperCase();
  if (!/^[A-Z]{3}$/.test(currency)) throw invalid("currency", "must be three letters such as EUR", currency);

  return {
    id,
    name: def.name || defaults.name,
    kind: SITE_KINDS.find((kind) => kind === def.kind) ?? defaults.kind,
    zone,
    currency,
    language: LANGUAGES.find((language) => language === def.language) ?? defaults.language,
    ...(pricePerKwh !== undefined && { pricePerKwh }),
    ...(contractedKw !== undefined && { contractedW: contractedKw * 1000 }),
    durability: def.durability === "power" ? "power" : "crash",
    ...makeServer(def, secrets.databasePassword ?? ""),
    spoolBytes: parseSpoolMb(def) * 1e6,
    retention: makeRetention(def),
    ...makeBackup(def),
    channels: (def.channels ?? []).map((channel) => makeChannel(channel, secrets)),
    file: siteFile(RED, id),
  };
}

function parseSpoolMb(def: SiteDef): number {
  const spoolMb = parseNumber(def.spoolMb, "spoolMb", SPOOL_MB);
  if (!(spoolMb >= 1)) throw invalid("spoolMb", "must be at least 1", spoolMb);
  return spoolMb;
}

/** Whole days; an empty field keeps for ever. */
function makeRetention(def: SiteDef): Retention {
  const days = (field: "readingDays" | "quarterDays" | "alertDays"): number | undefined => {
    const value = parseOptionalNumber(def[field], field);
    if (value !== undefined && !(Number.isInteger(value) && value >= 1 && value <= LONGEST_DAYS))
      throw invalid(field, `must be whole days from 1 to ${LONGEST_DAYS}`, value);
    return value;
  };
  const [readingDays, quarterDays, alertDays] = [days("readingDays"), days("quarterDays"), days("alertDays")];
  if (readingDays !== undefined && quarterDays !== undefined && quarterDays < readingDays)
    throw invalid("quarterDays", "must not be less than readingDays", quarterDays);
  return {
    ...(readingDays !== undefined && { readingDays }),
    ...(quarterDays !== undefined && { quarterDays }),
    ...(alertDays !== undefined && { alertDays }),
  };
}

/** None where the database is a server: its own backup is meant. */
function makeBackup(def: SiteDef): { readonly backup?: BackupSettings } {
  const isDaily = parseChoice(def.backup, "backup", ["daily", "off"]) === "daily";
  if (!isDaily || parseChoice(def.database, "database", DATABASES) !== "sqlite") return {};
  const [, hour, minute] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec((def.backupAt || "03:30").trim()) ?? [];
  if (hour === undefined || minute === undefined)
    throw invalid("backupAt", "must be a time of the day such as 03:30", def.backupAt);
  const keep = parseNumber(def.backupKeep, "backupKeep", 7);
  if (!Number.isInteger(keep) || keep < 1 || keep > 1_000)
    throw invalid("backupKeep", "must be a whole number from 1 to 1000", keep);
  return { backup: { hour: Number(hour), minute: Number(minute), keep } };
}

function makeServer(def: SiteDef, password: string): { readonly server?: ServerSettings } {
  const kind = parseChoice(def.database, "database", DATABASES);
  if (kind === "sqlite") return {};
  const port = parseNumber(def.databasePort, "databasePort", DATABASE_PORTS[kind]);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw invalid("databasePort", "must be a port from 1 to 65535", port);
  return {
    server: {
      kind,
      host: def.databaseHost || "localhost",
      port,
      database: def.databaseName || "vatio",
      user: def.databaseUser || "vatio",
      password,
      tls: parseChoice(def.databaseTls, "databaseTls", ["verified", "unverified", "off"]),
    },
  };
}

function makeChannel(channel: ChannelDef, secrets: SiteSecrets): ChannelSettings {
  const { id } = channel;
  const user = secrets[`user${channel.slot}`];
  const secret = secrets[`secret${channel.slot}`];
  if (channel.kind === "email") {
    if (!channel.host) throw invalid("channels", "needs a mail server", id);
    if (!channel.to) throw invalid("channels", "needs somebody to write to", id);
    return {
      kind: "email",
      id,
      host: channel.host,
      port: parseNumber(channel.port, "channels", channel.secure ? 465 : 587),
      secure: channel.secure === true,
      ...(user && { user }),
      ...(secret && { password: secret }),
      from: channel.from || channel.to,
      to: channel.to,
    };
  }
  if (!/^https?:\/\//i.test(channel.url ?? "")) throw invalid("channels", "needs an address that starts with http", id);
  return {
    kind: "webhook",
    id,
    url: channel.url ?? "",
    method: METHODS.find((method) => method === channel.method) ?? "POST",
    headers: parseHeaders(channel.headers ?? "", id),
    contentType: channel.contentType || "application/json",
    body: channel.body ?? "",
    ...(channel.to && { to: channel.to }),
    ...(user && { user }),
    ...(secret && { secret }),
  };
}

/** A header a line, `Name: value`. */
function parseHeaders(text: string, id: string): Record<string, string> {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  return Object.fromEntries(
    lines.map((line) => {
      const match = /^([\w-]+):\s*(.*)$/.exec(line.trim());
      if (!match?.[1]) throw invalid("channels", 'needs headers like "Name: value"', id);
      return [match[1], match[2] ?? ""];
    }),
  );
}

function invalid(field: string, wanted: string, got: unknown): EnergyError {
  return new EnergyError("invalid-config", `${field} ${wanted}, got "${String(got)}"`, { field });
}
