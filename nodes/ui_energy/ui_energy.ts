import type { Node, NodeAPI, NodeDef } from "node-red";
import { parseNumber } from "../../lib/parse-number";
import { defineNode } from "../shared/define-node";
import { onFlows } from "../shared/on-flows";
import type { Dashboard1 } from "./dashboard-1";
import { loadOnPage, tileHeight, widgetMarkup } from "./widget-page";

interface UiEnergyDef extends NodeDef {
  readonly group?: string;
  readonly order?: string | number;
  readonly width?: string | number;
  readonly height?: string | number;
  /** `dashboard` follows the theme of the dashboard. */
  readonly theme?: "dashboard" | "light" | "dark" | "system";
}

interface Group extends Node {
  readonly config: { readonly width?: string | number };
}

/** No input, no output: the picture of `/energy` as a tile of Dashboard 1. */
export default defineNode<UiEnergyDef>("ui_energy", ({ RED, node, def, status }) => {
  const dashboard = loadDashboard(RED);
  if (!dashboard) return void status("waiting", "noDashboard");
  const group = RED.nodes.getNode(def.group ?? "") as Group | null;
  if (!group) return void status("waiting", "noGroup");

  const { ui } = RED.settings as { ui?: { path?: string } };
  const theme = def.theme ?? "dashboard";
  const width = parseNumber(def.width, "width", 0) || parseNumber(group.config.width, "width", 6);
  const takeOff = dashboard.addWidget({
    node,
    group: group.id,
    order: parseNumber(def.order, "order", 0),
    width,
    height: parseNumber(def.height, "height", 0) || tileHeight(width),
    format: widgetMarkup(
      theme === "dashboard" ? (dashboard.isDark() ? "dark" : "light") : theme,
      RED._("ui_energy.loading"),
    ),
    templateScope: "local",
    emitOnlyNewValues: false,
    forwardInputMessages: false,
    storeFrontEndInputAsState: false,
    initController: loadOnPage(ui?.path ?? "ui"),
  });

  const show = (): void => (isServed(RED) ? status("ok", "shown") : status("waiting", "noApi"));
  const end = onFlows(RED, "flows:started", show);
  return {
    close: () => {
      end();
      takeOff?.();
    },
  };
});

/** How Node-RED says that a module is not there. */
const ABSENT: ReadonlySet<unknown> = new Set(["MODULE_NOT_FOUND", "module_not_allowed"]);

/** Dashboard 1, where it is installed. */
function loadDashboard(RED: NodeAPI): Dashboard1 | undefined {
  try {
    return (RED.require("node-red-dashboard") as (RED: NodeAPI) => Dashboard1)(RED);
  } catch (error) {
    if (ABSENT.has((error as { code?: unknown }).code)) return undefined;
    throw error;
  }
}

/** The picture and its data come from an `energy-api` node. */
function isServed(RED: NodeAPI): boolean {
  let served = false;
  RED.nodes.eachNode((other) => {
    served ||= other.type === "energy-api";
  });
  return served;
}
