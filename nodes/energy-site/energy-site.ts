import type { NodeDef } from "node-red";
import channelPresets from "../../lib/alerts/channels/presets.json";
import { openSite } from "../../lib/site/open-site";
import { siteLending } from "../shared/borrow";
import { defineNode } from "../shared/define-node";
import { nodeDeliveries } from "../shared/node-deliveries";
import { machineLanguage, machineZone } from "../shared/site-files";
import { withEnvironment } from "../shared/with-environment";
import { CHANNEL_SLOTS, makeSiteSettings, type SiteDef, type SiteSecrets } from "./site-settings";

const secretFields = Object.fromEntries([
  ["databasePassword", { type: "password" }],
  ...CHANNEL_SLOTS.flatMap((slot) => [
    [`user${slot}`, { type: "text" }],
    [`secret${slot}`, { type: "password" }],
  ]),
]) as Record<string, { type: "text" | "password" }>;

/** Owns the running site and lends it to the nodes that name it. */
export default defineNode<NodeDef & SiteDef>(
  "energy-site",
  ({ RED, node, def }) => {
    const secrets = withEnvironment(RED, node, (node.credentials as SiteSecrets | undefined) ?? {});
    const site = openSite(makeSiteSettings(RED, node.id, def, secrets), {
      now: Date.now,
      onProblem: (error) => node.warn(error.message),
      deliveries: nodeDeliveries(RED),
    });
    return { close: siteLending.lend(node.id, site) };
  },
  {
    credentials: secretFields,
    // What the form offers and what an empty field means: the editor cannot know them.
    settings: {
      energySiteChannelPresets: { value: channelPresets, exportable: true },
      energySiteMachine: { value: { zone: machineZone(), language: machineLanguage() }, exportable: true },
    },
  },
);
