import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { mergeMeter, purgeMeter, renameMeter } from "../../../lib/api/answers/maintain";
import type { DeviceState } from "../../../lib/automation/devices";
import { makeDeliveries } from "../../../lib/site/deliveries";
import { openSite } from "../../../lib/site/open-site";
import type { Site } from "../../../lib/site/site";
import { offerStandby } from "../../../lib/site/standby-device";
import { describeServer, KINDS, makeDatabase, type TestDatabase } from "../../support/databases";
import { startMailServer, type MailServer } from "../../support/mail-server";
import { until } from "../../support/until";

/** Long enough for a machine that has other things to do. */
const PATIENCE_MS = 60_000;
const wait = (what: string, holds: () => boolean | Promise<boolean>) => until(what, holds, PATIENCE_MS);
const DRAFT = {
  rule: "rule",
  severity: "warning",
  meter: "grid",
  kind: "meter-above",
  values: { power: 4000 },
} as const;

for (const kind of KINDS)
  await describeServer(kind, (title) => {
    describe(`one site in two instances on ${title}`, () => {
      const openOne = ({ settings }: TestDatabase, mail: MailServer): Site => {
        const site = openSite(
          {
            id: "s",
            name: "Plant",
            kind: "plant",
            zone: "Europe/Madrid",
            currency: "EUR",
            language: "en-US",
            file: join(tmpdir(), "none.db"),
            durability: "crash",
            server: settings,
            channels: [
              {
                kind: "email",
                id: "m",
                host: "127.0.0.1",
                port: mail.port,
                secure: false,
                from: "a@home",
                to: "b@home",
              },
            ],
          },
          { now: Date.now, onProblem: () => undefined, deliveries: makeDeliveries() },
        );
        onTestFinished(() => site.close());
        return site;
      };
      const openBoth = async () => {
        const database = await makeDatabase(kind);
        const mail = await startMailServer();
        onTestFinished(async () => {
          await mail.close();
          await database.drop();
        });
        const [a, b] = [openOne(database, mail), openOne(database, mail)];
        const know = (one: Site, other: Site) => one.leases.isThere(other.leases.name());
        await wait("that they know of each other", () => know(a, b) && know(b, a));
        return { a, b, mail, database };
      };

      it("both know the power of all meters, whoever heard them", async () => {
        const { a, b } = await openBoth();
        const at = Date.now();
        const heard: string[] = [];
        a.live.subscribe(({ event, isTold }) => {
          if (event.kind === "reading") heard.push(`${event.reading.meter} ${isTold ? "told" : "heard"}`);
        });
        await a.keep({ readings: [{ meter: "one", at, powerW: 1_000 }] });
        await b.keep({ readings: [{ meter: "two", at, powerW: 500 }] });
        for (const site of [a, b]) await wait("the sum", () => site.live.sitePowerW(at) === 1_500);
        expect(heard).toEqual(["one heard", "two told"]);
      }, 120_000);

      it("a meter that one renamed, merged or removed is so in both, as what names it is", async () => {
        const { a, b } = await openBoth();
        const at = Date.now();
        for (const site of [a, b]) {
          await site.meters.ready();
          site.meters.describe({ key: "sun", role: "solar", gapLimitMs: 60_000 });
          site.meters.describe({ key: "roof", role: "solar", gapLimitMs: 60_000, parent: "sun" });
          site.meters.describe({ key: "gone", role: "load", gapLimitMs: 60_000 });
        }
        await a.keep({ readings: ["sun", "roof", "gone"].map((meter) => ({ meter, at, powerW: -700 })) });
        const live = () => [...b.live.latest()].map(([meter, reading]) => [meter, reading.meter]).sort();
        await wait("the readings", () => live().length === 3);

        await renameMeter(a, "sun", "south");
        await wait("the new name", () => b.meters.role("south") === "solar");
        expect(b.meters.keys()).not.toContain("sun");
        expect(b.meters.counts("roof")).toBe(false);
        await purgeMeter(a, "gone", { confirm: "gone" });
        await mergeMeter(a, "roof", "south");
        await wait("one meter", () => b.meters.keys().join() === "south");
        expect(live()).toEqual([["south", "south"]]);

        // What its device is called there has not changed: it is described as before.
        b.meters.describe({ key: "sun", role: "solar", gapLimitMs: 60_000 });
        await wait("it is stored", async () => (await a.store.meters()).some(({ key }) => key === "sun"));
        expect((await b.store.meters()).map(({ key, role }) => [key, role]).sort()).toEqual([
          ["south", "solar"],
          ["sun", "solar"],
        ]);
      }, 120_000);

      it("an alert that one raised is neither repeated by the other, nor left standing", async () => {
        const { a, b, mail } = await openBoth();
        await b.alerts.recall("rule");
        const raised = await a.alerts.raise(DRAFT);
        await wait("the mail", () => mail.mails.length === 1);

        await b.alerts.recall("rule");
        expect(await b.alerts.raise(DRAFT)).toEqual(raised);
        expect(await b.alerts.clear("rule", "grid", { channels: ["m"] })).toMatchObject({ id: raised.id });
        await wait("the mail", () => mail.mails.length === 2);

        await a.alerts.recall("rule");
        expect(await a.alerts.clear("rule", "grid")).toBeUndefined();
        expect(await a.alerts.raise(DRAFT)).not.toMatchObject({ id: raised.id });
        await wait("the mail", () => mail.mails.length === 3);
      }, 120_000);

      it("what one that is gone could not send is sent by who is left, once", async () => {
        const { a, b, mail, database } = await openBoth();
        const notification = { title: "Late", message: "text", severity: "warning", meter: "grid", site: "Plant" };
        const letter = (by: string) => ({ channel: "m", by, at: Date.now(), notification });
        await a.store.join("gone");
        await a.store.remember("outbox", "1", letter("gone"));
        await a.store.remember("outbox", "2", letter(a.leases.name()));
        await wait("it is known", () => a.leases.isThere("gone") && b.leases.isThere("gone"));
        expect(mail.mails).toEqual([]);
        await a.store.leave("gone");
        await wait("the mail", () => mail.mails.length > 0);
        await wait("it is forgotten", async () => Object.keys(await b.store.recall("outbox")).join() === "2");
        expect(mail.mails).toHaveLength(1);
        expect(await database.ask("select id from lease")).toHaveLength(1);
      }, 120_000);

      it("a device that one switches is shown by the other, which hands on what a person wants", async () => {
        const { a, b } = await openBoth();
        const wanted: boolean[] = [];
        const end = offerStandby(b, { id: "plug", name: "Heater" }, (on) => wanted.push(on));
        expect(b.devices.get("plug")?.state()).toEqual({ id: "plug", name: "Heater", state: "unknown" });
        const state: DeviceState = { id: "plug", name: "Heater", state: "on", confirmedAt: 5 };
        a.live.publish({ kind: "device", device: state });
        await wait("its state", () => b.devices.get("plug")?.state().state === "on");

        await b.devices.get("plug")?.command(false, "me");
        expect(wanted).toEqual([false]);
        end();
        expect(b.devices.all()).toEqual([]);
      }, 120_000);
    });
  });
