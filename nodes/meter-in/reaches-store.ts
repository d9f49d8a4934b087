import type { Node, NodeAPI } from "node-red";

/**
 * Whether an `energy-store` stands anywhere along the wires of `from`. A path that leaves sight (into a subflow or a link
 * call) might lead to one.
 */
export function reachesStore(RED: NodeAPI, from: Node): boolean {
  const seen = new Set<string>();
  const open = nextOf(from);
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    const node = RED.nodes.getNode(id) as Node | null | undefined;
    if (!node || node.type === "energy-store" || node.type === "link call") return true;
    open.push(...nextOf(node));
  }
  return false;
}

/** Node-RED types neither: the wires by output, and where a link out leads. */
function nextOf(node: Node): string[] {
  const { wires = [], links = [], type } = node as Node & { wires?: string[][]; links?: string[] };
  return [...wires.flat(), ...(type === "link out" ? links : [])];
}
