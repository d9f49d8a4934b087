import type { NodeAPI } from "node-red";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Language } from "../../lib/energy/site-facts";
import type { SiteSettings } from "../../lib/site/site";
import { userFile, vatioDirectory } from "./user-file";

const HOME = "home.db";

/** Which `energy-site` has adopted the default site's file; the nodes that name no site then belong to it. */
const adoption = (RED: NodeAPI) => userFile<{ readonly site: string }>(RED, "home-site.json");

/** The config node that nodes without a site belong to, if one was ever made and is still in the flows. */
export function adoptedBy(RED: NodeAPI): string | undefined {
  const adopter = adoption(RED).read()?.site;
  if (adopter === undefined) return undefined;
  const ids = new Set<string>();
  RED.nodes.eachNode(({ id }) => ids.add(id));
  return ids.has(adopter) ? adopter : undefined;
}

/**
 * The first `energy-site` that is made adopts the default site's file; the others have one of their own, which they keep when
 * the adopter is gone.
 */
export function siteFile(RED: NodeAPI, id: string): string {
  const adopter = adoptedBy(RED);
  const home = join(vatioDirectory(RED), HOME);
  // Config node ids are Node-RED's own hexadecimal ones; one that is not must not name another file.
  const own = join(vatioDirectory(RED), `${id.replace(/[^\w-]|^home$/g, "_")}.db`);
  if (adopter) return adopter === id ? home : own;
  if (existsSync(own)) return own;
  adoption(RED).write({ site: id });
  return home;
}

/** What a site is until somebody says otherwise: this machine's zone and language. */
export function defaultSiteSettings(RED: NodeAPI): SiteSettings {
  return {
    id: "default",
    name: "",
    kind: "home",
    zone: machineZone(),
    currency: "EUR",
    language: machineLanguage(),
    file: join(vatioDirectory(RED), HOME),
    durability: "crash",
    backup: { hour: 3, minute: 30, keep: 7 },
    channels: [],
  };
}

export function machineZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

export function machineLanguage(): Language {
  const locale = process.env.LC_ALL || process.env.LC_MESSAGES || process.env.LANG || "";
  return locale.startsWith("es") ? "es-ES" : "en-US";
}
