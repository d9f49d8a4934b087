// One CommonJS file out of TypeScript: Node-RED's loader wants CommonJS, and some libraries are published as ES modules only.
import { readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { rolldown } from "rolldown";

const { dependencies, peerDependencies } = JSON.parse(readFileSync("package.json", "utf8"));
const installed = Object.keys({ ...dependencies, ...peerDependencies });
const isOutside = (id) => isBuiltin(id) || installed.some((name) => id === name || id.startsWith(`${name}/`));

/** Bundles `input` (or the text `source` under that name) into `file`; what users install stays outside. */
export async function bundle({ input, source, file, define = {}, plugins = [], external = isOutside }) {
  const given = source === undefined ? [] : [virtual(input, source)];
  const build = await rolldown({
    input,
    platform: "node",
    external,
    transform: { define, target: "node22" },
    plugins: [...given, ...plugins],
    onLog: (level, log, handle) => {
      // A warning here is a mistake that users would meet: let it fail the build.
      handle(level === "warn" ? "error" : level, log);
    },
  });
  await build.write({ file, format: "cjs", codeSplitting: false, exports: "named", comments: false });
  await build.close();
}

function virtual(name, source) {
  return {
    name: "given-source",
    resolveId: (id, importer) => {
      if (id === name) return `${process.cwd()}/${name}.ts`;
      return importer === undefined ? undefined : null;
    },
    load: (id) => (id === `${process.cwd()}/${name}.ts` ? source : null),
  };
}
