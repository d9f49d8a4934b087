import { join } from "node:path";
import { tmpdir } from "node:os";
import { expect, it, onTestFinished } from "vitest";
import { makeDeliveries } from "../../../lib/site/deliveries";
import { openSite } from "../../../lib/site/open-site";
import { describeServer, makeDatabase } from "../../support/databases";

await describeServer("postgres", (title) => {
  it.each([
    ["en-US", /^TimescaleDB is installed in this database.*leave its tables as they are/],
    ["es-ES", /^Esta base de datos tiene instalada TimescaleDB.*deje sus tablas como están/],
  ] as const)(`says once what to do with TimescaleDB where ${title} has it, in %s`, async (language, sentence) => {
    const database = await makeDatabase("postgres");
    const problems: string[] = [];
    const open = () =>
      openSite(
        {
          id: "s",
          name: "Home",
          kind: "home",
          zone: "UTC",
          currency: "EUR",
          language,
          file: join(tmpdir(), "none.db"),
          durability: "crash",
          server: database.settings,
          channels: [],
        },
        { now: Date.now, onProblem: (error) => problems.push(error.message), deliveries: makeDeliveries() },
      );
    onTestFinished(() => database.drop());

    const without = open();
    await without.store.meters();
    await without.close();
    expect(problems).toEqual([]);
    // The extension is in no package of this machine: this is its row in the list of those installed, which is what is looked at.
    await database.ask(
      `insert into pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
       values (99999, 'timescaledb', 10, 2200, false, '2.17.0')`,
    );
    const site = open();
    await site.store.meters();
    await site.store.alerts({ limit: 1 });
    await site.close();
    expect(problems).toEqual([expect.stringMatching(sentence)]);
  });
});
