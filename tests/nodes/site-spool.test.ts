import { expect, it, onTestFinished } from "vitest";
import type { Alert } from "../../lib/storage/energy-store";
import energySite from "../../nodes/energy-site/energy-site";
import energyStore from "../../nodes/energy-store/energy-store";
import { siteLending } from "../../nodes/shared/borrow";
import { startCable } from "../support/cable";
import { describeServer, makeDatabase } from "../support/databases";
import { startFlow } from "../support/flow";
import { until } from "../support/until";

await describeServer("postgres", (title) => {
  it(`tells that ${title} is away while readings wait for it, and that it is back`, async () => {
    const database = await makeDatabase("postgres");
    onTestFinished(() => database.drop());
    const cable = await startCable(database.settings.port);
    const { send } = await startFlow(
      [energySite, energyStore],
      [
        {
          id: "site",
          type: "energy-site",
          database: "postgres",
          databaseHost: "127.0.0.1",
          databasePort: String(cable.port),
          databaseName: database.settings.database,
          databaseUser: database.settings.user,
          databaseTls: "off",
        },
        { id: "store", type: "energy-store", site: "site" },
      ],
      { credentials: { site: { databasePassword: "" } } },
    );
    const { store, live } = siteLending.borrow("site");
    const alerts: Alert[] = [];
    live.subscribe(({ event }) => {
      if (event.kind === "alert") alerts.push(event.alert);
    });
    let at = Date.now();
    const sent: number[] = [];
    const say = async (): Promise<void> => {
      sent.push((at += 1));
      expect(await send("store", { payload: { meter: "m", at, powerW: 7 } })).toBeUndefined();
    };

    await say();
    cable.cut();
    await say();
    await say();
    await until("the alert", () => alerts.at(-1)?.kind === "storage-spooling", 20_000);
    expect(alerts).toMatchObject([{ severity: "warning", rule: "storage" }]);
    cable.mend();
    await until("its end", () => alerts.at(-1)?.clearedAt !== undefined, 20_000);
    await say();
    const readings = await store.readings({ from: 0, to: at + 1 });
    expect(readings.map((reading) => reading.at)).toEqual(sent);
    await until("it among the stored ones", async () => {
      const [last] = await store.alerts({ limit: 9 });
      return last?.kind === "storage-spooling" && last.clearedAt !== undefined;
    });
  }, 60_000);
});

it.each([["nothing"], ["0"], ["-5"]])("shows that a spool of %s MB cannot be", async (spoolMb) => {
  const { status } = await startFlow([energySite], [{ id: "site", type: "energy-site", spoolMb }]);
  expect(status("site")).toMatchObject({
    fill: "red",
    text: expect.stringContaining("failure.invalid-config") as string,
  });
});
