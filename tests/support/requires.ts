import { existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, it, type TestContext } from "vitest";

/** What some tests need of the machine, by the names its program may have. */
const PROGRAMS = {
  mosquitto: ["mosquitto"],
  chromium: ["chromium", "chromium-browser", "google-chrome"],
  postgresql: ["postgres"],
  mariadb: ["mariadbd", "mysqld"],
  nginx: ["nginx"],
} as const;
export type Service = keyof typeof PROGRAMS;

/** Servers are not on everybody's path. */
const FOLDERS = [
  ...(process.env.PATH ?? "").split(delimiter),
  "/usr/sbin",
  "/usr/local/sbin",
  ...subfolders("/usr/lib/postgresql").map((version) => join(version, "bin")),
];

/** The program's file, or nothing where it is not installed. */
export function findProgram(service: Service): string | undefined {
  return FOLDERS.flatMap((folder) => PROGRAMS[service].map((name) => join(folder, name))).find(existsSync);
}

/** A test that needs programs: skipped by name where one is missing, failed where that would hide a mistake, in CI. */
export function itNeeds(
  services: Service | readonly Service[],
  title: string,
  test: (program: string, other: string, context: TestContext) => void | Promise<void>,
  timeoutMs?: number,
): void {
  const wanted: readonly Service[] = typeof services === "string" ? [services] : services;
  const missing = wanted.find((service) => findProgram(service) === undefined);
  const [program = "", other = ""] = wanted.map((service) => findProgram(service) ?? "");
  if (missing === undefined) it(title, (context) => test(program, other, context), timeoutMs);
  else if (process.env.CI) it(title, () => fail(missing));
  else it.skip(`${title} (${missing} is not installed)`, () => undefined);
}

/** `itNeeds` for a group of tests. */
export function describeNeeds(service: Service, title: string, tests: (program: string) => void): void {
  const program = findProgram(service);
  if (program !== undefined) describe(title, () => tests(program));
  else describe(title, () => itNeeds(service, "runs", () => undefined));
}

function fail(service: Service): never {
  throw new Error(`${service} is not installed: in CI nothing may be skipped`);
}

function subfolders(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
}
