import { Aedes } from "aedes";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import mqtt from "mqtt";
import { isBuilt } from "../../scripts/freshness.mjs";
import { startNodeRed } from "./node-red.mjs";
import { installInto, nodeBinary, npm, QUIET, tool, WORK } from "./packages.mjs";

const CELLS = [
  { version: "22.9.0", nodeRed: "4.1" },
  { version: "22", nodeRed: "4.1" },
  { version: "24", nodeRed: "5" },
];
const DASHBOARDS = ["node-red-dashboard", "@flowfuse/node-red-dashboard"];
const KW = 1.25;
/** What a new user imports first. */
const FIRST = "One meter on a chart.json";

/** What the editor itself knows without any node set. */
const EDITOR_TYPES = ["tab", "subflow", "group", "junction", "global-config"];

/** npm 10 wants more of a lock file than later ones do, and it is what many machines have. */
export async function cleanClone(_packages, check) {
  console.log("A fresh clone");
  const npm10 = join(tool("npm@10"), "node_modules", "npm", "bin", "npm-cli.js");
  await check("can be installed by npm 10", () => npm(["ci", "--dry-run", ...QUIET], { cwd: ".", script: npm10 }));
  await check("is built once, and not again at each start", () => {
    if (!isBuilt()) throw new Error("a source is newer than the build that has just been made");
  });
}

/** `only` names one version of Node.js; without it all are tried. */
export async function packedInstall(packages, check, only) {
  for (const cell of CELLS.filter(({ version }) => !only || version === only)) {
    for (const withDashboards of [false, true]) await runCell(packages, check, { ...cell, withDashboards });
  }
  if (!only || only === "20") await runOldNode(packages, check);
}

async function runCell([nodes, widget], check, { version, nodeRed, withDashboards }) {
  console.log(`Node.js ${version}, Node-RED ${nodeRed}, ${withDashboards ? "both dashboards" : "no dashboard"}`);
  const installed = withDashboards ? [nodes, widget] : [nodes];
  const userDir = freshUserDir(`${version}-${nodeRed}-${withDashboards ? "with" : "without"}`);
  const node = nodeBinary(version);

  const isInstalled = await check("installs, engines checked strictly", () =>
    installInto(userDir, [...installed.map(({ tarball }) => tarball), ...(withDashboards ? DASHBOARDS : [])], {
      node,
      strict: true,
    }),
  );
  if (!isInstalled) return;

  await withNodeRed(check, { node, nodeRed: tool(`node-red@${nodeRed}`), userDir }, async (red) => {
    const sets = await red.nodeSets();
    const types = new Set([...EDITOR_TYPES, ...sets.filter(({ err }) => !err).flatMap((set) => set.types)]);

    await check("registers every node", () => {
      const ours = sets.filter(({ module }) => installed.some(({ name }) => name === module));
      const broken = ours.filter(({ err }) => err).map(({ id, err }) => `${id}: ${JSON.stringify(err)}`);
      const missing = installed.flatMap((each) => each.types).filter((type) => !types.has(type));
      if (broken.length > 0 || missing.length > 0) throw new Error([...broken, `missing: ${missing}`].join("\n"));
    });

    const examples = examplesOf(installed, userDir);
    for (const { file, flow } of examples) {
      const dashboard = /Dashboard \d/.exec(file);
      if (dashboard && !withDashboards) continue;
      await check(`imports the example "${file}"`, async () => {
        const missing = flow.map(({ type }) => type).filter((type) => !types.has(type));
        if (missing.length > 0) throw new Error(`missing types: ${missing}`);
        await red.deploy(flow);
      });
    }

    const first = examples.find(({ file }) => file === FIRST);
    await check(`keeps a reading that was published over MQTT, and answers it ("${FIRST}")`, () =>
      storesReading(red, first),
    );
  });
}

/** better-sqlite3 would end the process there: the package must say so instead. */
async function runOldNode([nodes], check) {
  console.log("Node.js 20, Node-RED 4.1");
  const node = process.versions.node.startsWith("20.") ? process.execPath : nodeBinary("20");
  const userDir = freshUserDir("old");
  await check("installs", () => installInto(userDir, [nodes.tarball], { node, strict: false }));
  await withNodeRed(check, { node, nodeRed: tool("node-red@4.1"), userDir }, async (red) => {
    await check("says in one sentence, in the log and to the editor, what is needed and what is there", async () => {
      const sentence = /Vatio needs Node\.js 22\.9\.0 or newer, and this is Node\.js 20\.\d+\.\d+: [^\n]+/;
      const errors = (await red.nodeSets()).filter(({ module }) => module === nodes.name).map(({ err }) => err);
      if (errors.length !== nodes.types.length || !errors.every((error) => sentence.test(error))) {
        throw new Error(`to the editor: ${JSON.stringify(errors)}`);
      }
      if (!sentence.test(red.log())) throw new Error(`in the log: ${red.log()}`);
    });
    await check("keeps Node-RED running", () =>
      red.deploy([
        { id: "t", type: "tab", label: "t" },
        { id: "c", z: "t", type: "comment", wires: [] },
      ]),
    );
  });
}

async function withNodeRed(check, options, work) {
  let red;
  if (!(await check("starts", async () => (red = await startNodeRed(options))))) return;
  try {
    await work(red);
  } finally {
    await check("stops", () => red.stop());
  }
}

function freshUserDir(name) {
  const userDir = join(WORK, "users", name);
  rmSync(userDir, { recursive: true, force: true });
  mkdirSync(userDir, { recursive: true });
  writeFileSync(join(userDir, "package.json"), JSON.stringify({ name: "user-dir", private: true, version: "0.0.1" }));
  return userDir;
}

/** As the Import dialog finds them: in the installed package. */
function examplesOf(installed, userDir) {
  return installed.flatMap(({ name }) => {
    const folder = join(userDir, "node_modules", name, "examples");
    if (!existsSync(folder)) return [];
    return readdirSync(folder, { recursive: true })
      .filter((file) => file.endsWith(".json"))
      .map((file) => ({ file, flow: JSON.parse(readFileSync(join(folder, file), "utf8")) }));
  });
}

/** The flow with our broker in the place of the one on the user's machine. */
function withBroker(flow, url) {
  const own = { id: "compat-broker", type: "energy-broker", name: "", url };
  return [...flow.map((node) => (node.type === "meter-in" ? { ...node, broker: own.id } : node)), own];
}

async function storesReading(red, example) {
  const broker = await openBroker();
  try {
    let subscribed = false;
    broker.aedes.on("subscribe", () => (subscribed = true));
    await red.deploy(withBroker(example.flow, broker.url));
    await red.until("meter-in to subscribe", () => subscribed);
    const client = await mqtt.connectAsync(broker.url);
    await client.publishAsync("energy/consumption", String(KW), { qos: 1 });
    await client.endAsync();
    await red.until(`GET /api/energy to answer ${KW}`, async () => {
      const answer = await red.ask("/api/energy");
      if (answer.status !== 200) throw new Error(`GET /api/energy: ${answer.status} ${await answer.text()}`);
      const readings = await answer.json();
      return readings.length === 1 && readings[0].consumption === KW;
    });
  } finally {
    await broker.close();
  }
}

async function openBroker() {
  const aedes = await Aedes.createBroker();
  const sockets = new Set();
  const server = createServer((socket) => {
    sockets.add(socket);
    aedes.handle(socket);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    aedes,
    url: `mqtt://127.0.0.1:${server.address().port}`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy(); // Node-RED's client would come back for ever
      await closed;
      await new Promise((resolve) => aedes.close(resolve));
    },
  };
}
