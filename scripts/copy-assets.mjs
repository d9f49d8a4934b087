// What Node-RED reads beside each compiled node: editor HTML, locales and icons.
import { cpSync, readdirSync } from "node:fs";

export function copyAssets(from, to) {
  cpSync(from, to, { recursive: true, filter: (path) => !path.endsWith(".ts") });

  // Node-RED falls back from es-MX to es, never to es-ES: publish the Spanish texts under both names.
  for (const path of readdirSync(to, { recursive: true })) {
    if (!path.endsWith("es-ES")) continue;
    cpSync(`${to}/${path}`, `${to}/${path.replace(/es-ES$/, "es")}`, { recursive: true });
  }
}
