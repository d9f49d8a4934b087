import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { describeServer, KINDS, makeDatabase, type TestDatabase } from "../support/databases";
import { startMosquitto } from "../support/mosquitto";
import { startNodeRedProcess } from "../support/node-red-process";
import { itNeeds } from "../support/requires";
import { makeRandom, seed } from "../support/seed";
import { until } from "../support/until";

/** `FULL=1` is the long form. */
const MESSAGES = process.env.FULL ? 100_000 : 3_000;
const PATIENCE_MS = process.env.FULL ? 1_800_000 : 120_000;
/** Powers of a home, told apart by their instants. */
const MOST_W = 10_000;
const TOPIC = "energy/consumption";

const flow = (url: string, { settings }: TestDatabase): object[] => [
  { id: "tab", type: "tab", label: "instances" },
  {
    id: "site",
    type: "energy-site",
    database: settings.kind,
    databaseHost: settings.host,
    databasePort: String(settings.port),
    databaseName: settings.database,
    databaseUser: settings.user,
    databaseTls: "off",
  },
  { id: "broker", type: "energy-broker", url, persistent: true, group: "plant" },
  { id: "meter", z: "tab", type: "meter-in", site: "site", broker: "broker", topic: TOPIC, wires: [["store"], []] },
  { id: "store", z: "tab", type: "energy-store", site: "site", wires: [[]] },
];

for (const kind of KINDS)
  await describeServer(kind, (title) => {
    itNeeds(
      "mosquitto",
      `three instances on one ${title}, one of which is killed for good among ${MESSAGES} messages, lose and double none (SEED=${seed})`,
      async (program) => {
        const { url, client } = await startMosquitto(program);
        const database = await makeDatabase(kind);
        const folder = mkdtempSync(join(tmpdir(), "vatio-three-"));
        onTestFinished(async () => {
          await database.drop();
          rmSync(folder, { recursive: true, force: true });
        });
        const nodes = flow(url, database);
        const start = (name: string) => startNodeRedProcess(join(folder, name), nodes);
        const quoted = (name: string) => (kind === "postgres" ? `"${name}"` : name);
        const begin = Date.now();
        const stored = async () => {
          const rows = (await database.ask(`select at, ${quoted("powerW")} as watts from reading`)) as {
            at: string;
            watts: number;
          }[];
          return rows.map(({ at, watts }) => [Number(at) - begin, watts] as const).filter(([index]) => index >= 0);
        };
        const say = (index: number) =>
          client.publishAsync(TOPIC, JSON.stringify({ power: index % MOST_W, time: begin + index }), { qos: 1 });
        const isThere = async () => (await database.ask("select at from reading limit 1").catch(() => [])).length > 0;

        // The first makes the tables; each is a member once a message that only it can have is stored.
        const members = [await start("first")];
        await until("a first reading", async () => {
          await say(-1);
          return isThere();
        });
        members.push(await start("second"), await start("third"));

        const killAt = Math.floor(MESSAGES * (0.1 + 0.5 * makeRandom()()));
        for (let index = 0; index < MESSAGES; index += 1) {
          await say(index);
          if (index === killAt) await members[1]?.kill();
        }
        await until("all of them", async () => (await stored()).length >= MESSAGES, PATIENCE_MS);

        // Nothing is left to say: what comes last comes through each of the sessions.
        for (let last = 0; last < 15; last += 1) await say(MESSAGES + last);
        await until("the last ones", async () => (await stored()).length >= MESSAGES + 15, PATIENCE_MS);
        expect((await stored()).sort(([a], [b]) => a - b)).toEqual(
          Array.from({ length: MESSAGES + 15 }, (_, index) => [index, index % MOST_W]),
        );
        expect(await database.ask("select * from quarantine")).toEqual([]);

        // It comes back, and has its sessions again.
        const again = await start("second");
        await say(MESSAGES + 15);
        await until("one more", async () => (await stored()).length === MESSAGES + 16);
        for (const member of [members[0], members[2], again]) expect(await member?.stop()).toBe(0);
      },
      2 * PATIENCE_MS + 120_000,
    );
  });
