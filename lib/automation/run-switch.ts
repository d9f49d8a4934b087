import {
  nextDeadline,
  nextSwitch,
  startSwitch,
  type Outcome,
  type SwitchEffect,
  type SwitchEvent,
  type SwitchSettings,
  type SwitchState,
  type Turned,
} from "./switching";

/** `setTimeout` fires at once beyond this. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** What a running switch needs of the world. All instants are of its `now`, which must not jump. */
export interface SwitchWorld {
  now(): number;
  /** Rejects when the command did not go out. */
  publish(on: boolean, expiresMs: number): Promise<void>;
  /** Keeps it for the next start; must not throw. */
  remember(turned: Turned): void;
  /** Something about the device changed. */
  changed(): void;
  /** A wish ended, whoever had it. */
  ended(outcome: Outcome): void;
}

export interface RunningSwitch {
  /** Resolves when the wish ended or has to wait for a minimum time. */
  wish(on: boolean, from: "input" | "person"): Promise<Outcome>;
  hear(event: Exclude<SwitchEvent, { kind: "wish" | "tick" }>): void;
  state(): SwitchState;
  close(): void;
}

/** Keeps one device's state machine going: its one timer, its commands, and those who wait for it. */
export function runSwitch(turned: Turned, settings: SwitchSettings, world: SwitchWorld): RunningSwitch {
  let state = startSwitch(turned, settings, world.now());
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  let waiting: { readonly on: boolean; resolve(outcome: Outcome): void }[] = [];

  const step = (event: SwitchEvent): void => {
    if (closed) return;
    const { state: next, effects } = nextSwitch(state, event, settings, world.now());
    const changed = next !== state;
    state = next;
    for (const effect of effects) perform(effect);
    plan();
    if (changed) world.changed();
  };

  const perform = (effect: SwitchEffect): void => {
    if (effect.kind === "remember") return world.remember(effect.turned);
    if (effect.kind === "tell") return tell(effect.on, effect.outcome);
    const { on, sentAt, expiresMs } = effect;
    world.publish(on, expiresMs).then(
      () => step({ kind: "published", sentAt }),
      () => step({ kind: "publish-failed", sentAt }),
    );
  };

  const tell = (on: boolean, outcome: Outcome): void => {
    for (const one of waiting) if (one.on === on) one.resolve(outcome);
    waiting = waiting.filter((one) => one.on !== on);
    world.ended(outcome);
  };

  const plan = (): void => {
    clearTimeout(timer);
    const deadline = nextDeadline(state);
    if (deadline === undefined) return;
    const inMs = Math.min(Math.max(0, deadline - world.now()), LONGEST_TIMEOUT_MS);
    timer = setTimeout(() => step({ kind: "tick" }), Math.ceil(inMs));
  };
  plan();

  return {
    wish: (on, from) =>
      new Promise((resolve) => {
        if (closed) return resolve("superseded");
        waiting.push({ on, resolve });
        step({ kind: "wish", on, from });
      }),
    hear: step,
    state: () => state,
    close: () => {
      closed = true;
      clearTimeout(timer);
      for (const one of waiting) one.resolve("superseded");
    },
  };
}
