import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { loadOnPage, tileHeight, widgetMarkup } from "../../nodes/ui_energy/widget-page";
import energyApi from "../../nodes/energy-api/energy-api";
import uiEnergy from "../../nodes/ui_energy/ui_energy";
import { startFlow } from "../support/flow";
import { until } from "../support/until";

const WIDGET = { id: "w", type: "ui_energy" };

it("says which dashboard to install where there is none, and disturbs nothing", async () => {
  const flow = await startFlow([uiEnergy, energyApi], [WIDGET, { id: "api", type: "energy-api", wires: [[]] }]);
  expect(flow.status("w")).toMatchObject({ fill: "yellow", shape: "ring", text: "ui_energy.status.noDashboard" });
  await until("energy-api works beside it", () => flow.status("api") !== undefined);
});

it.each([
  ["ui", "../energy/assets/vatio-energy.js"],
  ["house/ui/", "../../energy/assets/vatio-energy.js"],
  ["", "energy/assets/vatio-energy.js"],
])("loads the element from a dashboard at %o by %s, in text that needs nothing around it", (path, address) => {
  const text = loadOnPage(path).toString();
  const scripts: object[] = [];
  const document = { createElement: () => ({}), head: { append: (script: object) => scripts.push(script) } };

  // Dashboard 1's page evaluates it in the same way.
  runInNewContext(`(${text})()`, { document });
  expect(scripts).toEqual([{ type: "module", src: address }]);
});

it("gives the element its theme, and a sentence until it is there", () => {
  expect(widgetMarkup("dark", "Wait.")).toBe('<vatio-energy embedded theme="dark">Wait.</vatio-energy>');
});

it.each([
  [24, 19],
  [18, 25],
  [6, 37],
])("a tile %i units wide is %i units high", (width, height) => {
  expect(tileHeight(width)).toBe(height);
});
