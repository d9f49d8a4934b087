import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { Reading } from "../energy/reading";
import type { Alert, Severity } from "../storage/energy-store";
import { FRESH_MS } from "./freshness";
import { HEARD, nextSilence, type Silence } from "./no-data";
import { afterWaiting, nextAlertState, NORMAL, type AlertState, type Threshold } from "./threshold";

export interface RuleSettings {
  /** The node's id. */
  readonly id: string;
  /** Each meter by itself, or the whole site. */
  readonly subject: "meter" | "site";
  /** Absent: nothing is too much. */
  readonly threshold?: Threshold;
  /** Absent: silence is no news. */
  readonly silentMs?: number;
  readonly severity: Severity;
}

/** What a rule found out: beyond its limit or back, silent or heard again. */
export interface News {
  readonly kind: "raised" | "cleared" | "silent" | "heard";
  /** With `clearedAt` when it is over. */
  readonly alert: Alert;
}

/** What must outlive a restart; plain JSON. */
export interface Memory {
  readonly state: AlertState;
  readonly silence: Silence;
  readonly raised?: Alert;
  readonly silent?: Alert;
  /** The last power, and our clock when it was heard: it is held until the next one, whoever waits for that. */
  readonly lastW?: number;
  readonly heardAt?: number;
}

export interface Step {
  readonly news: readonly News[];
  /** To be remembered under the subject's key; absent when nothing that matters has changed. */
  readonly memory?: Memory;
}

/** How one meter, or the site, stands with the rule. */
export interface Watch extends Memory {
  /** Absent for the site. */
  readonly meter?: string;
  /** Our clock when it was last heard. */
  readonly heardAt: number;
  /** Never heard before, nor remembered. */
  readonly isNew?: true;
}

const INSTANT = z.number();
const STATE = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("normal"), at: INSTANT, quietUntil: INSTANT }),
  z.object({ kind: z.literal("pending"), at: INSTANT, quietUntil: INSTANT, since: INSTANT }),
  z.object({ kind: z.literal("raised"), at: INSTANT, since: INSTANT }),
]);
const SILENCE = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("heard") }),
  z.object({ kind: z.literal("silent"), since: INSTANT }),
]);
const ALERT = z.custom<Alert>((value) => z.object({ id: z.string(), kind: z.string() }).safeParse(value).success);
const MEMORY = z.object({
  state: STATE,
  silence: SILENCE,
  raised: ALERT.optional(),
  silent: ALERT.optional(),
  lastW: INSTANT.optional(),
  heardAt: INSTANT.optional(),
});

/** A watch that starts now: from nothing, or from what was remembered, if that can be read. */
export function startWatch(meter: string | undefined, now: number, remembered?: unknown): Watch {
  const memory = MEMORY.safeParse(remembered);
  const { state, silence, raised, silent, lastW, heardAt }: z.infer<typeof MEMORY> = memory.success
    ? memory.data
    : { state: NORMAL, silence: HEARD };
  const isHeld = lastW !== undefined && heardAt !== undefined && now - heardAt <= FRESH_MS;
  return {
    ...(meter !== undefined && { meter }),
    state,
    silence,
    ...(raised && { raised }),
    ...(silent && { silent }),
    ...(isHeld && { lastW }),
    heardAt: now,
    ...(remembered === undefined && { isNew: true }),
  };
}

/** A subject spoke: `powerW` is absent when it did not say a power. */
export function hear(
  rule: RuleSettings,
  watch: Watch,
  { at, powerW }: Pick<Reading, "at" | "powerW">,
  now: number,
): [Watch, Step] {
  const state =
    rule.threshold && powerW !== undefined ? nextAlertState(watch.state, { at, powerW }, rule.threshold) : watch.state;
  const used = powerW !== undefined && at > watch.state.at;
  const heard: Watch = { ...watch, heardAt: now, ...(used && { lastW: powerW }) };
  const [next, step] = settle(rule, heard, state, HEARD, now);
  // A meter whose silence matters is remembered from its first word: it may fall silent while nobody listens.
  if (!next.isNew) return [next, step];
  const { isNew: _, ...known } = next;
  return [known, { ...step, ...(rule.silentMs !== undefined && { memory: toMemory(known) }) }];
}

