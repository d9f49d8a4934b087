import { DateTime } from "luxon";
import { siteEnergy } from "../../energy/balance";
import { startOf } from "../../energy/calendar";
import { quarterOf, QUARTER_MS } from "../../energy/quarters";
import type { Role } from "../../energy/reading";
import { countedMeters } from "../../energy/tree";
import type { ApiSite } from "../api-site";
import type { Language } from "../../energy/site-facts";
import type { Scope } from "../../storage/access-store";
import type { Advice, Alert, EnergyInterval, Meter } from "../../storage/energy-store";
import { costOf } from "../../tariff/cost-of";
import type { EnergySumDoc, MeterDoc, StateDoc } from "../types";
import { toAdviceDoc, toAlertDoc, toDeviceDoc, toInstant, toKilo } from "../wire";

const MOST_ALERTS = 50;

/** What a state is made of that the database knows. */
interface Facts {
  readonly now: number;
  readonly lastEventId: string;
  readonly meters: readonly Meter[];
  readonly today: readonly EnergyInterval[];
  readonly yesterdaySoFar: readonly EnergyInterval[];
  readonly quarterYesterday: readonly EnergyInterval[];
  readonly alerts: readonly Alert[];
  readonly advice: readonly Advice[];
  readonly open: ReadonlyMap<string, number>;
  readonly hasRulings: boolean;
}

/** Dashboards that ask at the same time, as after a restart, ask the database once. */
const underWay = new WeakMap<ApiSite, Promise<Facts>>();

/** All that a first look at a site needs. */
export async function siteState(site: ApiSite, language: Language, scopes: readonly Scope[]): Promise<StateDoc> {
  const asked = underWay.get(site) ?? gatherFacts(site).finally(() => underWay.delete(site));
  underWay.set(site, asked);
  const { now, lastEventId, meters, alerts, advice, open, hasRulings, ...energy } = await asked;

  const { settings } = site;
  const { zone } = settings;
  const counted = countedMeters(meters);
  const roles = new Map(meters.filter(({ key }) => counted.has(key)).map(({ key, role }) => [key, role]));
  const sumOf = (intervals: readonly EnergyInterval[]): EnergySumDoc => toSum(intervals, roles, settings.pricePerKwh);
  const before = sumOf(energy.yesterdaySoFar);
  const then = sumOf(energy.quarterYesterday);
  return {
    site: {
      name: settings.name,
      kind: settings.kind,
      language: settings.language,
      timeZone: zone,
      currency: settings.currency,
      ...(settings.pricePerKwh !== undefined && { pricePerKwh: settings.pricePerKwh }),
      ...(settings.contractedW !== undefined && { contractedKw: toKilo(settings.contractedW) }),
    },
    at: toInstant(now, zone),
    power: powerNow(
      site,
      meters.filter(({ key }) => counted.has(key)),
      now,
    ),
    today: sumOf(energy.today),
    ...(before.coverage > 0 && { yesterdaySoFar: before }),
    ...(then.coverage > 0 && { homeKwYesterday: toKilo((then.usedKwh * 1000 * 4) / then.coverage) }),
    meters: meters.map((meter) => toMeterDoc(site, meter, now, open.get(meter.key) ?? 0)),
    alerts: alerts.map((alert) => toAlertDoc(alert, language, settings)),
    advice: advice.map((one) => toAdviceDoc(one, language, settings)),
    devices: site.devices.all().map((device) => toDeviceDoc(device.state(), zone)),
    scopes: [...scopes],
    hasRulings,
    lastEventId,
  };
}

async function gatherFacts({ settings, store, live, now: clock }: ApiSite): Promise<Facts> {
  const { zone } = settings;
  const now = clock();
  // Taken first: what happens while the rest is read comes again by the stream, and nothing is missed.
  const lastEventId = String(live.lastId);
  const yesterdayNow = DateTime.fromMillis(now, { zone }).minus({ days: 1 }).toMillis();
  const quarter = quarterOf(yesterdayNow);
  const total = (from: number, to: number): Promise<EnergyInterval[]> =>
    store.energy({ from, to, interval: "total", zone });

  const [meters, today, yesterdaySoFar, quarterYesterday, alerts, advice] = await Promise.all([
    store.meters(),
    total(startOf("day", now, zone), now),
    total(startOf("day", yesterdayNow, zone), yesterdayNow),
    total(quarter, quarter + QUARTER_MS),
    store.alerts({ limit: MOST_ALERTS }),
    store.advice(),
  ]);
  // After the energy, which finds what is not to be believed.
  const open = new Map((await store.quarantineCounts()).map((count) => [count.meter, count.open]));
  const hasRulings = (await store.rulings({ limit: 1 })).length > 0;
  return { now, lastEventId, open, hasRulings, meters, today, yesterdaySoFar, quarterYesterday, alerts, advice };
}

function toSum(
  intervals: readonly EnergyInterval[],
  roles: ReadonlyMap<string, Role>,
  pricePerKwh: number | undefined,
): EnergySumDoc {
  const sum = siteEnergy(intervals, roles);
  return {
    usedKwh: toKilo(sum.usedWh),
    importKwh: toKilo(sum.importWh),
    exportKwh: toKilo(sum.exportWh),
    solarKwh: toKilo(sum.solarWh),
    coverage: sum.coverage,
    ...(pricePerKwh !== undefined && { cost: costOf([sum], pricePerKwh) }),
  };
}

/** A role's power is the sum of its meters, and unknown while one of them says nothing. */
function powerNow(site: ApiSite, meters: readonly Meter[], now: number): StateDoc["power"] {
  const latest = site.live.latest();
  const sumW = (role: Role): number | undefined => {
    const own = meters.filter((meter) => meter.role === role);
    if (own.length === 0) return undefined;
    return own.reduce<number | undefined>((sum, meter) => {
      const reading = latest.get(meter.key);
      const fresh = reading && now - reading.at <= meter.gapLimitMs ? reading.powerW : undefined;
      return sum === undefined || fresh === undefined ? undefined : sum + fresh;
    }, 0);
  };
  const [homeW, gridW, solarW, batteryW] = [site.live.sitePowerW(now), sumW("grid"), sumW("solar"), sumW("battery")];
  return {
    ...(homeW !== undefined && { homeKw: toKilo(homeW) }),
    ...(gridW !== undefined && { gridKw: toKilo(gridW) }),
    ...(solarW !== undefined && { solarKw: toKilo(0 - solarW) }),
    ...(batteryW !== undefined && { batteryKw: toKilo(batteryW) }),
  };
}

function toMeterDoc({ live, settings }: ApiSite, meter: Meter, now: number, quarantined: number): MeterDoc {
  const reading = live.latest().get(meter.key);
  const lastAt = reading?.at;
  return {
    key: meter.key,
    role: meter.role,
    stale: lastAt === undefined || now - lastAt > (meter.staleMs ?? meter.gapLimitMs),
    quarantined,
    ...(reading?.powerW !== undefined && { kw: toKilo(reading.powerW) }),
    ...(lastAt !== undefined && { at: toInstant(lastAt, settings.zone) }),
  };
}
