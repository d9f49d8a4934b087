import { describe, expect, it } from "vitest";
import type {
  EditDoc,
  EditedDoc,
  MadeTokenDoc,
  ProblemDoc,
  PurgedDoc,
  StateDoc,
  VerificationDoc,
} from "../../lib/api/types";
import { startApi } from "../support/api-flow";
import { until } from "../support/flow";
import { ask, type Answer } from "../support/http";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** An API whose asker has every scope, and who is called Ana; two meters that used 1 kW for the last two hours. */
async function start() {
  const api = await startApi();
  const admin = { Authorization: `Bearer ${await api.token(["admin"])}` };
  const wish = { name: "Ana", scopes: ["read", "admin"] };
  const made = await ask(api.port, "/api/v1/tokens", { headers: admin, body: wish });
  const headers = { Authorization: `Bearer ${made.json<MadeTokenDoc>().token}` };
  const noon = Math.floor(api.site.now() / HOUR) * HOUR - 2 * HOUR;
  const steady = (meter: string) =>
    Array.from({ length: 121 }, (_, minute) => ({ meter, at: noon + minute * MINUTE, powerW: 1_000 }));
  await api.site.keep({ readings: [...steady("m/1"), ...steady("other")] });
  const iso = (hours: number): string => new Date(noon + hours * HOUR).toISOString();
  const query = { from: noon, to: noon + 2 * HOUR, interval: "total", zone: "Europe/Madrid" } as const;
  return {
    ...api,
    iso,
    get: <T>(path: string) => ask(api.port, `/api/v1/${path}`, { headers }).then((answer) => answer.json<T>()),
    post: (path: string, body: unknown, language = "en"): Promise<Answer> =>
      ask(api.port, `/api/v1/${path}`, { headers: { ...headers, "Accept-Language": language }, body }),
    totalsWh: async () =>
      Object.fromEntries(
        (await api.site.store.energy(query)).map(({ meter, importWh }) => [meter, Math.round(importWh)]),
      ),
    hour: { meter: "m/1", from: iso(0), to: iso(1) },
  };
}

const problem = (answer: Answer) => {
  const { status, field } = answer.json<ProblemDoc>();
  return [status, field];
};

describe("edits", () => {
  it("tell what they would change, change it, say who did it, and are undone", async () => {
    const { post, get, hour, totalsWh } = await start();
    const wish = { ...hour, kind: "set", importKwh: 2.5 };
    const tried = await post("edits", { ...wish, preview: true });
    expect(tried.status).toBe(200);
    const { before, after, edit } = tried.json<EditedDoc>();
    expect([before.importKwh, before.measured, after.importKwh, after.estimated, edit]).toEqual([
      1,
      1,
      2.5,
      1,
      undefined,
    ]);
    expect(await get<EditDoc[]>("edits")).toEqual([]);
    expect(await totalsWh()).toEqual({ "m/1": 2_000, other: 2_000 });

    const done = await post("edits", wish);
    expect(done.status).toBe(201);
    const made = done.json<EditedDoc>().edit;
    expect(made).toMatchObject({ meter: "m/1", kind: "set", importKwh: 2.5, by: "Ana" });
    expect(Date.parse(made?.from ?? "")).toBe(Date.parse(hour.from));
    expect(await totalsWh()).toEqual({ "m/1": 3_500, other: 2_000 });

    const undone = await post(`edits/${made?.id}/undo`, {});
    expect([undone.status, undone.json<EditDoc>().undoneBy]).toEqual([200, "Ana"]);
    expect(await totalsWh()).toEqual({ "m/1": 2_000, other: 2_000 });
    expect(await get<EditDoc[]>("edits?meters=m/1")).toEqual([undone.json<EditDoc>()]);
    expect(problem(await post(`edits/${made?.id}/undo`, {}))).toEqual([404, "id"]);
  });

  it("leave out what a meter said", async () => {
    const { post, hour, totalsWh } = await start();
    const { after } = (await post("edits", { ...hour, kind: "discard" })).json<EditedDoc>();
    expect([after.importKwh, after.measured]).toEqual([0, 0]);
    expect(await totalsWh()).toEqual({ "m/1": 1_000, other: 2_000 });
  });

  it("that cannot be are refused in the asker's language, and none is kept", async () => {
    const { post, get, hour, iso } = await start();
    const wish = { ...hour, kind: "set", importKwh: 1 };
    for (const [body, status, field, said] of [
      [{ ...wish, meter: "none" }, 404, "meter", "No existe"],
      [{ ...wish, to: iso(-1) }, 400, "from", "anterior"],
      [{ ...wish, to: iso(0.9) }, 400, "to", "cuartos de hora"],
      [{ ...wish, from: iso(-9_000) }, 400, "from", "366"],
      [{ ...hour, kind: "set" }, 400, "importKwh", "importKwh"],
      [{ ...hour, kind: "discard", importKwh: 1 }, 400, "importKwh", ""],
      [{ ...wish, kind: "delete" }, 400, "kind", ""],
      [{ ...wish, importKwh: 1e300 }, 400, "importKwh", ""],
      [{ ...wish, by: "Eve" }, 400, "by", ""],
    ] as const) {
      const answer = await post("edits", body, "es");
      const { detail } = answer.json<ProblemDoc>();
      expect([body, ...problem(answer), detail.includes(said)]).toEqual([body, status, field, true]);
    }
    for (const id of ["1", "-1", "1e9", "x"])
      expect([id, ...problem(await post(`edits/${id}/undo`, {}))]).toEqual([id, 404, "id"]);
    expect(await get<EditDoc[]>("edits")).toEqual([]);
  });
});

