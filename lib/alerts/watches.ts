import type { Reading } from "../energy/reading";
import { isFresh } from "./freshness";
import {
  hear,
  outdated,
  startWatch,
  wait,
  type Memory,
  type News,
  type RuleSettings,
  type Step,
  type Watch,
} from "./rule";

/** A bound for memory: meter names come from outside. */
const MAX_SUBJECTS = 10_000;
/** The site's power is a sum over all its meters: with thousands of them it is not made for each reading. */
const SITE_EVERY_MS = 200;
const SITE = "site";
const keyOf = (meter: string | undefined): string => (meter === undefined ? SITE : `meter:${meter}`);

export interface WatchesParts {
  readonly rule: RuleSettings;
  readonly now: () => number;
  /** What the whole site draws; absent when unknown. */
  readonly sitePowerW: (now: number) => number | undefined;
  /** What was remembered, by key. */
  readonly remembered: Readonly<Record<string, unknown>>;
}

/** What follows from a reading or from time: news to tell, memories to keep. */
export interface Findings {
  readonly news: readonly News[];
  readonly memories: readonly { readonly key: string; readonly memory: Memory }[];
}

/** Why a reading was not used. */
export type Unused = "not-fresh" | "too-many";

/** How things stand, for the status: the subject that is worst, and how many are like it. */
export interface Standing {
  readonly kind: "waiting" | "normal" | "pending" | "raised" | "silent";
  readonly count: number;
  readonly powerW?: number;
}

/** One rule over all its subjects: a state for each meter that passes, or one for the site. */
export interface Watches {
  /** What is over because the rule is another one than before the restart. */
  start(): Findings;
  take(reading: Reading): Findings | Unused;
  /** To be called about once a second. */
  tick(): Findings;
  standing(): Standing;
  /** What is over because the rule is taken away. */
  end(): Findings;
}

const WORST_FIRST = ["raised", "silent", "pending", "normal"] as const;

export function makeWatches({ rule, now, sitePowerW, remembered }: WatchesParts): Watches {
  const watches = new Map<string, Watch>();
  for (const [key, memory] of Object.entries(remembered)) {
    const meter = key.startsWith("meter:") ? key.slice("meter:".length) : undefined;
    watches.set(key, startWatch(meter, now(), memory));
  }

  const step = (key: string, [watch, { news, memory }]: [Watch, Step]): Findings => {
    watches.set(key, watch);
    return { news, memories: memory ? [{ key, memory }] : [] };
  };
  let siteHeardAt = -Infinity;
  const hearSite = (at: number): Findings => {
    if (at - siteHeardAt < SITE_EVERY_MS) return NOTHING;
    siteHeardAt = at;
    const powerW = sitePowerW(at);
    if (powerW === undefined) return NOTHING;
    const watch = watches.get(SITE) ?? startWatch(undefined, at);
    return step(SITE, hear(rule, watch, { at, powerW }, at));
  };

  return {
    start: () => {
      const at = now();
      if (rule.subject === "site" && rule.silentMs !== undefined && !watches.has(SITE)) {
        watches.set(SITE, startWatch(undefined, at));
      }
      const findings = [...watches].map(([key, watch]) => step(key, outdated(rule, watch, at)));
      for (const key of watches.keys()) if ((key === SITE) !== (rule.subject === "site")) watches.delete(key);
      return joined(findings);
    },

    take: (reading) => {
      const at = now();
      if (!isFresh(reading, at)) return "not-fresh";
      if (rule.subject === "site") return hearSite(at);
      const key = keyOf(reading.meter);
      const known = watches.get(key);
      if (!known && watches.size >= MAX_SUBJECTS) return "too-many";
      return step(key, hear(rule, known ?? startWatch(reading.meter, at), reading, at));
    },

    tick: () => {
      const at = now();
      const site = rule.subject === "site" ? hearSite(at) : NOTHING;
      return joined([site, ...[...watches].map(([key, watch]) => step(key, wait(rule, watch, at)))]);
    },

    end: () => {
      const at = now();
      return joined([...watches].map(([key, watch]) => step(key, outdated(undefined, watch, at))));
    },

    standing: () => {
      const all = [...watches.values()].filter((watch) => watch.lastW !== undefined || watch.raised || watch.silent);
      for (const kind of WORST_FIRST) {
        const alike = all.filter((watch) => standingOf(watch) === kind);
        const [only] = alike;
        if (only) {
          return {
            kind,
            count: alike.length,
            ...(alike.length === 1 && only.lastW !== undefined && { powerW: only.lastW }),
          };
        }
      }
      return { kind: "waiting", count: 0 };
    },
  };
}

const NOTHING: Findings = { news: [], memories: [] };

function joined(findings: readonly Findings[]): Findings {
  return { news: findings.flatMap(({ news }) => news), memories: findings.flatMap(({ memories }) => memories) };
}

function standingOf({ state, silence }: Watch): Standing["kind"] {
  if (state.kind === "raised") return "raised";
  return silence.kind === "silent" ? "silent" : state.kind;
}
