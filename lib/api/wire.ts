import { DateTime } from "luxon";
import { adviceText } from "../texts/advice-text";
import { alertText } from "../texts/alert-text";
import type { DeviceState } from "../automation/devices";
import type { Language, SiteFacts } from "../energy/site-facts";
import type { TokenRecord } from "../storage/access-store";
import type { Advice, Alert } from "../storage/energy-store";
import type { AdviceDoc, AlertDoc, DeviceDoc, TokenDoc } from "./types";

/** kW and kWh as they go over the wire: rounded to mW and mWh, so that 1.25 stays 1.25. */
export const toKilo = (value: number): number => Math.round(value * 1000) / 1_000_000;

/** ISO 8601 with the offset of the site's clock. */
export const toInstant = (at: number, zone: string): string => {
  const local = DateTime.fromMillis(at, { zone });
  return (local.isValid ? local : DateTime.fromMillis(at, { zone: "utc" })).toISO() ?? new Date(at).toISOString();
};

export function toAlertDoc(alert: Alert, language: Language, site: SiteFacts): AlertDoc {
  const { title, text } = alertText(alert, language, site);
  return {
    id: alert.id,
    at: toInstant(alert.at, site.zone),
    severity: alert.severity,
    kind: alert.kind,
    title,
    text,
    ...(alert.meter !== undefined && { meter: alert.meter }),
    ...(alert.clearedAt !== undefined && { clearedAt: toInstant(alert.clearedAt, site.zone) }),
  };
}

export function toAdviceDoc(advice: Advice, language: Language, site: SiteFacts): AdviceDoc {
  const { title, text } = adviceText(advice, language, site);
  const { from, to, figures } = advice.evidence;
  return {
    id: advice.id,
    at: toInstant(advice.at, site.zone),
    kind: advice.kind,
    title,
    text,
    confidence: advice.confidence,
    evidence: { from: toInstant(from, site.zone), to: toInstant(to, site.zone), figures: { ...figures } },
    ...(advice.savingPerYear !== undefined && { savingPerYear: advice.savingPerYear }),
  };
}

export function toDeviceDoc(device: DeviceState, zone: string): DeviceDoc {
  return {
    id: device.id,
    name: device.name,
    state: device.state,
    ...(device.pending && { pending: { on: device.pending.on, since: toInstant(device.pending.since, zone) } }),
    ...(device.confirmedAt !== undefined && { confirmedAt: toInstant(device.confirmedAt, zone) }),
    ...(device.waitsUntil !== undefined && { waitsUntil: toInstant(device.waitsUntil, zone) }),
    ...(device.meter !== undefined && { meter: device.meter }),
  };
}

/** Never the hash, never the secret. */
export function toTokenDoc(token: TokenRecord, zone: string): TokenDoc {
  return {
    id: token.id,
    name: token.name,
    scopes: [...token.scopes],
    createdAt: toInstant(token.createdAt, zone),
    ...(token.expiresAt !== undefined && { expiresAt: toInstant(token.expiresAt, zone) }),
    ...(token.lastUsedAt !== undefined && { lastUsedAt: toInstant(token.lastUsedAt, zone) }),
  };
}
