import type { Node } from "node-red";

/** What `node-red-dashboard` 3 gives to the nodes of others; it brings no types of its own. */
export interface Dashboard1 {
  /** Puts a widget on its tab; what it returns takes it off. Nothing is returned where the group is missing. */
  addWidget(widget: Widget): (() => void) | undefined;
  isDark(): boolean;
}

export interface Widget {
  readonly node: Node;
  readonly group: string;
  readonly order: number;
  readonly width: number;
  readonly height: number;
  /** AngularJS markup. */
  readonly format: string;
  readonly templateScope: "local";
  readonly emitOnlyNewValues: boolean;
  readonly forwardInputMessages: boolean;
  readonly storeFrontEndInputAsState: boolean;
  /** Only its text travels to the browser: it sees nothing of what stands around it. */
  readonly initController: () => void;
}
