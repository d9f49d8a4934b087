import { describe, expect, it } from "vitest";
import {
  nextDeadline,
  nextSwitch,
  startSwitch,
  type SwitchEvent,
  type SwitchSettings,
  type SwitchState,
} from "../../../lib/automation/switching";

const SETTINGS: SwitchSettings = {
  confirmMs: 5_000,
  retries: 2,
  minOnMs: 0,
  minOffMs: 0,
  confirmable: true,
  safeState: "leave",
};
const ONLINE: SwitchEvent = { kind: "connection", online: true };
const OFFLINE: SwitchEvent = { kind: "connection", online: false };
const TICK: SwitchEvent = { kind: "tick" };
const wish = (on: boolean, from: "input" | "person" = "input"): SwitchEvent => ({ kind: "wish", on, from });
const report = (on: boolean, retained = false): SwitchEvent => ({ kind: "report", on, retained });

type Script = readonly (readonly [at: number, event: SwitchEvent])[];

/** What a script made the machine do: "at: send on", "at: confirmed". */
function play(
  script: Script,
  changed: Partial<SwitchSettings> = {},
  turned = {},
): { log: string[]; state: SwitchState } {
  const settings = { ...SETTINGS, ...changed };
  let state = startSwitch(turned, settings, 0);
  const log: string[] = [];
  for (const [at, event] of [[0, ONLINE] as const, ...script]) {
    const step = nextSwitch(state, event, settings, at);
    state = step.state;
    for (const effect of step.effects) {
      if (effect.kind === "publish") log.push(`${at}: send ${effect.on ? "on" : "off"}`);
      if (effect.kind === "tell") log.push(`${at}: ${effect.outcome}`);
    }
  }
  return { log, state };
}

describe("a wish", () => {
  it.each<[string, Script, Partial<SwitchSettings>, string[]]>([
    [
      "is sent and confirmed by the report",
      [
        [1, wish(true)],
        [2, report(true)],
      ],
      {},
      ["1: send on", "2: confirmed"],
    ],
    [
      "that is reached already is told once, in case the report was late",
      [
        [1, wish(true)],
        [2, report(true)],
        [3, report(false)],
        [4, wish(false)],
        [5, report(false)],
        [6, wish(false)],
      ],
      {},
      ["1: send on", "2: confirmed", "4: send off", "5: confirmed", "6: confirmed"],
    ],
    [
      "is not confirmed by the opposite",
      [
        [1, wish(true)],
        [2, report(false)],
      ],
      {},
      ["1: send on"],
    ],
    [
      "is not confirmed by a retained report",
      [
        [1, wish(true)],
        [2, report(true, true)],
      ],
      {},
      ["1: send on"],
    ],
    [
      "does not rest on a retained report",
      [
        [1, report(true, true)],
        [2, wish(true)],
      ],
      {},
      ["2: send on"],
    ],
    [
      "is sent three times at most, then nothing is known",
      [
        [1, wish(true)],
        [5_001, TICK],
        [10_001, TICK],
        [15_001, TICK],
        [20_001, TICK],
      ],
      {},
      ["1: send on", "5001: send on", "10001: send on", "15001: no-answer"],
    ],
    [
      "joins the same wish under way",
      [
        [1, wish(true)],
        [2, wish(true)],
        [3, report(true)],
      ],
      {},
      ["1: send on", "3: confirmed"],
    ],
    [
      "gives way to a newer one at once",
      [
        [1, wish(true)],
        [2, wish(false)],
        [3, report(false)],
      ],
      {},
      ["1: send on", "2: superseded", "2: send off", "3: confirmed"],
    ],
    [
      "waits for the minimum time on",
      [
        [0, report(true)],
        [1, wish(false)],
        [59_999, TICK],
        [60_000, TICK],
      ],
      { minOnMs: 60_000 },
      ["1: waiting", "60000: send off"],
    ],
    [
      "waits for the minimum time off, also after a button was pressed",
      [
        [0, report(true)],
        [100, report(false)],
        [200, wish(true)],
        [60_100, TICK],
      ],
      { minOffMs: 60_000 },
      ["200: waiting", "60100: send on"],
    ],
    [
      "that waits is forgotten when a newer one undoes it",
      [
        [0, report(true)],
        [1, wish(false)],
        [2, wish(true)],
        [3, report(true)],
        [60_003, TICK],
      ],
      { minOnMs: 60_000 },
      ["1: waiting", "2: superseded", "2: send on", "3: confirmed"],
    ],
    [
      "never turns a device that may just have obeyed an unanswered command",
      [
        [1, wish(true)],
        [2, wish(false)],
        [5_001, TICK],
        [65_000, TICK],
        [65_001, TICK],
      ],
      { minOnMs: 60_000 },
      ["1: send on", "2: superseded", "2: waiting", "65001: send off"],
    ],
    [
      "that waits is fulfilled by a hand",
      [
        [0, report(true)],
        [1, wish(false)],
        [2, report(false)],
        [3, report(true)],
        [60_000, TICK],
      ],
      { minOnMs: 60_000 },
      ["1: waiting", "2: confirmed"],
    ],
    [
      "that waits gives way to a hand that does the opposite",
      [
        [0, report(true)],
        [1, report(false)],
        [2, wish(true)],
        [3, report(true)],
        [4, report(false)],
        [5, wish(true)],
        [6, report(false)],
        [60_004, TICK],
      ],
      { minOffMs: 60_000 },
      ["2: waiting", "3: confirmed", "5: waiting", "60004: send on"],
    ],
    [
      "is not taken for reached by a report from before",
      [
        [1, wish(true)],
        [2, wish(false)],
        [5_001, TICK],
        [5_002, report(false)],
        [5_003, report(true)],
        [70_000, TICK],
      ],
      { minOnMs: 60_000 },
      ["1: send on", "2: superseded", "2: waiting", "5003: waiting", "70000: send off"],
    ],
    [
      "of a device that cannot confirm ends with the command",
      [
        [1, wish(true)],
        [2, { kind: "published", sentAt: 1 }],
        [9_000, TICK],
      ],
      { confirmable: false },
      ["1: send on", "2: sent"],
    ],
    [
      "while offline waits for the connection",
      [
        [0, OFFLINE],
        [1, wish(true)],
        [14_000, ONLINE],
      ],
      {},
      ["14000: send on"],
    ],
    [
      "while offline is given up when it has expired, even if the timer was late",
      [
        [0, OFFLINE],
        [1, wish(true)],
        [15_001, ONLINE],
      ],
      {},
      ["15001: offline"],
    ],
    [
      "whose command was lost with the connection goes out again on the next one",
      [
        [1, wish(true)],
        [2, { kind: "publish-failed", sentAt: 1 }],
        [2, OFFLINE],
        [900, ONLINE],
        [901, report(true)],
      ],
      {},
      ["1: send on", "900: send on", "901: confirmed"],
    ],
    [
      "is sent again after an outage, though the device was thus before",
      [
        [0, report(true)],
        [1, OFFLINE],
        [2, ONLINE],
        [3, wish(true)],
      ],
      {},
      ["3: send on"],
    ],
  ])("%s", (_, script, settings, expected) => {
    expect(play(script, settings).log).toEqual(expected);
  });
});

