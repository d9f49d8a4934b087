// Every npm script comes through here. In a fresh clone it installs and builds first, then does the task with the Node that the
// repository brings along. It runs on whatever Node the machine has, so it uses nothing but what Node 20 knows.
import { spawn } from "node:child_process";
import { watch } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isBuilt, isInstalled } from "./freshness.mjs";

const OLDEST = [22, 9, 0];
const NODE = join("node_modules", "node", "bin", process.platform === "win32" ? "node.exe" : "node");

process.chdir(join(dirname(fileURLToPath(import.meta.url)), ".."));
const [task = "", ...args] = process.argv.slice(2);
/** Somebody wants us to stop. */
let told = false;

const TASKS = {
  start: async () => {
    await build();
    await node("scripts/demo/start.mjs", ...args);
  },
  test: async () => {
    await build();
    await node(bin("vitest"), "run", ...args);
  },
  faults: async () => {
    await build();
    if (args.includes("--full")) process.env.FULL = "1";
    await node(bin("vitest"), "run", "tests/faults", ...args.filter((arg) => arg !== "--full"));
  },
  compat: async () => {
    await build();
    await node("tests/compat/run.mjs", ...args);
  },
  bench: async () => {
    await build();
    await node("bench/run.mjs", ...args);
  },
  build: () => build(),
  lint: async () => {
    await node(bin("eslint"), ".", "--cache", "--cache-location", ".cache/eslint", "--max-warnings", "0", ...args);
    await node(
      bin("prettier"),
      ".",
      "--check",
      "--log-level",
      "warn",
      "--cache",
      "--cache-location",
      ".cache/prettier",
    );
  },
  format: async () => {
    await node(bin("eslint"), ".", "--fix");
    await node(bin("prettier"), ".", "--write", "--log-level", "warn");
    await node("scripts/devices/write.mjs");
  },
  types: async () => {
    for (const project of [".", "dashboard"]) {
      const memory = join(".cache", `types-${project === "." ? "server" : project}.tsbuildinfo`);
      await node(bin("tsc"), "-p", project, "--incremental", "--tsBuildInfoFile", memory);
    }
  },
  check: async () => {
    await TASKS.lint();
    await TASKS.types();
    await TASKS.test();
  },
  dev,
};

const run = TASKS[task];
if (!run) fail(`There is no task "${task}": choose one of ${Object.keys(TASKS).join(", ")}.`);
await install();
await run();

async function install() {
  if (!isInstalled()) {
    console.log("Installing what Vatio needs (once)…");
    await npm("ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error");
  }
  const version = await output(NODE, "--version");
  if (isOlder(version.slice(1).split(".").map(Number))) {
    fail(
      `Vatio needs Node.js ${OLDEST.join(".")} or newer, but ${NODE} is ${version}: delete node_modules and try again.`,
    );
  }
}

async function build() {
  if (!isBuilt()) await node("scripts/build.mjs");
}

/** Builds and starts again whenever a source changes; a build that fails leaves the last good one running. */
async function dev() {
  let wanted = true;
  let wake = () => {};
  for (const folder of ["lib", "nodes", "dashboard", "scripts"]) {
    watch(folder, { recursive: true }, () => {
      wanted = true;
      wake();
    });
  }
  let running;
  for (;;) {
    if (!wanted) await new Promise((resolve) => (wake = resolve));
    await new Promise((resolve) => setTimeout(resolve, 200)); // an editor saves in several steps
    wanted = false;
    if (running && isBuilt()) continue;
    if (!isBuilt() && (await start(NODE, ["scripts/build.mjs"]).ended) !== 0) continue;
    running?.stop();
    await running?.ended;
    running = start(NODE, ["scripts/demo/start.mjs", ...args]);
    void running.ended.then((code) => told && process.exit(code));
  }
}

function isOlder(version) {
  const index = OLDEST.findIndex((part, at) => part !== version[at]);
  return index >= 0 && version[index] < OLDEST[index];
}

/** A tool's own file, so that it runs under our Node and not under the machine's. */
function bin(tool) {
  const files = {
    eslint: "eslint/bin/eslint.js",
    prettier: "prettier/bin/prettier.cjs",
    tsc: "typescript/bin/tsc",
    vitest: "vitest/vitest.mjs",
  };
  return join("node_modules", files[tool]);
}

async function node(...command) {
  await orExit(start(NODE, command));
}

async function npm(...command) {
  const script = process.env.npm_execpath;
  await orExit(script ? start(process.execPath, [script, ...command]) : start("npm", command));
}

async function orExit(child) {
  const code = await child.ended;
  if (code !== 0) process.exit(code);
}

/** A child with our terminal. What stops us stops it; we end when it has ended. */
function start(command, parameters) {
  const child = spawn(command, parameters, {
    stdio: "inherit",
    env: { ...process.env, PATH: `${join(process.cwd(), "node_modules", ".bin")}${separator()}${process.env.PATH}` },
  });
  const stop = (signal) => child.kill(signal);
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  // At a terminal Ctrl-C reaches the child by itself; twice would mean "at once".
  const forward = (signal) => {
    told = true;
    if (signal !== "SIGINT" || !process.stdin.isTTY) stop(signal);
  };
  for (const signal of signals) process.on(signal, forward);
  // Whoever stops npm alone ends the shell between npm and us, and we would never hear of it.
  const parent = process.ppid;
  const orphanWatch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(orphanWatch);
    told = true;
    stop("SIGTERM");
  }, 500);
  const ended = new Promise((resolve) => {
    child.on("error", (error) => fail(`Cannot run ${command}: ${error.message}`));
    child.on("exit", (code, signal) => {
      clearInterval(orphanWatch);
      for (const name of signals) process.off(name, forward);
      resolve(code ?? (signal === "SIGINT" ? 130 : 143));
    });
  });
  return { ended, stop: () => stop("SIGTERM") };
}

function output(command, ...parameters) {
  return new Promise((resolve) => {
    const child = spawn(command, parameters, { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    child.stdout.on("data", (data) => (text += data));
    child.on("error", () => fail(`${command} is missing: delete node_modules and try again.`));
    child.on("close", () => resolve(text.trim()));
  });
}

function separator() {
  return process.platform === "win32" ? ";" : ":";
}

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}
