import { describe, expect, it } from "vitest";
import { chosenChannels, makeRuleSettings, type RuleForm } from "../../../lib/alerts/rule-settings";

const UNTOUCHED: RuleForm = {
  subject: "meter",
  direction: "above",
  limitKw: "",
  clearKw: "",
  holdSeconds: "60",
  quietSeconds: "900",
  noDataSeconds: "",
  severity: "warning",
  channels: "all",
};

describe("makeRuleSettings", () => {
  it.each<[string, RuleForm, number | undefined, object | undefined]>([
    [
      "takes the contracted power for the limit of an untouched node",
      UNTOUCHED,
      5000,
      { limitW: 5000, clearW: 4750, holdMs: 60_000, quietMs: 900_000 },
    ],
    ["has no limit where neither node nor site has one", UNTOUCHED, undefined, undefined],
    ["has no limit of its own when it watches for too little", { ...UNTOUCHED, direction: "below" }, 5000, undefined],
    ["reads kW", { ...UNTOUCHED, limitKw: "3", clearKw: "2.8" }, 5000, { limitW: 3000, clearW: 2800 }],
    [
      "clears on the other side of a negative limit too",
      { ...UNTOUCHED, direction: "below", limitKw: "-2" },
      undefined,
      { limitW: -2000, clearW: -1900 },
    ],
    ["takes zero for a limit", { ...UNTOUCHED, limitKw: "0" }, 5000, { limitW: 0, clearW: 0 }],
    [
      "does without the properties that an older flow lacks",
      {},
      5000,
      { direction: "above", limitW: 5000, holdMs: 60_000 },
    ],
  ])("%s", (_, form, contractedW, threshold) => {
    const rule = makeRuleSettings("id", form, { kind: "home", ...(contractedW !== undefined && { contractedW }) });
    if (threshold === undefined) expect(rule.threshold).toBeUndefined();
    else expect(rule.threshold).toMatchObject(threshold);
  });

  it.each([
    ["home", 5000],
    ["office", 4750],
    ["plant", 4500],
  ] as const)("in a %s warns from %d W of 5000 contracted ones where no limit is set", (kind, limitW) => {
    expect(makeRuleSettings("id", UNTOUCHED, { kind, contractedW: 5000 }).threshold).toMatchObject({ limitW });
    expect(makeRuleSettings("id", { limitKw: "3" }, { kind, contractedW: 5000 }).threshold).toMatchObject({
      limitW: 3000,
    });
  });

  it.each<[RuleForm, string]>([
    [{ limitKw: "three" }, "limitKw"],
    [{ limitKw: "3", clearKw: "3.1" }, "clearKw"],
    [{ limitKw: "3", holdSeconds: "-1" }, "holdSeconds"],
    [{ noDataSeconds: "0" }, "noDataSeconds"],
    [{ severity: "loud" }, "severity"],
    [{ subject: "moon" }, "subject"],
  ])("names the setting that is wrong: %j", (form, field) => {
    expect(() => makeRuleSettings("id", form, { kind: "home" })).toThrow(
      expect.objectContaining({ code: "invalid-config", field }),
    );
  });
});

describe("chosenChannels", () => {
  it.each<[string | undefined, readonly string[] | undefined]>([
    ["all", undefined],
    ["", undefined],
    [undefined, undefined],
    ["none", []],
    ["mail, phone", ["mail", "phone"]],
  ])("reads %j as %j", (channels, expected) => {
    expect(chosenChannels(channels)).toEqual(expected);
  });
});
