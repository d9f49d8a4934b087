import { realpath, stat } from "node:fs/promises";
import { isAbsolute, relative, resolve, sep } from "node:path";
import { EnergyError } from "../../lib/errors";

/**
 * The true path of a file below one of the folders, links followed; a relative one is below the first. Rejects `forbidden` for any
 * other, `invalid-query` where there is no such file.
 */
export async function allowedFile(file: string, folders: readonly [string, ...(readonly string[])]): Promise<string> {
  const missing = (): never => {
    throw new EnergyError("invalid-query", `msg.import: there is no file "${file}"`, { field: "file" });
  };
  const path = resolve(folders[0], file);
  // What is elsewhere is not even looked for.
  if (!folders.some((folder) => isBelow(folder, path))) throw forbidden(file);
  const real = await realpath(path).catch(missing);
  const roots = await Promise.all(folders.map((folder) => realpath(folder).catch(() => folder)));
  if (!roots.some((root) => isBelow(root, real))) throw forbidden(file);
  if (!(await stat(real)).isFile()) missing();
  return real;
}

const forbidden = (file: string): EnergyError =>
  new EnergyError(
    "forbidden",
    `msg.import: "${file}" is neither below Node-RED's user directory nor below the folder that the node allows`,
    { field: "file" },
  );

function isBelow(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== "" && way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
