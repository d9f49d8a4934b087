import type { Node, NodeDef } from "node-red";

/** A group of `@flowfuse/node-red-dashboard`; it brings no types of its own. */
export interface UiGroup extends Node {
  /** Puts a widget into the group; `config` is sent to every browser that shows it. */
  register(widget: Node, config: NodeDef, events: Readonly<Record<string, unknown>>): void;
}
