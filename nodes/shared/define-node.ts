import type { Node, NodeAPI, NodeDef, NodeMessage, NodeMessageInFlow, NodeStatus } from "node-red";
import { asError, EnergyError } from "../../lib/errors";
import { withEnvironment } from "./with-environment";

/** A dot is the node's own word; a ring means it waits for something else or cannot work. */
const LOOKS = {
  ok: { fill: "green", shape: "dot" },
  alert: { fill: "red", shape: "dot" },
  waiting: { fill: "yellow", shape: "ring" },
  failed: { fill: "red", shape: "ring" },
} as const satisfies Record<string, NodeStatus>;
export type Look = keyof typeof LOOKS;

/** Where the texts that all nodes share stand. */
const SHARED = "@vatio/node-red-energy/energy-site:energy-site";

export type Message = NodeMessageInFlow;
/** One entry an output; `null` sends nothing there. */
export type Output = NodeMessage | (NodeMessage | NodeMessage[] | null)[] | undefined | void;
export type Values = Record<string, string | number>;

export interface NodeHandlers {
  /** What it returns is sent; what it throws is the node's status and reaches Catch nodes. */
  input?: (msg: Message, send: (output: Output) => void) => Output | Promise<Output>;
  close?: (removed: boolean) => void | Promise<void>;
}

export interface NodeContext<Def extends NodeDef> {
  readonly RED: NodeAPI;
  readonly node: Node;
  readonly def: Def;
  /** Shows `<type>.status.<key>` of the node's own catalogue, or a full key of another one; under 20 characters. */
  status(look: Look, key: string, values?: Values): void;
  /** Shows why the node cannot work, in words that all nodes share, and gives the error back. */
  fail(error: unknown): Error;
  /** Something ignored on purpose: warned of once a kind, then only counted; resolves to how often so far. */
  ignored(key: string, values?: Values): number;
}

/** Does, once for all nodes, what every node must: config errors, `done`, failures, closing. */
export function defineNode<Def extends NodeDef>(
  type: string,
  setup: (context: NodeContext<Def>) => NodeHandlers | void,
  options?: Parameters<NodeAPI["nodes"]["registerType"]>[2],
): (RED: NodeAPI) => void {
  return (RED) =>
    RED.nodes.registerType(
      type,
      function (this: Node, def: Def) {
        RED.nodes.createNode(this, def);
        const ignoredCounts = new Map<string, number>();

        const context: NodeContext<Def> = {
          RED,
          node: this,
          def: withEnvironment(RED, this, def),
          status: (look, key, values) =>
            void this.status({
              ...LOOKS[look],
              text: RED._(key.includes(":") ? key : `${type}.status.${key}`, values ?? {}),
            }),
          fail: (caught) => {
            const error = asError(caught);
            const code = error instanceof EnergyError ? error.code : "unexpected";
            this.status({ ...LOOKS.failed, text: RED._(`${SHARED}.failure.${code}`) });
            return error;
          },
          ignored: (key, values) => {
            const count = (ignoredCounts.get(key) ?? 0) + 1;
            ignoredCounts.set(key, count);
            if (count === 1) this.warn(RED._(`${type}.ignored.${key}`, values ?? {}));
            return count;
          },
        };

        try {
          const { input, close } = setup(context) ?? {};
          if (input) {
            this.on("input", (msg, send, done) => {
              const sendOutput = (output: Output): void => {
                if (output) send(output);
              };
              void attempt(async () => sendOutput(await input(msg, sendOutput))).then((error) =>
                error ? done(context.fail(error)) : done(),
              );
            });
          }
          if (close) {
            this.on("close", (removed: boolean, done: () => void) => {
              void attempt(() => close(removed)).then((error) => {
                if (error) this.error(error.message);
                done();
              });
            });
          }
        } catch (error) {
          this.error(context.fail(error).message);
        }
      },
      options,
    );
}

/** The error `work` ended in, or nothing when it went well. */
async function attempt(work: () => unknown): Promise<Error | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return asError(error);
  }
}
