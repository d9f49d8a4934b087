import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { makeDeliveries } from "../../../lib/site/deliveries";
import { openSite } from "../../../lib/site/open-site";
import type { Alert } from "../../../lib/storage/energy-store";
import { until } from "../../support/until";

it("tells of a damaged database in the log and as an alert, and goes on", async () => {
  const folder = mkdtempSync(join(tmpdir(), "vatio-damaged-site-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "home.db");
  writeFileSync(file, Buffer.alloc(50_000));
  const problems: string[] = [];
  const site = openSite(
    {
      id: "s",
      name: "Home",
      kind: "home",
      zone: "Europe/Madrid",
      currency: "EUR",
      language: "en-US",
      file,
      durability: "crash",
      channels: [],
    },
    { now: Date.now, onProblem: (error) => problems.push(error.message), deliveries: makeDeliveries() },
  );
  onTestFinished(() => site.close());

  await site.keep({ readings: [{ meter: "m", at: Date.now(), powerW: 5 }] });
  await until("the second alert", async () =>
    (await site.store.alerts({ limit: 9 })).some(({ kind }) => kind === "database-salvaged"),
  );
  expect(await site.store.alerts({ limit: 9 })).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        kind: "database-damaged",
        severity: "critical",
        clearedAt: expect.any(Number) as number,
      }),
      expect.objectContaining({
        kind: "database-salvaged",
        values: expect.objectContaining({ readings: 0 }) as object,
      }),
    ]),
  );
  expect(problems).toEqual([
    expect.stringMatching(/^the database was damaged and is set aside as .+home-damaged-.+\.db: a new one/),
    expect.stringMatching(/^0 readings, 0 rows in all, came back from /),
  ]);
  expect(await site.store.readings({ from: 0, to: Date.now() + 1 })).toHaveLength(1);
});

it("tells of a damaged file of readings that wait for a server, though that is away", async () => {
  const folder = mkdtempSync(join(tmpdir(), "vatio-damaged-spool-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "home.spool"), Buffer.alloc(50_000));
  const problems: string[] = [];
  const alerts: Alert[] = [];
  const site = openSite(
    {
      id: "s",
      name: "Home",
      kind: "home",
      zone: "Europe/Madrid",
      currency: "EUR",
      language: "en-US",
      file: join(folder, "home.db"),
      durability: "crash",
      // Nobody answers there.
      server: { kind: "postgres", host: "127.0.0.1", port: 1, database: "d", user: "u", password: "", tls: "off" },
      channels: [],
    },
    { now: Date.now, onProblem: (error) => problems.push(error.message), deliveries: makeDeliveries() },
  );
  onTestFinished(() => site.close());
  site.live.subscribe(({ event }) => {
    if (event.kind === "alert") alerts.push(event.alert);
  });
  await until("the alert", () => alerts.length > 0);
  expect(alerts).toMatchObject([{ kind: "spool-salvaged", severity: "warning", values: { messages: 0, lost: 0 } }]);
  expect(problems).toContainEqual(
    expect.stringMatching(/^the file in which readings wait .+ set aside as .+home-damaged-.+\.spool: 0 messages/),
  );
});
