import { expect, it } from "vitest";
import energySite from "../../nodes/energy-site/energy-site";
import energyStore from "../../nodes/energy-store/energy-store";
import { siteLending } from "../../nodes/shared/borrow";
import { startFlow } from "../support/flow";
import { until } from "../support/until";

const DAY = 86_400_000;

it("forgets readings in the background, and keeps their energy", async () => {
  const { send } = await startFlow(
    [energySite, energyStore],
    [
      { id: "site", type: "energy-site", readingDays: "3" },
      { id: "store", type: "energy-store", site: "site" },
    ],
  );
  const now = Date.now();
  const old = [0, 1, 2].map((minute) => ({ meter: "m", at: now - 30 * DAY + minute * 60_000, importWh: 100 * minute }));
  await send("store", { payload: [...old, { meter: "m", at: now, importWh: 500 }] });

  const { store } = siteLending.borrow("site");
  const all = { from: now - 40 * DAY, to: now + DAY };
  await until("the old ones to be forgotten", async () => (await store.readings(all)).length === 1);
  const [total] = await store.energy({ ...all, interval: "total", zone: "UTC" });
  expect(total?.importWh).toBeCloseTo(500, 6);
});

it.each([
  ["is no number", { readingDays: "many" }],
  ["is none at all", { readingDays: "0" }],
  ["is not whole", { alertDays: "1.5" }],
  ["forgets what readings are still there of", { readingDays: "30", quarterDays: "29" }],
])("shows that a time to keep cannot be where it %s", async (_, settings) => {
  const { status } = await startFlow([energySite], [{ id: "site", type: "energy-site", ...settings }]);
  expect(status("site")).toMatchObject({
    fill: "red",
    text: expect.stringContaining("failure.invalid-config") as string,
  });
});
