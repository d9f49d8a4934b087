// What Node-RED reads beside each compiled node: editor HTML, locales and icons.
import { cpSync, mkdirSync, readdirSync, renameSync } from "node:fs";

export function copyAssets(from, to) {
  cpSync(from, to, { recursive: true, filter: (path) => !path.endsWith(".ts") });

  // Node-RED falls back from es-MX to es, never to es-ES: publish the Spanish texts under both names.
  for (const path of readdirSync(to, { recursive: true })) {
    if (!path.endsWith("es-ES")) continue;
    cpSync(`${to}/${path}`, `${to}/${path.replace(/es-ES$/, "es")}`, { recursive: true });
  }
}

/** Node-RED serves a package's `resources/`: there go the scripts and style sheets that a form fetches, in a folder a node. */
export function moveEditorFiles(types, from, to) {
  mkdirSync(to, { recursive: true });
  for (const type of types) {
    for (const file of readdirSync(`${from}/${type}`).filter((name) => /\.(js|css)$/.test(name))) {
      mkdirSync(`${to}/${type}`, { recursive: true });
      renameSync(`${from}/${type}/${file}`, `${to}/${type}/${file}`);
    }
  }
}
