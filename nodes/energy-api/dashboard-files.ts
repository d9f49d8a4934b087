import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, extname, join, sep } from "node:path";

const TYPES = new Map([
  [".html", "text/html; charset=utf-8"],
  [".js", "text/javascript; charset=utf-8"],
  [".css", "text/css; charset=utf-8"],
  [".svg", "image/svg+xml"],
  [".png", "image/png"],
  [".ico", "image/x-icon"],
  [".json", "application/json"],
  [".webmanifest", "application/manifest+json"],
  [".woff2", "font/woff2"],
]);

export interface DashboardFile {
  readonly body: Buffer;
  readonly type: string;
  readonly etag: string;
  /** Its name changes with its contents: nobody needs to ask for it twice. */
  readonly immutable: boolean;
}

/** Every file of a built dashboard, by its path with `/`: what is not in this list is not served, whatever a request says. */
export function readDashboard(folder: string): ReadonlyMap<string, DashboardFile> {
  const files = new Map<string, DashboardFile>();
  if (!existsSync(join(folder, "index.html"))) return files;
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const type = TYPES.get(extname(name));
    if (!type || !statSync(join(folder, name)).isFile()) continue;
    const body = readFileSync(join(folder, name));
    files.set(name.split(sep).join("/"), {
      body,
      type,
      etag: `"${createHash("sha256").update(body).digest("base64url")}"`,
      immutable: /-[\w-]{8}\.\w+$/.test(name),
    });
  }
  return files;
}

/** Where the build puts the dashboard: `dist/dashboard` of the package that this file, bundled or not, belongs to. */
export function dashboardFolder(here: string): string {
  let folder = here;
  while (!existsSync(join(folder, "package.json")) && dirname(folder) !== folder) folder = dirname(folder);
  return join(folder, "dist", "dashboard");
}
