import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { describeServer, KINDS, makeDatabase, type TestDatabase } from "../support/databases";
import { startMailServer, type MailServer } from "../support/mail-server";
import { startBroker } from "../support/mqtt-broker";
import { startNodeRedProcess, type NodeRedProcess } from "../support/node-red-process";
import { startPlug } from "../support/plug";
import { until } from "../support/until";

/** Longer than a lease outlives its holder. */
const TAKE_OVER_MS = 40_000;

const flow = (mqttUrl: string, mail: MailServer, { settings }: TestDatabase): object[] => [
  { id: "tab", type: "tab", label: "instances" },
  { id: "broker", type: "energy-broker", url: mqttUrl },
  {
    id: "site",
    type: "energy-site",
    name: "Plant",
    language: "en-US",
    database: settings.kind,
    databaseHost: settings.host,
    databasePort: String(settings.port),
    databaseName: settings.database,
    databaseUser: settings.user,
    databaseTls: "off",
    channels: [{ id: "mail", slot: 1, kind: "email", host: "127.0.0.1", port: String(mail.port), to: "me@home" }],
  },
  { id: "say", z: "tab", type: "http in", url: "/say", method: "post", wires: [["store", "answer"]] },
  { id: "answer", z: "tab", type: "http response", wires: [] },
  { id: "store", z: "tab", type: "energy-store", site: "site", wires: [["rule"]] },
  {
    id: "rule",
    z: "tab",
    type: "threshold-alert",
    site: "site",
    limitKw: "3",
    holdSeconds: "0",
    quietSeconds: "0",
    tellCleared: true,
    wires: [["plug"], ["plug"], []],
  },
  {
    id: "plug",
    z: "tab",
    type: "automation-action",
    site: "site",
    broker: "broker",
    device: "heater",
    confirmSeconds: "5",
    wires: [[], []],
  },
];

for (const kind of KINDS)
  await describeServer(kind, (title) => {
    it(`three on one ${title} evaluate a rule and switch a plug once, whoever hears and whoever is killed`, async () => {
      const database = await makeDatabase(kind);
      const mail = await startMailServer();
      const folder = mkdtempSync(join(tmpdir(), "vatio-instances-"));
      onTestFinished(async () => {
        await mail.close();
        await database.drop();
        rmSync(folder, { recursive: true, force: true });
      });
      const broker = await startBroker();
      const plug = await startPlug(broker.client, "tasmota");
      const nodes = flow(broker.url, mail, database);
      const start = (name: string) => startNodeRedProcess(join(folder, name), nodes);
      /** What each mail is about, in the letters of a mail's header. */
      const told = () => mail.mails.map(({ source }) => /^Subject: .*Plant=3A_(.*)=C2/m.exec(source)?.[1]);
      const owners = async () =>
        (await database.ask("select id, owner from lease order by id")) as { id: string; owner: string }[];
      const ownersOf = async (count: number) => {
        await until(`${count} leases`, async () => (await owners()).length === count);
        return new Set((await owners()).map(({ owner }) => owner));
      };
      const instances = async () => (await database.ask("select id from instance")).length;
      let at = Date.now();
      const say = async ({ url }: NodeRedProcess, powerW: number) => {
        at = Math.max(at + 1, Date.now());
        const body = JSON.stringify({ meter: "grid", at, powerW });
        await fetch(`${url}/say`, { method: "POST", body, headers: { "content-type": "application/json" } });
      };

      // Who is first holds all of it: the rule, the plug, and what was not sent yet.
      const first = await start("first");
      // MariaDB lists the tables of all databases.
      const own = kind === "postgres" ? "current_schema()" : "database()";
      const last = `select table_name from information_schema.tables where table_name = 'handover' and table_schema = ${own}`;
      await until("the tables", async () => (await database.ask(last)).length > 0);
      const [holder] = await ownersOf(3);
      const [second, third] = [await start("second"), await start("third")];
      await until("three instances", async () => (await instances()) === 3);
      expect([...(await ownersOf(3))]).toEqual([holder]);

      // What one of the others heard.
      await say(second, 3_500);
      await until("the mail", () => mail.mails.length === 1);
      await until("the command", () => plug.commands.length === 1);
      await say(third, 3_600);
      await say(first, 3_700);
      await until(
        "all of it is handled",
        async () => (await database.ask("select n from handover where target <> ''")).length === 0,
      );

      await first.kill();
      await say(third, 3_800);
      await say(second, 1_000);
      await until("that it is over", () => mail.mails.length === 2, TAKE_OVER_MS);
      await until("the command", () => plug.commands.length === 2);
      expect(await ownersOf(3)).not.toContain(holder);

      // Whoever of them holds what: one stops, and the other has it at once.
      await say(second, 4_000);
      await until("the mail", () => mail.mails.length === 3);
      expect(await second.stop()).toBe(0);
      await say(third, 500);
      await until("that it is over", () => mail.mails.length === 4);
      await until("the command", () => plug.commands.length === 4);
      expect([...(await ownersOf(3))]).toHaveLength(1);
      expect(await instances()).toBe(1);

      expect(told()).toEqual(["grid=3A_3=2E5", "Over=3A_grid=3A_3=2E5", "grid=3A_4", "Over=3A_grid=3A_4"]);
      expect(plug.commands).toEqual([false, true, false, true]);
      const alerts = (await database.ask("select body from alert order by at")) as { body: string }[];
      expect(alerts.map(({ body }) => (JSON.parse(body) as { clearedAt?: number }).clearedAt !== undefined)).toEqual([
        true,
        true,
      ]);
      expect(await third.stop()).toBe(0);
      expect(await instances()).toBe(0);
    }, 180_000);
  });
