// The licences of what is inlined travel with it.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";

/** A bundler plugin that notes the folder of every package it inlines. */
export function collectPackages(folders) {
  return {
    name: "collect-packages",
    generateBundle(_options, outputs) {
      for (const output of Object.values(outputs)) {
        for (const id of Object.keys(output.modules ?? {})) {
          const folder = packageFolder(id);
          if (folder) folders.add(folder);
        }
      }
    },
  };
}

export function licenceText(folders) {
  const parts = [...folders].map(describe).sort((a, b) => (a.title < b.title ? -1 : 1));
  const unique = parts.filter((part, index) => part.title !== parts[index - 1]?.title);
  return [
    "Vatio contains the following packages, each under its own licence.",
    ...unique.map((part) => `${"-".repeat(80)}\n${part.title}\n\n${part.text.trim()}`),
    "",
  ].join("\n\n");
}

/** `…/node_modules/@scope/name` of a module, or nothing when it is our own. */
function packageFolder(id) {
  const path = id.replace(/^\0/, "").replaceAll("/", sep);
  const marker = `${sep}node_modules${sep}`;
  const start = path.lastIndexOf(marker);
  if (start < 0) return undefined;
  const [first, second] = path.slice(start + marker.length).split(sep);
  return join(path.slice(0, start), "node_modules", first.startsWith("@") ? join(first, second) : first);
}

function describe(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  if (!file && !license) throw new Error(`${name} says nothing of its licence: it cannot be inlined`);
  const text = file && existsSync(join(folder, file)) ? readFileSync(join(folder, file), "utf8") : "";
  return { title: `${name} ${version} (${license ?? "see below"})`, text };
}