describe("a meter", () => {
  it("is renamed, and what the site knows of it follows", async () => {
    const { post, get, totalsWh, site, iso } = await start();
    site.meters.describe({ key: "m/1", role: "solar", gapLimitMs: 300_000 });
    expect((await post("meters/m%2F1/rename", { to: "roof" })).status).toBe(204);
    expect(await totalsWh()).toEqual({ other: 2_000, roof: 2_000 });
    const known = (await get<StateDoc>("state")).meters.map(({ key, role, kw }) => [key, role, kw]);
    expect(known.sort()).toEqual([
      ["other", "load", 1],
      ["roof", "solar", 1],
    ]);
    expect([site.meters.role("roof"), site.meters.role("m/1")]).toEqual(["solar", "load"]);

    await site.keep({ readings: [{ meter: "m/1", at: Date.parse(iso(0)), powerW: 5 }] });
    expect(problem(await post("meters/roof/rename", { to: "other" }))).toEqual([400, "to"]);
    expect(problem(await post("meters/none/rename", { to: "x" }))).toEqual([404, "key"]);
    expect(problem(await post("meters/roof/rename", { to: "a\u0000b" }))).toEqual([400, "to"]);
    expect(Object.keys(await totalsWh()).sort()).toEqual(["other", "roof"]);
  });

  it("becomes one with the meter that replaced it", async () => {
    const { post, get, site, iso } = await start();
    await site.keep({ readings: [{ meter: "new", at: site.now(), powerW: 700 }] });
    expect((await post("meters/m%2F1/merge", { into: "new" })).status).toBe(204);
    const span = { from: Date.parse(iso(0)), to: site.now() + 1 };
    expect(await site.store.readings({ ...span, meters: ["new"] })).toHaveLength(122);
    const { meters } = await get<StateDoc>("state");
    expect(meters.map(({ key, kw }) => [key, kw]).sort()).toEqual([
      ["new", 0.7],
      ["other", 1],
    ]);
    expect(problem(await post("meters/new/merge", { into: "new" }))).toEqual([400, "into"]);
    expect(problem(await post("meters/new/merge", { into: "none" }))).toEqual([404, "into"]);
    expect(problem(await post("meters/none/merge", { into: "new" }))).toEqual([404, "key"]);
  });

  it("is purged of a range or as a whole, but never without its key", async () => {
    const { post, get, iso, totalsWh, site } = await start();
    for (const body of [{ confirm: "other" }, { confirm: "" }, {}] as const)
      expect(problem(await post("meters/m%2F1/purge", body))).toEqual([400, "confirm"]);
    const range = { from: iso(0), to: iso(1) };
    expect(problem(await post("meters/m%2F1/purge", { ...range, to: iso(0), confirm: "m/1" }))).toEqual([400, "from"]);
    expect(await totalsWh()).toEqual({ "m/1": 2_000, other: 2_000 });

    const some = await post("meters/m%2F1/purge", { ...range, confirm: "m/1" });
    expect(some.json<PurgedDoc>()).toEqual({ readings: 60 });
    expect(await totalsWh()).toEqual({ "m/1": 1_000, other: 2_000 });
    const all = await post("meters/m%2F1/purge", { confirm: "m/1" });
    expect(all.json<PurgedDoc>()).toEqual({ readings: 61 });
    expect((await get<StateDoc>("state")).meters.map(({ key }) => key)).toEqual(["other"]);
    expect(site.live.latest().has("m/1")).toBe(false);
    expect(problem(await post("meters/m%2F1/purge", { confirm: "m/1" }))).toEqual([404, "key"]);
  });
});

it("verifies all energy in the background, and tells what it found", async () => {
  const { post, get, totalsWh } = await start();
  await totalsWh();
  expect(await get<VerificationDoc>("verify")).toEqual({ state: "none" });
  const begun = await post("verify", { repair: true });
  expect([begun.status, begun.json<VerificationDoc>()]).toMatchObject([202, { state: "running", repair: true }]);
  await until("the verification's end", async () => (await get<VerificationDoc>("verify")).state !== "running");
  expect(await get<VerificationDoc>("verify")).toMatchObject({
    state: "done",
    result: { meters: 2, wrong: 0, examples: [] },
  });
  expect(problem(await post("verify", { repair: "yes" }))).toEqual([400, "repair"]);
});
