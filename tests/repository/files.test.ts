import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, it } from "vitest";
import { filesUnder } from "./tree";

/** Longer files, each with the reason why it is one file all the same. */
const LONG: Readonly<Record<string, string>> = {
  "nodes/energy-site/energy-site.html":
    "Node-RED reads one editor file a node, and the site's holds a second form: that of a channel",
};
const LIMIT = 300;

const sources = ["nodes", "lib", "dashboard"].flatMap((folder) => filesUnder(folder, ".ts", ".js", ".html", ".css"));

describe("source files", () => {
  it(`have at most ${LIMIT} lines, or a reason`, () => {
    const long = sources.filter((file) => readFileSync(file, "utf8").split("\n").length > LIMIT + 1);

    expect(long.filter((file) => LONG[file] === undefined)).toEqual([]);
    expect(Object.keys(LONG).filter((file) => !long.includes(file))).toEqual([]);
  });

  it("are named for their subject, in kebab-case", () => {
    const names = sources.map((file) => basename(file).replace(/(\.d)?\.\w+$/, ""));

    // A node's folder and files bear its type, and Dashboard 1's types have underscores. A web page's first file is its index.
    const odd = names.filter((name) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.config)?$/.test(name) && name !== "ui_energy");
    expect(odd).toEqual([]);
    expect(sources.filter((file) => /(utils?|helpers?|manager|service|index)\.ts$/.test(file))).toEqual([]);
  });
});