/** Time passed: a hold may be over, as power is held until the next reading, and a silence may have become too long. */
export function wait(rule: RuleSettings, watch: Watch, now: number): [Watch, Step] {
  const unheardMs = now - watch.heardAt;
  const holds = watch.lastW !== undefined && unheardMs <= FRESH_MS;
  // On the meter's own clock, which need not be ours.
  const heldUntil = watch.state.at + unheardMs;
  const state = rule.threshold && holds ? afterWaiting(watch.state, heldUntil, rule.threshold) : watch.state;
  const silence = rule.silentMs === undefined ? HEARD : nextSilence(watch.silence, watch.heardAt, now, rule.silentMs);
  return settle(rule, watch, state, silence, now);
}

/** What is over because the rule was changed or taken away since it was raised. */
export function outdated(rule: RuleSettings | undefined, watch: Watch, now: number): [Watch, Step] {
  const { raised, silent, ...rest } = watch;
  const keepsRaised = raised && rule?.threshold && raised.kind === limitKind(rule, rule.threshold);
  const keepsSilent = silent && rule?.silentMs !== undefined && silent.kind === silenceKind(rule);
  const next: Watch = {
    ...rest,
    ...(keepsRaised ? { raised } : watch.state.kind === "raised" && { state: NORMAL }),
    ...(keepsSilent ? { silent } : { silence: HEARD }),
  };
  const news: News[] = [
    ...(raised && !keepsRaised ? [{ kind: "cleared", alert: over(raised, now) } as const] : []),
    ...(silent && !keepsSilent ? [{ kind: "heard", alert: over(silent, now) } as const] : []),
  ];
  return [next, { news, ...(news.length > 0 && { memory: toMemory(next) }) }];
}

function settle(rule: RuleSettings, watch: Watch, state: AlertState, silence: Silence, now: number): [Watch, Step] {
  const { raised, silent, ...rest } = watch;
  const news: News[] = [];
  let [nowRaised, nowSilent] = [raised, silent];

  if (state.kind === "raised" && !raised && rule.threshold) {
    const values = { power: watch.lastW ?? 0, limit: rule.threshold.limitW, since: state.since };
    nowRaised = newAlert(rule, watch, limitKind(rule, rule.threshold), values, now);
    news.push({ kind: "raised", alert: nowRaised });
  } else if (state.kind === "normal" && raised) {
    nowRaised = undefined;
    news.push({ kind: "cleared", alert: over(raised, now) });
  }
  if (silence.kind === "silent" && !silent) {
    nowSilent = newAlert(rule, watch, silenceKind(rule), { since: silence.since }, now);
    news.push({ kind: "silent", alert: nowSilent });
  } else if (silence.kind === "heard" && silent) {
    nowSilent = undefined;
    news.push({ kind: "heard", alert: over(silent, now) });
  }

  const next: Watch = {
    ...rest,
    state,
    silence,
    ...(nowRaised && { raised: nowRaised }),
    ...(nowSilent && { silent: nowSilent }),
  };
  const changed = news.length > 0 || state.kind !== watch.state.kind;
  return [next, { news, ...(changed && { memory: toMemory(next) }) }];
}

function toMemory({ state, silence, raised, silent, lastW, heardAt }: Watch): Memory {
  const power = lastW !== undefined && { lastW, heardAt };
  return { state, silence, ...(raised && { raised }), ...(silent && { silent }), ...power };
}

function newAlert(rule: RuleSettings, watch: Watch, kind: string, values: Alert["values"], now: number): Alert {
  const { id, severity } = rule;
  return { id: randomUUID(), at: now, rule: id, severity, ...(watch.meter && { meter: watch.meter }), kind, values };
}

function over(alert: Alert, now: number): Alert {
  return { ...alert, clearedAt: now };
}

function limitKind({ subject }: RuleSettings, { direction }: Threshold): string {
  return `${subject}-${direction}`;
}

function silenceKind({ subject }: RuleSettings): string {
  return subject === "site" ? "site-no-data" : "no-data";
}
