import type { NodeAPI } from "node-red";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Where everything of ours lies in Node-RED's user directory. */
export function vatioDirectory(RED: NodeAPI): string {
  return join(RED.settings.userDir ?? process.cwd(), "vatio");
}

/** A small JSON file there, private to this user. */
export interface UserFile<Content> {
  read(): Content | undefined;
  /** Whole or not at all; `undefined` removes the file. */
  write(content: Content | undefined): void;
}

export function userFile<Content>(RED: NodeAPI, name: string): UserFile<Content> {
  const file = join(vatioDirectory(RED), name);
  return {
    read: () => {
      try {
        return JSON.parse(readFileSync(file, "utf8")) as Content;
      } catch (error) {
        // What a pulled plug left half written says nothing.
        if ((error as NodeJS.ErrnoException).code === "ENOENT" || error instanceof SyntaxError) return undefined;
        throw error;
      }
    },
    write: (content) => {
      if (content === undefined) return rmSync(file, { force: true });
      mkdirSync(vatioDirectory(RED), { recursive: true, mode: 0o700 });
      writeFileSync(`${file}.new`, JSON.stringify(content), { mode: 0o600 });
      renameSync(`${file}.new`, file);
    },
  };
}
