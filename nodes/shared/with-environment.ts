import type { Node, NodeAPI } from "node-red";

/**
 * The settings with `${NAME}` filled in wherever it stands inside a text, lists and objects included. Node-RED itself
 * fills in only a property that is nothing but one variable. A variable that is not set becomes empty.
 */
export function withEnvironment<T>(RED: NodeAPI, node: Node, value: T): T {
  if (typeof value === "string") {
    return value.includes("${") ? (RED.util.evaluateNodeProperty(value, "env", node, {}) as T) : value;
  }
  if (Array.isArray(value)) return value.map((item: unknown) => withEnvironment(RED, node, item)) as T;
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, withEnvironment(RED, node, item as unknown)]),
    ) as T;
  }
  return value;
}
