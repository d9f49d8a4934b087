import js from "@eslint/js";
import tseslint from "typescript-eslint";

/** A wall between two parts of the house. */
const forbid = (from, patterns, except = []) => ({
  files: [`${from}/**/*.ts`],
  ignores: except,
  rules: { "no-restricted-imports": ["error", { patterns }] },
});

const NO_HOSTS = {
  group: ["node-red", "express", "**/nodes/**", "**/dashboard/**"],
  message: "lib knows nothing of its hosts.",
};
const NO_ADAPTERS = {
  regex: "/storage/(sqlite|postgres|mysql|maria)[^/]*$",
  message: "Only lib/storage/open-store.ts names an adapter.",
};
const NO_SITE = {
  regex: "^(\\.\\./)+site/",
  message: "A site puts the parts together: no part knows it.",
};

const SERVER = ["nodes/**/*.ts", "lib/**/*.ts"];
const TEST = ["tests/**/*.ts", "bench/**/*.ts"];
const SCRIPTS = ["**/*.mjs", "**/*.js", "**/*.cjs"];

export default tseslint.config(
  { ignores: ["**/dist/", "coverage/", ".cache/", "node_modules/", "resources/", "dashboard/flowfuse/resources/"] },
  { linterOptions: { reportUnusedDisableDirectives: "error", noInlineConfig: true } },

  {
    files: ["**/*.ts", "**/*.mts"],
    extends: [js.configs.recommended, tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      eqeqeq: "error",

      // Numbers in texts are what this program is about; anything else must be turned into text on purpose.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // `void f()` in an arrow says on purpose that the answer is not used.
      "@typescript-eslint/no-confusing-void-expression": [
        "error",
        { ignoreArrowShorthand: true, ignoreVoidOperator: true, ignoreVoidReturningFunctions: true },
      ],
      "@typescript-eslint/no-meaningless-void-operator": "off",
      // Functions over classes: what our interfaces call methods are closures, made to be taken apart.
      "@typescript-eslint/unbound-method": "off",
      // `Output | void`: a handler may return something or nothing.
      "@typescript-eslint/no-invalid-void-type": "off",
      // `||` for "empty or absent" is what form fields need.
      "@typescript-eslint/prefer-nullish-coalescing": "off",
      // Interfaces of stores and nodes are asynchronous where one implementation need not be.
      "@typescript-eslint/require-await": "off",
      // tsc says it already, with `_` as the way out.
      "@typescript-eslint/no-unused-vars": "off",
    },
  },

  { files: SERVER, rules: { "no-console": "error" } },
  {
    files: ["lib/**/*.ts", "dashboard/src/**/*.ts", "nodes/shared/**/*.ts"],
    rules: {
      "no-restricted-syntax": [
        "error",
        { selector: "ExportDefaultDeclaration", message: "Only node files have a default export: name it." },
        { selector: "TSEnumDeclaration", message: "Unions over enums." },
      ],
    },
  },

  forbid("lib", [NO_HOSTS, NO_ADAPTERS, NO_SITE], ["lib/storage/**", "lib/site/**", "lib/energy/**"]),
  forbid("lib/storage", [NO_HOSTS, NO_SITE]),
  forbid("lib/site", [NO_HOSTS, NO_ADAPTERS]),
  forbid("lib/energy", [
    NO_HOSTS,
    { regex: "^\\.\\./(?!errors$)", message: "Everything may use energy: it uses nothing." },
  ]),
  forbid("nodes", [
    NO_ADAPTERS,
    { group: ["**/dashboard/**"], message: "Nodes serve the dashboard's files, they do not import them." },
    { regex: "^\\.\\./(?!\\.\\./|shared/)", message: "Nodes meet through messages or the site." },
  ]),
  forbid("dashboard", [
    { group: ["**/nodes/**"], message: "The page talks to the server through its API." },
    { regex: "/lib/(?!api/types$)", message: "Only lib/api/types." },
  ]),

  {
    files: TEST,
    rules: {
      // Tests reach into answers whose shape they have just checked, and into hosts that have no types.
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unnecessary-type-parameters": "off",
    },
  },

  {
    files: SCRIPTS,
    extends: [js.configs.recommended],
    languageOptions: {
      globals: Object.fromEntries(
        ["process", "console", "URL", "Buffer", "setTimeout", "clearTimeout", "setInterval", "clearInterval"]
          .concat(["setImmediate", "fetch", "AbortSignal", "AbortController", "performance", "structuredClone"])
          .map((name) => [name, "readonly"]),
      ),
    },
  },
  {
    files: ["nodes/**/*.js", "**/*.cjs"],
    languageOptions: {
      sourceType: "commonjs",
      globals: { require: "readonly", module: "writable", __dirname: "readonly" },
    },
  },
  // What a form in the editor fetches.
  {
    files: ["nodes/meter-in/*.js"],
    languageOptions: { sourceType: "module", globals: { RED: "readonly", $: "readonly" } },
  },
);
