import type { Node, NodeMessage } from "node-red";
import { randomUUID } from "node:crypto";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { listen } from "./listen.ts";

export interface RunningNodeRed {
  readonly url: string;
  /** Hands a message to a node and resolves once it is done with it. */
  send(id: string, msg: NodeMessage): Promise<void>;
  close(): Promise<void>;
}

interface Runtime {
  init(server: unknown, settings: object): void;
  start(): Promise<void>;
  stop(): Promise<void>;
  readonly nodes: { getNode(id: string): Node | null };
  readonly hooks: { add(name: string, hook: (event: Completed) => void): void; remove(name: string): void };
  readonly events: NodeJS.EventEmitter;
  readonly httpAdmin: unknown;
  readonly httpNode: unknown;
}

interface Completed {
  readonly error?: Error;
  readonly node: { readonly id: string };
}

interface RuntimeEvent {
  readonly id: string;
  readonly payload?: { readonly error?: string; readonly types?: readonly string[] };
}

interface LogEntry {
  readonly level: number;
  /** Absent where Node-RED itself speaks. */
  readonly type?: string;
  readonly name?: string;
  readonly msg: unknown;
}

const ERROR = 20;

/** Not what Node-RED says of projects and credentials on each start. */
function tell({ level, type, name, msg }: LogEntry, say: (text: string) => void): void {
  if (level > ERROR && type === undefined) return;
  const text = msg instanceof Error ? msg.message : String(msg);
  say(type === undefined ? text : `[${name ?? type}] ${text}`);
}

type Handler = (request: unknown, response: unknown) => void;
type Express = () => Handler & { use(path: string, app: unknown): void };

const repository = join(import.meta.dirname, "..", "..");
const require = createRequire(import.meta.url);

export interface NodeRedOptions {
  /** Where flows, credentials and data are kept. */
  readonly userDir: string;
  readonly port: number;
  readonly flow: readonly object[];
  /** By node id. */
  readonly credentials: object;
  readonly lang: string;
  readonly withDashboards?: boolean;
  /** Hears what nodes warn of and what fails. */
  say(text: string): void;
}

/** Node-RED on this machine alone with nothing but its own nodes and Vatio's; resolves when the flow runs. */
export async function startNodeRed(options: NodeRedOptions): Promise<RunningNodeRed> {
  const { userDir, port, flow, credentials, lang } = options;
  const nodeRed = require.resolve("node-red");
  const RED = require(nodeRed) as Runtime;
  const express = createRequire(nodeRed)("express") as Express;

  mkdirSync(join(userDir, "node_modules", "@vatio"), { recursive: true });
  symlinkSync(repository, join(userDir, "node_modules", "@vatio", "node-red-energy"), "junction");
  writeFileSync(join(userDir, "flows.json"), JSON.stringify(flow));
  writeFileSync(join(userDir, "flows_cred.json"), JSON.stringify(credentials));
  writeFileSync(
    join(userDir, "package.json"),
    JSON.stringify({ name: "vatio-demo", private: true, dependencies: { "@vatio/node-red-energy": "*" } }),
  );

  const app = express();
  const server = createServer(app);
  const taken = await listen(server, port);
  RED.init(server, {
    userDir,
    flowFile: "flows.json",
    credentialSecret: randomUUID(),
    httpAdminRoot: "/",
    httpNodeRoot: "/",
    uiHost: "127.0.0.1",
    uiPort: taken,
    lang,
    logging: {
      console: { level: "off" },
      demo: { level: "warn", handler: () => (entry: LogEntry) => tell(entry, options.say) },
    },
    // The dashboards lie in our own node_modules for the tests; the demonstration does without them.
    nodesExcludes: options.withDashboards ? [] : ["node-red-dashboard", "node-red-dashboard-2-energy"],
    telemetry: { enabled: false, updateNotification: false },
    externalModules: { palette: { allowInstall: false, allowUpload: false }, modules: { allowInstall: false } },
    diagnostics: { enabled: false, ui: false },
    editorTheme: {
      page: { title: "Vatio" },
      header: { title: "Vatio" },
      palette: { catalogues: [] },
      tours: false,
    },
  });
  app.use("/", RED.httpAdmin);
  app.use("/", RED.httpNode);

  const started = new Promise<void>((resolve, reject) => {
    RED.events.once("flows:started", () => resolve());
    RED.events.on("runtime-event", ({ id, payload }: RuntimeEvent) => {
      if (id === "runtime-state" && payload?.error === "missing-types") {
        reject(new Error(`Node-RED does not know these nodes: ${payload.types?.join(", ")}`));
      }
    });
  });
  await RED.start();
  await started;

  return {
    url: `http://127.0.0.1:${taken}`,
    send: async (id, msg) => {
      const node = RED.nodes.getNode(id);
      if (!node) throw new Error(`there is no node ${id} in the flow`);
      const hook = `onComplete.demo-${id}`;
      const error = await new Promise<Error | undefined>((resolve) => {
        RED.hooks.add(hook, (event) => {
          if (event.node.id === id) resolve(event.error);
        });
        node.receive(msg);
      });
      RED.hooks.remove(hook);
      if (error) throw error;
    },
    close: async () => {
      server.close();
      server.closeAllConnections();
      await RED.stop();
    },
  };
}
