import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Reading } from "../../lib/energy/reading";
import { openEngine } from "../../lib/storage/engine";
import { openDatabase } from "../../lib/storage/open-database";
import { describeServer, KINDS, makeDatabase } from "../support/databases";
import { makeRandom, seed } from "../support/seed";

/**
 * FAULTS.md, row 3, on servers. Their files, pages and logs are their own: PostgreSQL and InnoDB check them (`damage.test.ts` is
 * for the file that is ours). What reaches us all the same is a chunk of which a byte is another. `FULL=1`: a thousand.
 */
const FLIPS = process.env.FULL ? 1_000 : 15;
const DAY = 86_400_000;
const START = Date.UTC(2025, 4, 10);
const STEP_MS = 300_000;
const DAYS = 3;
const ALL = { from: START, to: START + DAYS * DAY };
const SITE = { zone: "UTC", maxPowerW: 100_000 };

const keyOf = ({ meter, at }: Reading): string => `${meter} ${at}`;

for (const kind of KINDS)
  await describeServer(kind, (title) => {
    describe(`${title} with a chunk of which a byte is another, ${FLIPS} times (SEED=${seed})`, () => {
      it("never shows a wrong value, and shows all that is intact", async () => {
        const random = makeRandom();
        const made = await makeDatabase(kind);
        const settings = {
          file: join(tmpdir(), "none.db"),
          durability: "crash",
          ...SITE,
          server: made.settings,
        } as const;
        const database = openDatabase(settings);
        const engine = await openEngine(database, SITE);
        onTestFinished(async () => {
          await engine.close();
          await made.drop();
        });
        const readings = ["a", "b"].flatMap((meter) =>
          Array.from({ length: (DAYS * DAY) / STEP_MS }, (_, index): Reading => ({
            meter,
            at: START + index * STEP_MS,
            powerW: 100 + Math.floor(random() * 900),
            importWh: 10 * index,
          })),
        );
        await engine.appendAll([{ readings }]);
        await engine.sealUntil(Infinity);
        const said = new Map((await engine.readings(ALL)).map((reading) => [keyOf(reading), JSON.stringify(reading)]));
        expect(said.size).toBe(readings.length);
        const { db } = database;
        const chunks = await db.selectFrom("chunk").selectAll().execute();
        expect(chunks.length).toBe(2 * DAYS);

        for (let flip = 0; flip < FLIPS; flip += 1) {
          const whole = chunks[Math.floor(random() * chunks.length)];
          if (!whole) throw new Error("no chunk");
          const body = Buffer.from(whole.body);
          const at = Math.floor(random() * body.length);
          body[at] = (body[at] ?? 0) ^ (1 + Math.floor(random() * 255));
          const ours = () => db.updateTable("chunk").where("meter", "=", whole.meter).where("start", "=", whole.start);
          await ours().set({ body }).execute();

          const shown = await engine.readings(ALL);
          for (const reading of shown) expect(JSON.stringify(reading)).toBe(said.get(keyOf(reading)));
          expect(shown.length, `byte ${at} of ${body.length}`).toBe(said.size - whole.count);
          expect(await db.selectFrom("damaged").select("id").execute()).toHaveLength(1);

          await db.deleteFrom("damaged").execute();
          await db.insertInto("chunk").values(whole).execute();
        }
        expect(await engine.readings(ALL)).toHaveLength(said.size);
      }, 600_000);
    });
  });
