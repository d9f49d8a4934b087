/** Places under a node where nothing stands yet, in columns of twenty, with the same left edge. */
function freeSpots(node, many) {
  const taken = RED.nodes.filterNodes({ z: node.z }).map((n) => ({ x: n.x, y: n.y }));
  const isFree = (x, y) => taken.every((spot) => Math.abs(spot.x - x) > 180 || Math.abs(spot.y - y) > 45);
  const left = node.x - (node.w - RED.view.node_width) / 2;
  const spots = [];
  for (let step = 1; spots.length < many; step += 1) {
    const x = left + 240 * Math.floor(step / 20);
    const y = node.y + 60 * (step % 20);
    if (isFree(x, y)) spots.push({ x: x, y: y });
  }
  return spots;
}

/** One node more for each device, wired as `node` is; gives back what undoes it. */
export function createBeside(node, devices, shared) {
  const wasDirty = RED.nodes.dirty();
  const untouched = {};
  for (const [key, { value }] of Object.entries(node._def.defaults)) untouched[key] = value;
  const spots = freeSpots(node, devices.length);
  const made = RED.nodes.import(
    devices.map((device, index) => ({
      ...untouched,
      ...shared,
      ...device,
      ...spots[index],
      id: RED.nodes.id(),
      type: node.type,
      z: node.z,
      wires: [],
    })),
    { generateIds: true, addFlow: false },
  );
  const links = [];
  for (const other of made.nodes) {
    other.w = RED.view.node_width;
    other.resize = true;
    other.changed = true;
    other.moved = true;
    for (const { sourcePort, target } of RED.nodes.filterLinks({ source: { id: node.id } })) {
      const link = { source: other, sourcePort: sourcePort, target: target };
      RED.nodes.addLink(link);
      links.push(link);
    }
  }
  return { t: "add", nodes: made.nodes.map((other) => other.id), links: links, dirty: wasDirty };
}
