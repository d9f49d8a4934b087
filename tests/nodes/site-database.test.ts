import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import energySite from "../../nodes/energy-site/energy-site";
import energyStore from "../../nodes/energy-store/energy-store";
import { siteLending } from "../../nodes/shared/borrow";
import { describeServer, KINDS, makeDatabase } from "../support/databases";
import { startFlow } from "../support/flow";

for (const kind of KINDS)
  await describeServer(kind, (title) => {
    it(`keeps a site's readings in ${title}, and makes no file`, async () => {
      const database = await makeDatabase(kind);
      const userDir = mkdtempSync(join(tmpdir(), "vatio-test-"));
      onTestFinished(async () => {
        rmSync(userDir, { recursive: true, force: true });
        await database.drop();
      });
      const { host, port, database: name, user } = database.settings;
      const { send } = await startFlow(
        [energySite, energyStore],
        [
          {
            id: "site",
            type: "energy-site",
            database: kind,
            databaseHost: host,
            databasePort: String(port),
            databaseName: name,
            databaseUser: user,
            databaseTls: "off",
          },
          { id: "store", type: "energy-store", site: "site" },
        ],
        { userDir, credentials: { site: { databasePassword: "" } } },
      );

      const at = Date.now();
      expect(await send("store", { payload: { meter: "m", at, powerW: 7 } })).toBeUndefined();
      expect(await database.ask("select at from reading")).toEqual([{ at: kind === "postgres" ? String(at) : at }]);
      expect(readdirSync(join(userDir, "vatio")).filter((file) => file.includes(".db"))).toEqual([]);
      await siteLending.borrow("site").store.close();
    });
  });

it.each([
  ["databasePort", { database: "postgres", databasePort: "70000" }],
  ["database", { database: "oracle" }],
  ["databaseTls", { database: "mysql", databaseTls: "perhaps" }],
])("shows that the setting %s cannot be", async (_, settings) => {
  const { status } = await startFlow([energySite], [{ id: "site", type: "energy-site", ...settings }]);
  expect(status("site")).toMatchObject({
    fill: "red",
    text: expect.stringContaining("failure.invalid-config") as string,
  });
});
