import type { Node, NodeAPI, NodeDef } from "node-red";
import type { UiGroup } from "./dashboard-2";

interface UiEnergyDef extends NodeDef {
  group?: string;
  /** What stands there until the picture has come: sent to the browser with the settings. */
  loading?: string;
}

/** No input, no output: the picture of `/energy` as a widget of Dashboard 2. */
export default function uiEnergy(RED: NodeAPI): void {
  RED.nodes.registerType("ui-energy", function (this: Node, def: UiEnergyDef) {
    RED.nodes.createNode(this, def);
    const waiting = (key: string): void => {
      this.status({ fill: "yellow", shape: "ring", text: RED._(`ui-energy.status.${key}`) });
    };

    const group = RED.nodes.getNode(def.group ?? "") as UiGroup | null;
    if (!group) {
      waiting("noGroup");
      return;
    }
    def.loading = RED._("ui-energy.loading");
    group.register(this, def, {});

    const show = (): void => {
      if (isServed(RED)) this.status({ fill: "green", shape: "dot", text: RED._("ui-energy.status.shown") });
      else waiting("noApi");
    };
    RED.events.on("flows:started", show);
    this.on("close", () => {
      RED.events.off("flows:started", show);
    });
  });
}

/** The picture and its data come from an `energy-api` node of @vatio/node-red-energy. */
function isServed(RED: NodeAPI): boolean {
  let served = false;
  RED.nodes.eachNode((other) => {
    served ||= other.type === "energy-api";
  });
  return served;
}