describe("a device", () => {
  it("that a person switched is left as it is", () => {
    const { log, state } = play([
      [1, wish(true)],
      [2, report(true)],
      [3, report(false)],
      [60_000, TICK],
    ]);
    expect(log).toEqual(["1: send on", "2: confirmed"]);
    expect(state).toMatchObject({ known: { on: false, sure: true } });
    expect(nextDeadline(state)).toBeUndefined();
  });

  it("is unknown after no answer and known again when it speaks", () => {
    const mute: Script = [
      [1, wish(true)],
      [5_001, TICK],
      [10_001, TICK],
      [15_001, TICK],
    ];
    expect(play(mute).state.known).toBeUndefined();
    expect(play([...mute, [16_000, report(false)]]).state.known).toMatchObject({ on: false, at: 16_000, sure: true });
  });

  it("keeps its minimum times over a restart", () => {
    const before = play(
      [
        [1, wish(true)],
        [2, report(true)],
      ],
      { minOnMs: 60_000 },
    ).state;
    const after = play(
      [
        [10, report(true)],
        [11, wish(false)],
        [60_002, TICK],
      ],
      { minOnMs: 60_000 },
      before.turned,
    );
    expect(after.log).toEqual(["11: waiting", "60002: send off"]);
  });

  it("counts a change that happened while nobody listened from when it is seen", () => {
    const { log } = play(
      [
        [10, report(true)],
        [11, wish(false)],
      ],
      { minOnMs: 60_000 },
      { onAt: -90_000, offAt: -80_000 },
    );
    expect(log).toEqual(["11: waiting"]);
  });
});

describe("an input that must repeat", () => {
  const repeat = { repeatMs: 10_000, safeState: "off" } as const;
  it.each<[string, Script, Partial<SwitchSettings>, string[]]>([
    [
      "falls back to the safe state in time",
      [
        [1_000, wish(true)],
        [1_001, report(true)],
        [10_999, TICK],
        [11_000, TICK],
        [11_001, report(false)],
      ],
      repeat,
      ["1000: send on", "1001: confirmed", "11000: send off", "11001: confirmed"],
    ],
    [
      "is content with repetitions, which send nothing",
      [
        [9_000, wish(true)],
        [9_001, report(true)],
        [18_000, wish(true)],
        [27_999, TICK],
      ],
      repeat,
      ["9000: send on", "9001: confirmed", "18000: confirmed"],
    ],
    [
      "leaves the device as it is by default",
      [
        [0, report(true)],
        [10_000, TICK],
      ],
      { repeatMs: 10_000 },
      [],
    ],
    [
      "is not repeated by a person at the dashboard",
      [
        [0, report(false)],
        [9_000, wish(true, "person")],
        [9_001, report(true)],
        [10_000, TICK],
      ],
      repeat,
      ["9000: send on", "9001: confirmed", "10000: send off"],
    ],
    [
      "keeps the minimum time on its way to safety",
      [
        [0, report(true)],
        [10_000, TICK],
        [60_000, TICK],
      ],
      { ...repeat, minOnMs: 60_000 },
      ["10000: waiting", "60000: send off"],
    ],
    [
      "takes the safe state once, not for ever",
      [
        [0, report(true)],
        [10_000, TICK],
        [10_001, report(false)],
        [10_002, report(true)],
        [99_000, TICK],
      ],
      repeat,
      ["10000: send off", "10001: confirmed"],
    ],
  ])("%s", (_, script, settings, expected) => {
    expect(play(script, settings).log).toEqual(expected);
  });

  it("is due at its deadline, whatever else is under way", () => {
    const { state } = play([[9_000, wish(true)]], repeat);
    expect(nextDeadline(state)).toBe(14_000);
    expect(nextDeadline(startSwitch({}, { ...SETTINGS, ...repeat }, 0))).toBe(10_000);
  });
});
