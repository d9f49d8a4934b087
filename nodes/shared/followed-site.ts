import type { Lease } from "../../lib/storage/leases";
import type { Site } from "../../lib/site/site";

/** A site that a deploy may replace under those who hold it: what they listen to and what they offer goes over to the next. */
export interface FollowedSite {
  readonly site: Site;
  follow(next: Site): void;
}

interface Tie {
  readonly to: (site: Site) => () => void;
  end: () => void;
}

export function makeFollowedSite(first: Site): FollowedSite {
  let current = first;
  const ties = new Set<Tie>();
  const tie = (to: Tie["to"]): (() => void) => {
    const one: Tie = { to, end: to(current) };
    ties.add(one);
    return () => {
      ties.delete(one);
      one.end();
    };
  };

  const site: Site = {
    get settings() {
      return current.settings;
    },
    get store() {
      return current.store;
    },
    get deliveries() {
      return current.deliveries;
    },
    get meters() {
      return current.meters;
    },
    get quarantine() {
      return current.quarantine;
    },
    get backups() {
      return current.backups;
    },
    get alerts() {
      return current.alerts;
    },
    get imports() {
      return current.imports;
    },
    get adviser() {
      return current.adviser;
    },
    leases: {
      want: (id, holder) => {
        let lease: Lease | undefined;
        let last = Promise.resolve();
        const end = tie(({ leases }) => {
          const mine = leases.want(id, holder);
          lease = mine;
          return () => {
            if (mine.isHeld()) holder.lost();
            last = mine.end();
          };
        });
        return {
          isHeld: () => lease?.isHeld() === true,
          handOver: (body) => lease?.handOver(body),
          end: () => {
            end();
            return last;
          },
        };
      },
      name: () => current.leases.name(),
      isThere: (instance) => current.leases.isThere(instance),
      place: () => current.leases.place(),
      tell: (body) => current.leases.tell(body),
      handed: () => current.leases.handed(),
      close: () => current.leases.close(),
    },
    live: {
      publish: (event) => current.live.publish(event),
      subscribe: (listener) => tie(({ live }) => live.subscribe(listener)),
      since: (id) => current.live.since(id),
      get lastId() {
        return current.live.lastId;
      },
      latest: () => current.live.latest(),
      moved: (meter, to) => current.live.moved(meter, to),
      sitePowerW: (now) => current.live.sitePowerW(now),
    },
    devices: {
      offer: (device) => tie(({ devices }) => devices.offer(device)),
      get: (id) => current.devices.get(id),
      all: () => current.devices.all(),
    },
    keep: (batch) => current.keep(batch),
    moved: (meter, to) => current.moved(meter, to),
    now: () => current.now(),
    close: () => current.close(),
  };

  return {
    site,
    follow: (next) => {
      if (next === current) return;
      current = next;
      for (const one of ties) {
        one.end();
        one.end = one.to(next);
      }
    },
  };
}
