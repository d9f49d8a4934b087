import { describe, expect, it } from "vitest";
import { parseCommand } from "../../../lib/automation/command";

const NOW = Date.parse("2026-01-15T12:00:00Z");
const MINUTE = 60_000;
const ALERT = {
  id: "1",
  at: NOW - MINUTE,
  rule: "r",
  severity: "warning",
  kind: "meter-above",
  values: {},
  meter: "grid",
};

describe("parseCommand", () => {
  it.each<[unknown, boolean]>([
    [true, true],
    [false, false],
    ["on", true],
    ["ON", true],
    [" Off ", false],
    ["true", true],
    [1, true],
    [0, false],
    ["0", false],
    [{ on: true }, true],
    [{ on: "off" }, false],
    [ALERT, false],
    [{ ...ALERT, clearedAt: NOW }, true],
  ])("takes %j as a wish for on: %s", (payload, on) => {
    expect(parseCommand({ payload }, false, NOW)).toEqual({ kind: "switch", on });
  });

  it("lets an alert mean on", () => {
    expect(parseCommand({ payload: ALERT }, true, NOW)).toEqual({ kind: "switch", on: true });
    expect(parseCommand({ payload: { ...ALERT, clearedAt: NOW } }, true, NOW)).toEqual({ kind: "switch", on: false });
  });

  it.each([[undefined], [null], [2], [NaN], ["toggle"], [""], [{}], [{ on: 5 }], [[true]], [{ state: "ON" }]])(
    "refuses %j",
    (payload) => {
      expect(() => parseCommand({ payload }, false, NOW)).toThrow(
        expect.objectContaining({ code: "invalid-command" }) as Error,
      );
    },
  );

  it.each<[string, Parameters<typeof parseCommand>[0]]>([
    ["reading", { payload: { meter: "grid", at: NOW, powerW: 1 } }],
    ["retained", { payload: "on", retain: true }],
    ["retained", { payload: true, reading: { meter: "grid", at: NOW, source: "retained" } }],
    ["imported", { payload: true, reading: { meter: "grid", at: NOW, source: "imported" } }],
    ["quarantined", { payload: { on: true, quarantined: true } }],
    ["stale", { payload: ALERT, reading: { meter: "grid", at: NOW - 5 * MINUTE - 1 } }],
    ["stale", { payload: { ...ALERT, at: NOW - 6 * MINUTE } }],
    ["stale", { payload: { ...ALERT, clearedAt: NOW - 6 * MINUTE } }],
    ["stale", { payload: { on: true, at: NOW + 6 * MINUTE } }],
    ["stale", { payload: true, reading: { meter: "grid", at: NaN } }],
  ])("switches nothing on what is %s: %j", (why, msg) => {
    expect(parseCommand(msg, false, NOW)).toEqual({ kind: "refused", why });
  });

  it("takes an alert that was raised long ago and is over now", () => {
    const over = { ...ALERT, at: NOW - 60 * MINUTE, clearedAt: NOW };
    expect(parseCommand({ payload: over }, false, NOW)).toEqual({ kind: "switch", on: true });
  });
});
