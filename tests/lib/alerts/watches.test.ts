import { describe, expect, it } from "vitest";
import type { RuleSettings } from "../../../lib/alerts/rule";
import { makeWatches, type Findings, type Unused, type Watches } from "../../../lib/alerts/watches";
import type { Reading } from "../../../lib/energy/reading";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const START = Date.UTC(2026, 0, 15, 12);
const RULE: RuleSettings = {
  id: "rule",
  subject: "meter",
  severity: "warning",
  threshold: { direction: "above", limitW: 3000, clearW: 2500, holdMs: MINUTE, quietMs: 0 },
};
const SILENCE: RuleSettings = { id: "rule", subject: "meter", severity: "warning", silentMs: 10 * MINUTE };

/** Watches on a clock and a site of the test's own, and everything that they remembered. */
function start(rule: RuleSettings, remembered: Record<string, unknown> = {}) {
  const world = { now: START, siteW: undefined as number | undefined };
  const open = (): Watches =>
    makeWatches({ rule, now: () => world.now, sitePowerW: () => world.siteW, remembered: structuredClone(remembered) });
  let watches = open();
  const kept = (findings: Findings): string[] => {
    for (const { key, memory } of findings.memories) remembered[key] = memory;
    return findings.news.map(({ kind, alert }) => `${kind} ${alert.meter ?? "site"} ${alert.kind}`);
  };
  return {
    world,
    remembered,
    get standing() {
      return watches.standing();
    },
    /** Seconds after the start, a power is said; the clock is the arrival. */
    hear: (seconds: number, powerW?: number, more: Partial<Reading> = {}): string[] | Unused => {
      world.now = START + seconds * SECOND;
      const found = watches.take({ meter: "grid", at: world.now, ...(powerW !== undefined && { powerW }), ...more });
      return typeof found === "string" ? found : kept(found);
    },
    wait: (seconds: number): string[] => {
      world.now = START + seconds * SECOND;
      return kept(watches.tick());
    },
    restart: (): string[] => {
      watches = open();
      return kept(watches.start());
    },
  };
}

describe("a rule over meters", () => {
  it("keeps a state for each meter", () => {
    const { hear } = start(RULE);
    hear(0, 4000);
    expect(hear(60, 100, { meter: "heater" })).toEqual([]);
    expect(hear(60, 4000)).toEqual(["raised grid meter-above"]);
    expect(hear(61, 9000)).toEqual([]);
    expect(hear(62, 2400)).toEqual(["cleared grid meter-above"]);
  });

  it("goes on with a hold after a restart although nothing more is heard, but not with one of long ago", () => {
    const { hear, restart, wait } = start(RULE);
    hear(0, 4000);
    restart();
    expect(wait(61)).toEqual(["raised grid meter-above"]);

    const later = start(RULE);
    later.hear(0, 4000);
    later.world.now += 6 * MINUTE;
    later.restart();
    expect(later.wait(7 * 60 + 1)).toEqual([]);
  });

  it("says how much it was, and of what", () => {
    const watches = makeWatches({
      rule: { ...RULE, threshold: { ...RULE.threshold!, holdMs: 0 } },
      now: () => START,
      sitePowerW: () => undefined,
      remembered: {},
    });
    const found = watches.take({ meter: "grid", at: START - 5, powerW: 4200 });
    expect(found).toMatchObject({
      news: [
        {
          alert: {
            rule: "rule",
            meter: "grid",
            severity: "warning",
            at: START,
            values: { power: 4200, limit: 3000, since: START - 5 },
          },
        },
      ],
    });
  });

  it("raises when the hold ends between two readings, as the power still holds", () => {
    const { hear, wait } = start(RULE);
    hear(0, 4000);
    expect(wait(59)).toEqual([]);
    expect(wait(60)).toEqual(["raised grid meter-above"]);
    expect(hear(61, 100, { at: START + 59 * SECOND })).toEqual(["cleared grid meter-above"]);
  });

  it("measures the hold on the clock of the meter, which may be minutes off", () => {
    const { hear, wait } = start(RULE);
    hear(0, 4000, { at: START - 4 * MINUTE });
    expect(wait(59)).toEqual([]);
    expect(wait(60)).toEqual(["raised grid meter-above"]);
  });

  it("does not take a power for held once it is older than five minutes", () => {
    const { hear, wait } = start({ ...RULE, threshold: { ...RULE.threshold!, holdMs: 6 * MINUTE } });
    hear(0, 4000);
    expect(wait(361)).toEqual([]);
  });

  it.each<[string, Partial<Reading>]>([
    ["a retained one", { source: "retained" }],
    ["an imported one", { source: "imported" }],
    ["one older than five minutes", { at: START - 5 * MINUTE - 1 }],
    ["one more than five minutes ahead", { at: START + 5 * MINUTE + 1 }],
  ])("uses no reading that is not about now: %s", (_, more) => {
    expect(start(RULE).hear(0, 9000, more)).toBe("not-fresh");
  });

  it("watches ten thousand meters and no more", () => {
    const { hear } = start(RULE);
    for (let index = 0; index < 10_000; index++) hear(0, 1, { meter: `meter ${index}` });
    expect(hear(0, 1, { meter: "one more" })).toBe("too-many");
    expect(hear(1, 1, { meter: "meter 0" })).toEqual([]);
  });

  it("keeps a hold across a restart", () => {
    const { hear, restart } = start(RULE);
    hear(0, 4000);
    restart();
    expect(hear(60, 4000)).toEqual(["raised grid meter-above"]);
  });

  it("raises nothing twice across a restart, and still clears it", () => {
    const { hear, restart } = start(RULE);
    hear(0, 4000);
    hear(60, 4000);
    expect(restart()).toEqual([]);
    expect(hear(61, 4000)).toEqual([]);
    expect(hear(62, 0)).toEqual(["cleared grid meter-above"]);
  });

  it("starts afresh where what was remembered cannot be read", () => {
    const { hear } = start(RULE, { "meter:grid": { state: { kind: "raised", since: "yesterday" } } });
    expect(hear(0, 4000)).toEqual([]);
    expect(hear(60, 4000)).toEqual(["raised grid meter-above"]);
  });

  it("ends what another rule had raised", () => {
    const { hear, remembered } = start(RULE);
    hear(0, 4000);
    hear(60, 4000);
    const changed = start(
      { ...RULE, threshold: { ...RULE.threshold!, direction: "below", limitW: 10, clearW: 20 } },
      remembered,
    );
    expect(changed.restart()).toEqual(["cleared grid meter-above"]);
    expect(changed.restart()).toEqual([]);
  });

  it("is not moved by a gas meter, which says no power", () => {
    expect(start(RULE).hear(0, undefined, { volumeM3: 3 })).toEqual([]);
  });
});

