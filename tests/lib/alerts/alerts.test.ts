import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeAlerts } from "../../../lib/alerts/alerts";
import { makeWebhook } from "../../../lib/alerts/channels/webhook";
import type { LiveEvent } from "../../../lib/api/live";
import type { WebhookSettings } from "../../../lib/alerts/channels/channel-settings";
import { ALONE } from "../../../lib/storage/leases";
import type { SiteSettings } from "../../../lib/site/site";
import type { Alert, AlertStore, MemoryStore } from "../../../lib/storage/energy-store";
import { startReceiver, type HttpReceiver } from "../../support/http-receiver";
import { makeMemory } from "../../support/memory";
import { until } from "../../support/until";

const NOW = Date.UTC(2026, 0, 15, 12);
const DRAFT = {
  rule: "rule",
  severity: "warning",
  meter: "grid",
  kind: "meter-above",
  values: { power: 4000, limit: 3000, since: NOW },
} as const;
let receiver: HttpReceiver;
beforeEach(async () => void (receiver = await startReceiver()));
afterEach(async () => await receiver.close());

/** A store of the alerts alone: what happens when one stands still or fails is up to the test. */
function memoryStore(): AlertStore & MemoryStore & { readonly rows: Map<string, Alert>; broken: boolean } {
  const rows = new Map<string, Alert>();
  const store = {
    ...makeMemory(),
    rows,
    broken: false,
    putAlert: async (alert: Alert) => {
      if (store.broken) throw new Error("disk full");
      rows.set(alert.id, alert);
    },
    alerts: async ({ openOnly }: { openOnly?: boolean }) => {
      if (store.broken) throw new Error("disk full");
      return [...rows.values()].filter(({ clearedAt }) => !openOnly || clearedAt === undefined);
    },
  };
  return store;
}

function start(store = memoryStore()) {
  const phone: WebhookSettings = {
    kind: "webhook",
    id: "phone",
    url: `http://127.0.0.1:${receiver.port}/`,
    method: "POST",
    headers: {},
    contentType: "text/plain",
    body: "{{site}}|{{severity}}|{{meter}}|{{title}}|{{message}}",
  };
  const settings: SiteSettings = {
    id: "site",
    name: "Casa",
    kind: "home",
    zone: "Europe/Madrid",
    currency: "EUR",
    language: "es-ES",
    file: ":memory:",
    durability: "crash",
    channels: [phone],
  };
  const shown: LiveEvent[] = [];
  const problems: Error[] = [];
  const alerts = makeAlerts({
    store,
    live: { publish: (event) => shown.push(event) },
    settings,
    leases: ALONE,
    now: () => NOW,
    onProblem: (error) => problems.push(error),
    openChannel: () => makeWebhook(phone, { allowed: () => true }),
    retryDelaysMs: [],
  });
  return { alerts, store, shown, problems };
}

describe("the alerts of a site", () => {
  it("are stored, shown and sent in the language of the site", async () => {
    const { alerts, store, shown } = start();
    const alert = await alerts.raise(DRAFT);
    expect(alert).toMatchObject({ ...DRAFT, at: NOW });
    expect([...store.rows.values()]).toEqual([alert]);
    expect(shown).toEqual([{ kind: "alert", alert }]);
    await until("it is sent", () => receiver.received.length === 1);
    expect(receiver.received[0]!.body).toBe(
      "Casa|warning|grid|grid: 4\u00a0kW|grid consume 4\u00a0kW, por encima de su límite de 3\u00a0kW, desde 15/1/26, 13:00.",
    );
  });

  it("are stored once the store can, whether raised or over, and are known although it could not say so at first", async () => {
    const store = memoryStore();
    const before = await start(store).alerts.raise({ ...DRAFT, meter: "solar" });
    store.broken = true;
    const { alerts } = start(store);
    await expect(alerts.raise(DRAFT)).rejects.toThrow("disk full");
    store.broken = false;
    await until("it is stored", () => [...store.rows.values()].some(({ meter }) => meter === "grid"));
    expect(await alerts.clear("rule", "solar")).toMatchObject({ id: before.id });

    store.broken = true;
    await expect(alerts.clear("rule", "grid")).rejects.toThrow("disk full");
    store.broken = false;
    await until("its end is stored", () => [...store.rows.values()].every(({ clearedAt }) => clearedAt === NOW));
    await alerts.close();
  });

  it("keep the id that was given to one", async () => {
    const { alerts } = start();
    expect(await alerts.raise({ ...DRAFT, id: "mine", at: 5 })).toMatchObject({ id: "mine", at: 5 });
  });

  it("are not raised twice while they are open, not even across a restart", async () => {
    const store = memoryStore();
    const first = await start(store).alerts.raise(DRAFT);
    const { alerts, shown } = start(store);
    expect(await alerts.raise({ ...DRAFT, id: "again" })).toEqual(first);
    expect(shown).toEqual([]);
    expect(store.rows.size).toBe(1);
  });

  it("hold back none that a person wrote", async () => {
    const { alerts, store } = start();
    const posted = { rule: "api", severity: "info", kind: "posted", values: {}, message: "Hola" } as const;
    await Promise.all([alerts.raise(posted), alerts.raise(posted)]);
    expect(store.rows.size).toBe(2);
  });

  it("are over once, by rule, meter and kind, and told only to those named", async () => {
    const { alerts, store, shown } = start();
    await alerts.raise(DRAFT, []);
    await alerts.raise({ ...DRAFT, kind: "no-data" }, []);
    expect(await alerts.clear("rule", "other")).toBeUndefined();
    const over = await alerts.clear("rule", "grid", { kind: "no-data", channels: ["phone"] });
    expect(over).toMatchObject({ kind: "no-data", clearedAt: NOW });
    expect(store.rows.get(over!.id)).toEqual(over);
    expect(shown.at(-1)).toEqual({ kind: "alert", alert: over });
    expect(await alerts.clear("rule", "grid")).toMatchObject({ kind: "meter-above" });
    expect(await alerts.clear("rule", "grid")).toBeUndefined();
    await until("the end is told", () => receiver.received.length === 1);
    expect(receiver.received[0]!.body).toContain("Resuelto: grid no da señal");
  });

  it("are shown and sent even while the store is broken", async () => {
    const store = memoryStore();
    store.broken = true;
    const { alerts, shown, problems } = start(store);
    await expect(alerts.raise(DRAFT)).rejects.toThrow("disk full");
    expect(shown).toHaveLength(1);
    expect(problems).toMatchObject([{ message: "disk full" }]);
    await until("it is sent", () => receiver.received.length === 1);
  });

  it("report a channel that fails, and are raised all the same", async () => {
    receiver.answer = { status: 404 };
    const { alerts, problems, store } = start();
    await alerts.raise(DRAFT);
    await until("the failure is told", () => problems.length === 1);
    expect(problems).toMatchObject([{ code: "invalid-config", field: "phone" }]);
    expect(store.rows.size).toBe(1);
  });

  it("let what is under way end when the site closes", async () => {
    const { alerts } = start();
    await alerts.raise(DRAFT);
    await alerts.close();
    expect(receiver.received).toHaveLength(1);
  });
});
