// The Flow Library's own check of a package, run on what is packed.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { WORK } from "./packages.mjs";

/** Marks that are not green, and why that is right. */
const EXPLAINED = {
  P03: () => true, // the address of the repository is written in by whoever publishes
  // "Registry error Invalid Version: 1.0.0beta": the tool cannot read express's list of versions.
  D03: ({ packages }) => packages.join() === "express",
};

export async function scorecard(packages, check) {
  console.log("Scorecard");
  for (const { name, tarball } of packages) {
    await check(`of ${name} has no red mark`, () => {
      const folder = join(WORK, "scorecard", name.split("/")[1]);
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder, { recursive: true });
      execFileSync("tar", ["-xzf", tarball, "-C", folder, "--strip-components=1"]);

      const card = validate(folder);
      const red = Object.entries(card).filter(([mark, { test = true }]) => !test && !EXPLAINED[mark]?.(card[mark]));
      if (red.length > 0) throw new Error(JSON.stringify(Object.fromEntries(red)));
      const unchecked = ["P01", "P04", "P05", "P06", "P07", "P08", "N01", "N02", "D01", "D02", "D03"].filter(
        (mark) => !card[mark],
      );
      if (unchecked.length > 0) throw new Error(`not checked: ${unchecked}`);
    });
  }
}

function validate(folder) {
  const output = join(WORK, "scorecard.json");
  rmSync(output, { force: true });
  const command = ["--require", resolve("tests/compat/no-catalogue.cjs"), resolve("node_modules/node-red-dev/bin/run")];
  const run = spawnSync(process.execPath, [...command, "validate", "--path", folder, "--output", output], {
    encoding: "utf8",
    timeout: 300_000,
  });
  const said = `${run.stdout}${run.stderr}`;
  console.log(said.trim().replaceAll(/^/gm, "        "));
  if (run.status !== 0) throw new Error(`the scorecard ended with ${run.status}`);
  if (/Unable to parse/.test(said)) throw new Error("a node's editor file cannot be parsed");
  return JSON.parse(readFileSync(output, "utf8"));
}
