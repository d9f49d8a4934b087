import type { Node, NodeAPI, NodeMessage, NodeStatus } from "node-red";
import helper from "node-red-node-test-helper";
import { once } from "node:events";
import { createRequire } from "node:module";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";

export { until } from "./until";

const require = createRequire(import.meta.url);
const nodeRed = require.resolve("node-red");
helper.init(nodeRed);
const { events, hooks } = createRequire(nodeRed)("@node-red/util") as {
  events: NodeJS.EventEmitter;
  hooks: NodeAPI["hooks"];
};

export type NodeModule = (RED: NodeAPI) => void;
export interface FlowNode {
  readonly id: string;
  readonly type: string;
  readonly wires?: readonly (readonly string[])[];
  readonly [setting: string]: unknown;
}

/** A flow running in the real Node-RED runtime, in a user directory of its own. */
export interface RunningFlow {
  readonly RED: NodeAPI;
  readonly userDir: string;
  node(id: string): Node;
  /** Sends to a node's input and resolves when it called `done`, with the error it gave. */
  send(id: string, msg: NodeMessage): Promise<Error | undefined>;
  /** What arrived at a `helper` node so far. */
  received(id: string): NodeMessage[];
  status(id: string): NodeStatus | undefined;
  /** Deploys another flow over this one, as the editor does; resolves once it runs. */
  deploy(flow: readonly FlowNode[], type: "full" | "flows" | "nodes"): Promise<void>;
}

let captured: NodeAPI | undefined;
const capture: NodeModule = (RED) => {
  captured = RED;
};
let cleanUp: (() => Promise<void>) | undefined;

/** Starts `flow`; nodes of type `helper` record what they receive. Stopped by itself after each test. */
export async function startFlow(
  modules: readonly NodeModule[],
  flow: readonly FlowNode[],
  options: { userDir?: string; credentials?: Record<string, unknown>; settings?: Record<string, unknown> } = {},
): Promise<RunningFlow> {
  const userDir = options.userDir ?? mkdtempSync(join(tmpdir(), "vatio-test-"));
  helper.settings({ userDir, ...options.settings });
  await new Promise<void>((resolve) => void helper.startServer(resolve));

  const statuses = new Map<string, NodeStatus>();
  const noteStatus = (event: { id: string; status: NodeStatus }): void => void statuses.set(event.id, event.status);
  events.on("node-status", noteStatus);
  await helper.load([capture, ...modules] as never, flow as never, options.credentials ?? {});
  const RED = captured;
  if (!RED) throw new Error("Node-RED did not load");

  const received = new Map<string, NodeMessage[]>();
  const node = (id: string): Node => {
    const found = helper.getNode(id) as Node | undefined;
    if (!found) throw new Error(`no node ${id} in the flow`);
    return found;
  };
  for (const { id, type } of flow) {
    if (type === "helper") node(id).on("input", (msg) => void received.set(id, [...(received.get(id) ?? []), msg]));
  }

  cleanUp = async () => {
    events.off("node-status", noteStatus);
    await helper.unload();
    await new Promise<void>((resolve) => void helper.stopServer(resolve));
    if (!options.userDir) rmSync(userDir, { recursive: true, force: true });
  };

  return {
    RED,
    userDir,
    node,
    send: async (id, msg) => {
      const sent = { _msgid: RED.util.generateId(), ...msg };
      const hook = `onComplete.test-${sent._msgid}`;
      const error = await new Promise<Error | undefined>((resolve) => {
        hooks.add(hook, ((event: { error?: Error; node: { id: string }; msg: NodeMessage }) => {
          if (event.node.id === id && event.msg._msgid === sent._msgid) resolve(event.error);
        }) as never);
        node(id).receive(sent);
      });
      hooks.remove(hook);
      await new Promise(setImmediate); // lets the wired helper nodes receive
      return error;
    },
    received: (id) => received.get(id) ?? [],
    status: (id) => statuses.get(id),
    deploy: async (next, type) => {
      const started = once(events, "flows:started");
      const { _redNodes: nodes } = helper as unknown as {
        _redNodes: { setFlows(flow: unknown, credentials: object, type: string): Promise<unknown> };
      };
      await nodes.setFlows(structuredClone(next), {}, type);
      await started;
    },
  };
}

/** Stops what runs now, as a restart of Node-RED would. */
export async function stopFlow(): Promise<void> {
  await cleanUp?.();
  cleanUp = undefined;
}

afterEach(stopFlow);
