import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { onTestFinished } from "vitest";

/** Mounts a small disk in memory at the folder until the test is over; where nothing may be mounted, the test is skipped. */
export function mountSmall(folder: string, bytes: number, skip: (why: string) => never): void {
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", folder], { stdio: "ignore" });
  } catch {
    skip("nothing may be mounted here"); // not the administrator, or in a container
  }
  onTestFinished(() => void execFileSync("umount", ["-l", folder]));
}
