// A Node-RED of any version in a process of its own, spoken to as its editor does.
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

const PATIENCE_MS = 60_000;

/** Starts it in `userDir` and waits until its editor answers. */
export async function startNodeRed({ node, nodeRed, userDir }) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  writeFileSync(join(userDir, "settings.js"), settings(port));
  writeFileSync(join(userDir, "flows.json"), "[]");

  const child = spawn(node, [join(nodeRed, "node_modules", "node-red", "red.js"), "--userDir", userDir], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (log += data));
  const ended = new Promise((resolve) => child.on("exit", (code, signal) => resolve(signal ?? code)));
  let end;
  void ended.then((how) => (end = how));

  const until = async (what, holds) => {
    const limit = Date.now() + PATIENCE_MS;
    for (;;) {
      const answer = await holds();
      if (answer) return answer;
      if (end !== undefined) throw new Error(`Node-RED ended (${end}) before: ${what}\n${lastLines(log)}`);
      if (Date.now() > limit) throw new Error(`waited in vain for: ${what}\n${lastLines(log)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const ask = async (path, options) => {
    try {
      return await fetch(url + path, { ...options, signal: AbortSignal.timeout(PATIENCE_MS) });
    } catch (cause) {
      await new Promise((resolve) => setTimeout(resolve, 1000)); // its last words may still be on their way
      throw new Error(`${path} is not answered (Node-RED ${end ?? "runs"})\n${lastLines(log)}`, { cause });
    }
  };
  const stop = async () => {
    const crashed = end;
    child.kill("SIGTERM");
    const killer = setTimeout(() => child.kill("SIGKILL"), 20_000);
    await ended;
    clearTimeout(killer);
    if (crashed !== undefined) throw new Error(`Node-RED had ended before: ${crashed}\n${lastLines(log)}`);
  };

  try {
    await until("Started flows", () => log.includes("Started flows"));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    until,
    stop,
    ask,
    log: () => log,
    /** Every node set that it found, with its types and, where loading failed, why. */
    nodeSets: async () => (await ask("/nodes", { headers: { Accept: "application/json" } })).json(),
    /** Replaces all flows, and waits until they run or say what they lack. */
    deploy: async (flow) => {
      const before = log.length;
      const answer = await ask("/flows", {
        method: "POST",
        headers: { "Content-Type": "application/json", "Node-RED-Deployment-Type": "full" },
        body: JSON.stringify(flow),
      });
      if (!answer.ok) throw new Error(`deploying was answered with ${answer.status}: ${await answer.text()}`);
      await until("the flows to start", () => /Started flows|missing types/i.test(log.slice(before)));
      if (/missing types/i.test(log.slice(before))) throw new Error(lastLines(log.slice(before)));
    },
  };
}

export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function lastLines(text) {
  return text.trim().split("\n").slice(-15).join("\n");
}

function settings(port) {
  return `module.exports = {
  uiPort: ${port},
  uiHost: "127.0.0.1",
  flowFile: "flows.json",
  credentialSecret: "compat",
  telemetry: { enabled: false },
  logging: { console: { level: "info" } },
};
`;
}
