import { randomUUID } from "node:crypto";
import type { SiteFacts } from "../energy/site-facts";
import { asError } from "../errors";
import type { Alert, AlertStore, MemoryStore } from "../storage/energy-store";
import type { Leases } from "../storage/leases";
import { alertText, clearedText, type Text } from "../texts/alert-text";
import type { Channel } from "./channels/channel";
import type { ChannelSettings } from "./channels/channel-settings";
import { openChannel } from "./channels/open-channel";
import { openOutbox } from "./channels/outbox";

/** `id` and `at` may be given by whoever must pass the alert on before it is stored. */
export type NewAlert = Omit<Alert, "id" | "at"> & Partial<Pick<Alert, "id" | "at">>;

export interface Alerts {
  /** Stores, shows and sends it; resolves to the stored alert. A channel that fails is reported by the site, not here. */
  raise(alert: NewAlert, channels?: readonly string[]): Promise<Alert>;
  /** Marks the rule's open alert for this meter (of this kind, if named) as over; told only to the channels named here. */
  clear(
    rule: string,
    meter?: string,
    how?: { kind?: string; channels?: readonly string[] },
  ): Promise<Alert | undefined>;
  /** Learns what another instance left open of this rule: it is not raised again, and can be cleared. */
  recall(rule: string): Promise<void>;
}

export interface AlertsParts {
  readonly store: AlertStore & MemoryStore;
  /** Who shows alerts as they come and go. */
  readonly live: { publish(event: { readonly kind: "alert"; readonly alert: Alert }): void };
  readonly settings: SiteFacts & { readonly channels: readonly ChannelSettings[] };
  /** Which instance sends what one that is gone could not. */
  readonly leases: Leases;
  readonly now: () => number;
  /** A channel that could not send, or a store that could not say what is open. */
  readonly onProblem: (error: Error) => void;
  readonly openChannel?: (settings: ChannelSettings) => Channel;
  readonly retryDelaysMs?: readonly number[];
}

/** More than any site has open; a bound for memory. */
const MAX_OPEN = 10_000;
const SAVE_AGAIN_MS = 1_000;

/**
 * The site's alerts. One that a rule raised stays open until the rule clears it, and is not raised twice: so a rule that
 * was killed before it could remember what it raised repeats nothing. A person's own words are never held back.
 */
export function makeAlerts(parts: AlertsParts): Alerts & { close(): Promise<void> } {
  const { store, live, settings, leases, now, onProblem } = parts;
  const outbox = openOutbox({
    channels: settings.channels,
    openChannel: parts.openChannel ?? openChannel,
    memory: store,
    leases,
    now,
    onProblem,
    ...(parts.retryDelaysMs && { retryDelaysMs: parts.retryDelaysMs }),
  });
  const open = new Map<string, Alert>();
  let loading: Promise<void> | undefined;
  /** When first needed: a site that raises nothing opens no database. */
  const known = (): Promise<void> =>
    (loading ??= store.alerts({ limit: MAX_OPEN, openOnly: true }).then(
      (alerts) => {
        for (const alert of alerts) if (alert.message === undefined) open.set(keyOf(alert), alert);
      },
      // An alert is worth more than the certainty that it is no repetition.
      (error: unknown) => {
        loading = undefined;
        onProblem(asError(error));
      },
    ));

  // What the store could not take is offered again: forgotten, it would be repeated after a restart, or held back for ever.
  const unsaved = new Map<string, Alert>();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  const save = async (alert: Alert): Promise<void> => {
    unsaved.set(alert.id, alert);
    try {
      await store.putAlert(alert);
      if (unsaved.get(alert.id) === alert) unsaved.delete(alert.id);
    } catch (error) {
      if (!closed) timer ??= setTimeout(saveAgain, SAVE_AGAIN_MS);
      throw error;
    }
  };
  const saveAgain = (): void => {
    timer = undefined;
    // That it fails was reported when it first did.
    for (const alert of [...unsaved.values()]) save(alert).catch(() => undefined);
  };

  const tell = (alert: Alert, { title, text }: Text, channels?: readonly string[]): void => {
    const { severity, meter = "" } = alert;
    outbox.post({ title, message: text, severity, meter, site: settings.name }, channels);
  };

  return {
    raise: async (draft, channels) => {
      await known();
      const alert: Alert = { id: randomUUID(), at: now(), ...draft };
      const already = alert.message === undefined ? open.get(keyOf(alert)) : undefined;
      if (already) return already;
      if (alert.message === undefined) open.set(keyOf(alert), alert);

      // Shown and sent first: a store that is stuck must not keep people from knowing.
      live.publish({ kind: "alert", alert });
      tell(alert, alertText(alert, settings.language, settings), channels);
      await save(alert);
      return alert;
    },

    clear: async (rule, meter, { kind, channels } = {}) => {
      await known();
      const raised = [...open.values()].find(
        (one) => one.rule === rule && one.meter === meter && (kind === undefined || one.kind === kind),
      );
      if (!raised) return undefined;
      const alert: Alert = { ...raised, clearedAt: now() };
      open.delete(keyOf(alert));
      live.publish({ kind: "alert", alert });
      if (channels?.length) tell(alert, clearedText(alert, settings.language, settings), channels);
      await save(alert);
      return alert;
    },

    recall: async (rule) => {
      await known();
      const alerts = await store.alerts({ limit: MAX_OPEN, openOnly: true });
      for (const [key, alert] of open) if (alert.rule === rule && !unsaved.has(alert.id)) open.delete(key);
      for (const alert of alerts)
        if (alert.rule === rule && alert.message === undefined && !unsaved.has(alert.id)) open.set(keyOf(alert), alert);
    },

    close: async () => {
      closed = true;
      clearTimeout(timer);
      saveAgain();
      await outbox.close();
    },
  };
}

function keyOf({ rule, meter, kind }: Alert): string {
  return JSON.stringify([rule, meter ?? null, kind]);
}
