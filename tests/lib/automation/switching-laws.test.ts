import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  nextDeadline,
  nextSwitch,
  startSwitch,
  type SwitchEvent,
  type SwitchSettings,
  type SwitchState,
} from "../../../lib/automation/switching";

/** What happens to a device and to whoever switches it, in any order. */
const happenings = (longestReportMs: number) =>
  fc.array(
    fc.oneof(
      { weight: 4, arbitrary: fc.record({ kind: fc.constant("wish" as const), on: fc.boolean() }) },
      {
        weight: 4,
        arbitrary: fc.record({ kind: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 30_000 }) }),
      },
      {
        weight: 1,
        arbitrary: fc.record({ kind: fc.constant("restart" as const), ms: fc.integer({ min: 0, max: 20_000 }) }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant("connection" as const), online: fc.boolean() }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant("press" as const) }) },
      {
        weight: 2,
        arbitrary: fc.record({
          kind: fc.constant("network" as const),
          hears: fc.boolean(),
          speaks: fc.boolean(),
          /** From command to obedience; a command expires before the next. */
          commandMs: fc.integer({ min: 0, max: 4_999 }),
          reportMs: fc.integer({ min: 0, max: longestReportMs }),
        }),
      },
    ),
    { maxLength: 30 },
  );
type Happening = ReturnType<typeof happenings> extends fc.Arbitrary<(infer H)[]> ? H : never;

const settings = fc.record({
  confirmMs: fc.constant(5_000),
  retries: fc.constant(2),
  minOnMs: fc.constantFrom(0, 20_000, 60_000),
  minOffMs: fc.constantFrom(0, 20_000, 60_000),
  confirmable: fc.constant(true),
  repeatMs: fc.constant(45_000),
  safeState: fc.constantFrom("leave" as const, "on" as const, "off" as const),
});

interface Run {
  /** Each turn of the device itself, and who turned it. */
  readonly turns: { readonly at: number; readonly on: boolean; readonly by: "command" | "hand" }[];
  /** Sends between one wish and the next. */
  readonly sends: number[];
  readonly outcomes: string[];
  state: SwitchState;
}

/** A world of one device: commands and reports take their time, get lost, and everything can stop in the middle. */
function live(script: readonly Happening[], how: SwitchSettings): Run {
  let now = 0;
  let on = false;
  let network = { hears: true, speaks: true, commandMs: 10, reportMs: 10 };
  let online = true;
  let due: { readonly at: number; readonly order: number; run(): void }[] = [];
  let order = 0;
  let era = 0;
  // One connection each way: what was said later never arrives earlier.
  let commandedAt = 0;
  let reportedAt = 0;
  const run: Run = { turns: [], sends: [0], outcomes: [], state: startSwitch({}, how, now) };

  const later = (ms: number, work: () => void): void => {
    due.push({ at: now + ms, order: order++, run: work });
  };
  const report = (): void => {
    if (!network.speaks) return;
    const [said, of] = [on, era];
    reportedAt = Math.max(reportedAt, now + network.reportMs);
    later(reportedAt - now, () => {
      if (online && of === era) step({ kind: "report", on: said, retained: false });
    });
  };
  const turn = (wanted: boolean, by: "command" | "hand"): void => {
    if (on !== wanted) run.turns.push({ at: now, on: wanted, by });
    on = wanted;
    report();
  };
  const step = (event: SwitchEvent): void => {
    const { state, effects } = nextSwitch(run.state, event, how, now);
    run.state = state;
    for (const effect of effects) {
      if (effect.kind === "tell") {
        run.outcomes.push(effect.outcome);
        if (effect.outcome === "superseded") run.sends.push(0);
      }
      if (effect.kind !== "publish") continue;
      run.sends.push((run.sends.pop() ?? 0) + 1);
      const { hears, commandMs } = network;
      const commanded = effect.on;
      if (!hears) continue;
      commandedAt = Math.max(commandedAt, now + Math.min(commandMs, effect.expiresMs - 1));
      later(commandedAt - now, () => turn(commanded, "command"));
    }
  };
  const pass = (ms: number, running = true): void => {
    const end = now + ms;
    for (;;) {
      const next = due.reduce((a, b) => (b.at < a.at || (b.at === a.at && b.order < a.order) ? b : a), {
        at: Infinity,
        order: Infinity,
        run: () => undefined as void,
      });
      const tick = running ? (nextDeadline(run.state) ?? Infinity) : Infinity;
      if (Math.min(next.at, tick) > end) break;
      now = Math.max(now, Math.min(next.at, tick));
      if (next.at <= tick) {
        due = due.filter((one) => one !== next);
        next.run();
      } else step({ kind: "tick" });
    }
    now = end;
  };

  step({ kind: "connection", online });
  report();
  pass(10_000);
  for (const what of script) {
    if (what.kind === "pass") pass(what.ms);
    if (what.kind === "network") network = what;
    if (what.kind === "press") {
      // A press that nobody hears of binds nobody.
      network = { ...network, speaks: true, reportMs: 0 };
      turn(!on, "hand");
      pass(9_000);
    }
    if (what.kind === "connection") {
      online = what.online;
      step(what);
      if (online) report();
    }
    if (what.kind === "restart") {
      const { turned } = run.state;
      era += 1;
      pass(what.ms, false);
      run.state = startSwitch(turned, how, now);
      run.sends.push(0);
      step({ kind: "connection", online });
      if (online) report();
    }
    if (what.kind === "wish") {
      if (run.state.wish?.on !== what.on) run.sends.push(0);
      step({ kind: "wish", on: what.on, from: "input" });
    }
  }
  pass(1_000_000);
  return run;
}

