import { makeAlerts } from "../alerts/alerts";
import { incredible } from "../energy/credible";
import type { Reading } from "../energy/reading";
import { KIND_DEFAULTS } from "../energy/site-facts";
import { asError, EnergyError } from "../errors";
import { ALONE } from "../storage/leases";
import { openStore } from "../storage/open-store";
import { openSharedLeases } from "../storage/shared-leases";
import { openBackups } from "./backups";
import type { Deliveries } from "./deliveries";
import { makeDevices } from "../automation/devices";
import { makeLive, type LiveEvent } from "../api/live";
import { makeImports } from "./imports";
import { makeMeters } from "./meters";
import { makeQuarantine } from "./quarantine";
import type { Site, SiteSettings } from "./site";
import { makeStorageNews } from "./storage-news";
import { makeStorageWatch } from "./storage-watch";

/** What a site needs of its host. `onProblem` hears of what nobody waits for: a channel that fails, a note not stored. */
export interface SiteHost {
  now(): number;
  onProblem(error: Error): void;
  /** Of all the host's sites. */
  readonly deliveries: Deliveries;
}

/** What instances tell each other besides what is live: a meter has another key now, is another one, or is no more. */
interface Moved {
  readonly kind: "moved";
  readonly meter: string;
  readonly to?: string;
}

/** Puts a site together. Nothing waits for the database here: whatever uses it says what is wrong with it. */
export function openSite(settings: SiteSettings, { now, onProblem, deliveries }: SiteHost): Site {
  const store = openStore(
    { ...settings, maxPowerW: KIND_DEFAULTS[settings.kind].maxPowerW },
    {
      onNews: (news) => tellNews(news),
      onSpool: (state) => watch.spool(state),
    },
  );
  const meters = makeMeters(store, now, onProblem, () => leases.place());
  const live = makeLive(meters, now, (event) => leases.tell(event));
  const leases = settings.server
    ? openSharedLeases({
        store,
        onTold: (told) => hear(told as LiveEvent | Moved),
        onMissed: () => void review(),
        onProblem,
      })
    : ALONE;
  const follow = ({ meter, to }: Moved): void => {
    meters.moved(meter, to);
    live.moved(meter, to);
  };
  const hear = (told: LiveEvent | Moved): void => (told.kind === "moved" ? follow(told) : live.hear(told));
  const review = async (): Promise<void> => {
    try {
      const known = await meters.review();
      for (const meter of [...live.latest().keys()]) if (!known.has(meter)) live.moved(meter);
    } catch (error) {
      onProblem(asError(error));
    }
  };
  const alerts = makeAlerts({ store, live, settings, leases, now, onProblem });
  const tellNews = makeStorageNews(alerts, settings.language, onProblem);
  const imports = makeImports({ store, meters, settings, now, onProblem });

  const watch = makeStorageWatch(alerts, now, onProblem);
  const { setAside, append } = watch.watched(store);
  const backups = openBackups({ store, settings, now, onProblem });

  return {
    settings,
    store,
    live,
    meters,
    quarantine: makeQuarantine(store, now, onProblem),
    backups,
    alerts,
    imports,
    leases,
    deliveries,
    devices: makeDevices(live),
    adviser: {
      publish: async (adviser, advice) => {
        await store.putAdvice(adviser, advice);
        live.publish({ kind: "advice", advice: await store.advice() });
      },
    },
    now,

    keep: async ({ readings, delivery }) => {
      await meters.ready();
      const stranger = readings.find(({ meter }) => !meters.admits(meter));
      if (stranger)
        throw new EnergyError("invalid-reading", `too many meters: no room for "${stranger.meter}"`, {
          field: "meter",
        });
      const believed: Reading[] = [];
      const aside: Reading[] = [];
      for (const reading of readings) {
        if (reading.source === "retained") continue;
        // Its energy is computed from what it is made of.
        if (meters.formula(reading.meter)) {
          live.publish({ kind: "reading", reading });
          continue;
        }
        (incredible(reading, now()) ? aside : believed).push(reading);
      }
      if (aside.length > 0) await setAside(aside, "instant");
      if (believed.length > 0) {
        const kept = await append({ readings: believed, ...(delivery && { delivery }) });
        // Acknowledged once whoever evaluates it can know of it, too.
        await leases.handed();
        for (const reading of kept) if (reading.source !== "imported") live.publish({ kind: "reading", reading });
      }
      return aside;
    },

    moved: (meter, to) => {
      const moved: Moved = { kind: "moved", meter, ...(to !== undefined && { to }) };
      follow(moved);
      leases.tell(moved);
    },

    close: async () => {
      watch.close();
      await imports.close();
      backups.close();
      await alerts.close();
      await leases.close();
      await store.close();
    },
  };
}