describe("a rule over silence", () => {
  it("tells once when a meter falls silent and once when it is heard again", () => {
    const { hear, wait } = start(SILENCE);
    hear(0, 100);
    expect(wait(599)).toEqual([]);
    expect(wait(600)).toEqual(["silent grid no-data"]);
    expect(wait(700)).toEqual([]);
    expect(hear(701, 100)).toEqual(["heard grid no-data"]);
  });

  it("hears a meter that says no power", () => {
    const { hear, wait } = start(SILENCE);
    hear(0, undefined, { volumeM3: 3 });
    hear(599, undefined, { volumeM3: 3 });
    expect(wait(700)).toEqual([]);
  });

  it("knows after a restart which meters there were", () => {
    const { hear, wait, restart } = start(SILENCE);
    hear(0, 100);
    restart();
    expect(wait(600)).toEqual(["silent grid no-data"]);
  });

  it("keeps the alert of a meter that is silent, and its limit's apart", () => {
    const { hear, wait } = start({ ...RULE, silentMs: 10 * MINUTE });
    hear(0, 4000);
    hear(60, 4000);
    expect(wait(700)).toEqual(["silent grid no-data"]);
    expect(hear(701, 4000)).toEqual(["heard grid no-data"]);
    expect(hear(702, 0)).toEqual(["cleared grid meter-above"]);
  });
});

describe("a rule over the site", () => {
  const SITE: RuleSettings = { ...RULE, subject: "site", silentMs: 10 * MINUTE };

  it("judges what the whole site draws, whichever meter speaks", () => {
    const { world, hear, wait } = start(SITE);
    world.siteW = 4000;
    hear(0, 1, { meter: "fridge" });
    expect(wait(60)).toEqual(["raised site site-above"]);
    world.siteW = 0;
    expect(hear(61, 1, { meter: "fridge" })).toEqual(["cleared site site-above"]);
  });

  it("tells when the power of the site is unknown for too long, even from the start", () => {
    const { restart, wait } = start(SITE);
    restart();
    expect(wait(600)).toEqual(["silent site site-no-data"]);
  });
});

describe("how things stand", () => {
  it("names the worst, and how many are alike", () => {
    const test = start({ ...RULE, threshold: { ...RULE.threshold!, holdMs: 0 } });
    expect(test.standing).toEqual({ kind: "waiting", count: 0 });
    test.hear(0, 100, { meter: "a" });
    expect(test.standing).toEqual({ kind: "normal", count: 1, powerW: 100 });
    test.hear(0, 100, { meter: "b" });
    expect(test.standing).toEqual({ kind: "normal", count: 2 });
    test.hear(1, 5000, { meter: "b" });
    expect(test.standing).toEqual({ kind: "raised", count: 1, powerW: 5000 });
  });
});
