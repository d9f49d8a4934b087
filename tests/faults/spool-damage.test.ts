import Database from "better-sqlite3";
import {
  closeSync,
  copyFileSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { Reading } from "../../lib/energy/reading";
import type { StorageNews } from "../../lib/storage/backup-store";
import type { EnergyStore } from "../../lib/storage/energy-store";
import { openKeptSpool } from "../../lib/storage/kept-spool";
import type { Numbered } from "../../lib/storage/spool-file";
import { openSpool, type SpoolState } from "../../lib/storage/spool";
import { openWorkerStore } from "../../lib/storage/worker-store";
import { makeRandom, seed } from "../support/seed";
import { until } from "../support/until";

/** FAULTS.md, row 3, of what waits for a database that is away. `FULL=1` damages it more often. */
const DAMAGES = process.env.FULL ? 300 : 5;
const START = Date.UTC(2025, 4, 10, 12);
const PAGE = 16_384;
const MESSAGES = 1_500;
/** A page holds no more, and what was said last lies in the log. */
const MOST_IN_A_PAGE = 120;
const said = (index: number): Reading => ({ meter: `m${index % 7}`, at: START + index * 1_000, powerW: index });
const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

const folder = mkdtempSync(join(tmpdir(), "vatio-spool-damage-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const random = makeRandom();

/** A store in a folder of its own, before a database that another process has locked. */
function open(at: string) {
  const states: SpoolState[] = [];
  const news: StorageNews[] = [];
  const inner = openWorkerStore({ file: join(at, "home.db"), durability: "crash", zone: "UTC" });
  const limits = { file: join(at, "home.spool"), maxBytes: 1e9, minFreeBytes: 0 };
  const store = openSpool(inner, limits, {
    limitMs: 200,
    onState: (state) => states.push(state),
    onNews: (one) => news.push(one),
  });
  onTestFinished(() => store.close());
  return { store, news, kind: () => states.at(-1)?.kind };
}
const lock = (at: string): (() => void) => {
  const other = new Database(join(at, "home.db"));
  other.exec("BEGIN IMMEDIATE");
  return () => void other.close();
};
const send = (store: EnergyStore, index: number) =>
  store.append({
    readings: [said(index)],
    delivery: { session: "s", packetId: index, hash: `h${index}`, dup: false },
  });
const powers = async (store: EnergyStore) =>
  (await store.readings({ from: START - 1, to: START + 1e9 })).map(({ meter, at, powerW }) => {
    expect([meter, at]).toEqual([said(powerW ?? NaN).meter, said(powerW ?? NaN).at]);
    return powerW;
  });

describe(`a spool whose file is damaged (SEED=${seed})`, () => {
  const sound = join(folder, "sound");
  beforeAll(async () => {
    const inner = openWorkerStore({ file: join(sound, "home.db"), durability: "crash", zone: "UTC" });
    const limits = { file: join(sound, "home.spool"), maxBytes: 1e9, minFreeBytes: 0 };
    await inner.putMeter({ key: "m0", role: "grid", gapLimitMs: 1_000 });
    const store = openSpool(inner, limits, { limitMs: 1_000 });
    await store.meters();
    const release = lock(sound);
    await Promise.all(range(MESSAGES).map((index) => send(store, index)));
    await store.close();
    release();
    expect(statSync(join(sound, "home.spool")).size).toBeGreaterThan(15 * PAGE);
  }, 60_000);

  /** A copy of it, changed. */
  const copy = (change: (bytes: Buffer) => void): string => {
    const at = mkdtempSync(join(folder, "copy-"));
    for (const name of readdirSync(sound)) copyFileSync(join(sound, name), join(at, name));
    const bytes = readFileSync(join(at, "home.spool"));
    change(bytes);
    writeFileSync(join(at, "home.spool"), bytes);
    return at;
  };
  /** What is stored of it in the end, with one message more, and what was told. */
  const live = async (at: string) => {
    const { store, news, kind } = open(at);
    await until("one more to be kept", () =>
      send(store, MESSAGES).then(
        () => true,
        () => false,
      ),
    );
    await until("the spool to be empty", () => kind() === "through", 30_000);
    const stored = await powers(store);
    expect(new Set(stored).size).toBe(stored.length);
    expect(stored).toContain(MESSAGES);
    const aside = readdirSync(at).filter((name) => /^home-damaged-\d{4}-\d\d-\d\d-\d{6}\.spool$/.test(name));
    expect(readdirSync(at)).not.toContain("home.spool.salvage");
    await store.close();
    return { stored, news, aside };
  };
  const page = (bytes: Buffer, number: number): Buffer => bytes.subarray((number - 1) * PAGE, number * PAGE);

  it("and is not damaged at all hands on all of it", async () => {
    expect(await live(copy(() => undefined))).toMatchObject({
      stored: range(MESSAGES + 1),
      news: [],
      aside: [],
    });
  });

  it.each([
    ["in its first page", (bytes: Buffer) => page(bytes, 1).fill(0), 0],
    ["in the names of its tables", (bytes: Buffer) => bytes.write("wbiting", bytes.indexOf("waiting")), 0],
    [
      "in one value, which still can be read",
      (bytes: Buffer) => bytes.write("9", bytes.indexOf('"powerW":700') + '"powerW":'.length),
      1,
    ],
    ["in one page of what waits", (bytes: Buffer) => page(bytes, 12).fill(0xff), MOST_IN_A_PAGE],
  ])("%s is set aside, what is intact in it is handed on, and a person is told", async (_, change, most) => {
    const { stored, news, aside } = await live(copy(change));
    const lost = MESSAGES + 1 - stored.length;
    expect(lost).toBeLessThanOrEqual(most);
    expect(lost > 0).toBe(most > 0);
    expect(news).toMatchObject([{ kind: "spool-salvaged", messages: MESSAGES - lost, lost }]);
    expect(aside).toHaveLength(1);
  });

  it(
    "anywhere loses no more than what was damaged, and never stores what was not said",
    async () => {
      for (let round = 0; round < DAMAGES; round += 1) {
        const size = statSync(join(sound, "home.spool")).size;
        const first = Math.floor(random() * size);
        const length = 1 + Math.floor(random() * 64);
        const at = copy((bytes) => {
          for (let index = first; index < Math.min(size, first + length); index += 1)
            bytes[index] = Math.floor(random() * 256);
        });
        const { stored } = await live(at).catch((error: unknown) => {
          throw new Error(`round ${round}: ${length} bytes at ${first}`, { cause: error });
        });
        expect(MESSAGES + 1 - stored.length, `${length} bytes at ${first}`).toBeLessThanOrEqual(MOST_IN_A_PAGE);
        rmSync(at, { recursive: true, force: true });
      }
    },
    DAMAGES * 20_000,
  );

  it("while it is used is left for another one, which takes what comes then, and knows the meters", () => {
    const file = join(mkdtempSync(join(folder, "used-")), "home.spool");
    const news: StorageNews[] = [];
    const serve = openKeptSpool({ file, maxBytes: 1e9, minFreeBytes: 0 }, (one) => news.push(one));
    const ask = (method: string, ...args: unknown[]): unknown => serve(method, args, new AbortController().signal);
    // More than SQLite keeps in mind: it must look into the file again.
    const long = "x".repeat(20_000);
    const push = (from: number, to: number): unknown =>
      ask(
        "push",
        range(to - from).map((index) => ({ batch: { readings: [{ ...said(from + index), meter: long }] } })),
      );
    ask("remember", "meters", ["m"]);
    for (let index = 0; index < 1_500; index += 50) push(index, index + 50);
    const main = openSync(file, "r+");
    const middle = Math.floor(fstatSync(main).size / PAGE / 3) * PAGE;
    writeSync(main, Buffer.alloc(3 * PAGE, 0xa5), 0, 3 * PAGE, middle);
    closeSync(main);
    push(1_500, 1_550);

    const found: (number | undefined)[] = [];
    for (;;) {
      const waiting = ask("first") as Numbered[];
      const last = waiting.at(-1);
      if (!last) break;
      for (const { spooled } of waiting) found.push(...spooled.batch.readings.map(({ powerW }) => powerW));
      ask("drop", last.seq);
      if (found.length < 1_550) push(1_550, 1_551);
    }
    const lost = range(1_550).filter((index) => !found.includes(index));
    expect(lost.length).toBeGreaterThan(0);
    expect(lost.length).toBeLessThanOrEqual(6);
    expect(found.filter((index = Infinity) => index > 1_550)).toEqual([]);
    expect(news).toMatchObject([{ kind: "spool-salvaged", lost: lost.length }]);
    expect(ask("recall", "meters")).toEqual(["m"]);
    ask("close");
  }, 60_000);
});
