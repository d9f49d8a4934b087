import { describe, expect, it } from "vitest";
import { isFilter, makeRoutes, matchesFilter } from "../../../lib/mqtt/topic-filter";

describe("topic filters", () => {
  it.each([
    ["a/b", "a/b", true],
    ["a/b", "a/b/c", false],
    ["a/+/c", "a/b/c", true],
    ["a/+/c", "a/b/b/c", false],
    ["a/+", "a/", true],
    ["a/+", "a", false],
    ["a/#", "a", true],
    ["a/#", "a/b/c", true],
    ["#", "a/b", true],
    ["#", "$SYS/load", false],
    ["+/load", "$SYS/load", false],
    ["$SYS/#", "$SYS/load", true],
  ])("%s matches %s: %s", (filter, topic, expected) => {
    expect(matchesFilter(filter, topic)).toBe(expected);
  });

  it.each([
    ["energy/consumption", true],
    ["tele/+/SENSOR", true],
    ["#", true],
    ["a/#/b", false],
    ["a/b#", false],
    ["a/b+/c", false],
    ["", false],
    ["a\0b", false],
  ])("%j is a filter: %s", (filter, expected) => {
    expect(isFilter(filter)).toBe(expected);
  });

  it("finds every listener of a topic, and none that left", () => {
    const routes = makeRoutes<string>();
    const leave = routes.add("a/b", "exact");
    routes.add("a/+", "wild");
    routes.add("a/b", "second");
    expect(routes.match("a/b").sort()).toEqual(["exact", "second", "wild"]);
    leave();
    expect(routes.match("a/b").sort()).toEqual(["second", "wild"]);
    expect(routes.filters()).toEqual(["a/b", "a/+"]);
  });
});
