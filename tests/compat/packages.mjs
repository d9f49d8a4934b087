// npm, asked for what the tests of the packed packages need.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** Outside the repository: Node-RED looks for nodes in every node_modules above itself. */
export const WORK = join(
  tmpdir(),
  `vatio-compat-${createHash("sha256").update(process.cwd()).digest("hex").slice(0, 8)}`,
);
export const QUIET = ["--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"];

/** Packs what is published; resolves names to tarballs. */
export function pack() {
  return ["." /* nodes */, "dashboard/flowfuse"].map((folder) => {
    const { name, version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const types = Object.keys(JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))["node-red"]?.nodes ?? {});
    // dist/ was built by the command that runs this.
    npm(["pack", "--ignore-scripts", "--pack-destination", WORK], { cwd: folder });
    const tarball = join(WORK, `${name.slice(1).replace("/", "-")}-${version}.tgz`);
    if (!existsSync(tarball)) throw new Error(`npm made no ${tarball}`);
    return { name, folder, tarball, types };
  });
}

/** Installs `spec` into a folder that later runs find again, and gives the folder. */
export function tool(spec) {
  const folder = join(WORK, "tools", spec.replace(/[^\w.-]/g, "_"));
  const done = join(folder, ".done");
  if (!existsSync(done)) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    npm(["install", "--prefix", folder, ...QUIET, spec], { cwd: folder });
    writeFileSync(done, "");
  }
  return folder;
}

/** The executable of a Node.js version, from the package that carries it. */
export function nodeBinary(version) {
  const name = `node-${process.platform}-${process.arch}`;
  return join(tool(`${name}@${version}`), "node_modules", name, "bin", "node");
}

/** As the Palette Manager does it, and with the Node.js that will run it. */
export function installInto(userDir, specs, { node, strict }) {
  npm(["install", "--omit=dev", "--save-prefix=~", ...(strict ? ["--engine-strict"] : []), ...QUIET, ...specs], {
    cwd: userDir,
    node,
  });
}

export function npm(parameters, { cwd, node = process.execPath, script = npmScript() }) {
  // npm tells its children what it was asked: nothing of that may reach this one.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD)/i.test(name)));
  try {
    execFileSync(node, [script, ...parameters], { cwd, env, stdio: ["ignore", "pipe", "pipe"], encoding: "utf8" });
  } catch (error) {
    throw new Error(`npm ${parameters.join(" ")} failed: ${error.stderr || error.message}`, { cause: error });
  }
}

function npmScript() {
  if (process.env.npm_execpath) return process.env.npm_execpath;
  const folder = process.env.PATH.split(delimiter).find((path) => readdirOf(path).includes("npm"));
  if (!folder) throw new Error("npm is not on the path");
  return realpathSync(join(folder, "npm"));
}

function readdirOf(folder) {
  return existsSync(folder) ? readdirSync(folder) : [];
}