describe("whatever happens", () => {
  it("no command turns a device before its minimum time", () => {
    fc.assert(
      fc.property(happenings(9_000), settings, (script, how) => {
        const { turns } = live(script, how);
        turns.forEach((turned, index) => {
          const before = turns[index - 1];
          if (!before || before.by === "hand" || turned.by === "hand") return;
          expect(turned.at - before.at).toBeGreaterThanOrEqual(turned.on ? how.minOffMs : how.minOnMs);
        });
      }),
      { numRuns: 2_000 },
    );
  });

  it("a wish sends at most three commands", () => {
    fc.assert(
      fc.property(happenings(9_000), settings, (script, how) => {
        // The safe state is one more wish.
        const most = Math.max(...live(script, { ...how, safeState: "leave" }).sends);
        expect(most).toBeLessThanOrEqual(3);
      }),
      { numRuns: 1_000 },
    );
  });

  it("everything comes to rest, and a mute device is unknown then", () => {
    fc.assert(
      fc.property(happenings(5_000), settings, fc.boolean(), (before, how, on) => {
        const well: Happening = { kind: "network", hears: true, speaks: true, commandMs: 0, reportMs: 0 };
        const settle: Happening[] = [
          { kind: "wish", on: !on },
          { kind: "pass", ms: 200_000 },
        ];
        const script: Happening[] = [...before, { kind: "connection", online: true }, well, ...settle];
        const mute: Happening = { ...well, hears: false, speaks: false };
        const { state } = live([...script, mute, { kind: "wish", on }], { ...how, safeState: "leave" });
        expect(state.wish).toBeUndefined();
        expect(state.flight).toBeUndefined();
        expect(state.known).toBeUndefined();
      }),
      { numRuns: 1_000 },
    );
  });

  it("a device that a hand turned stays as it is until somebody wishes otherwise", () => {
    fc.assert(
      fc.property(settings, fc.boolean(), fc.integer({ min: 0, max: 900_000 }), (how, on, ms) => {
        const still = { ...how, safeState: "leave" } as const;
        const { turns } = live(
          [{ kind: "wish", on }, { kind: "pass", ms: 100_000 }, { kind: "press" }, { kind: "pass", ms }],
          still,
        );
        expect(turns.at(-1)?.by).toBe("hand");
      }),
    );
  });
});
