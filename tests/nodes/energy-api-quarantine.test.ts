import { describe, expect, it } from "vitest";
import type { Reading } from "../../lib/energy/reading";
import type { MadeTokenDoc, ProblemDoc, QuarantinedDoc, RulingDoc, StateDoc } from "../../lib/api/types";
import { startApi } from "../support/api-flow";
import { ask, type Answer } from "../support/http";

const HOUR = 3_600_000;

/** An API whose asker has every scope, and who is called Ana. */
async function start() {
  const api = await startApi();
  const admin = { Authorization: `Bearer ${await api.token(["admin"])}` };
  const wish = { name: "Ana", scopes: ["read", "admin"] };
  const made = await ask(api.port, "/api/v1/tokens", { headers: admin, body: wish });
  const headers = { Authorization: `Bearer ${made.json<MadeTokenDoc>().token}` };
  const get = <T>(path: string) => ask(api.port, `/api/v1/${path}`, { headers }).then((answer) => answer.json<T>());
  const post = (path: string, body: unknown): Promise<Answer> => ask(api.port, `/api/v1/${path}`, { headers, body });
  return {
    ...api,
    get,
    post,
    /** An instant of today, on the hour. */
    hour: (ahead: number) => Math.floor(api.site.now() / HOUR) * HOUR + ahead * HOUR,
    list: (query = "") => get<QuarantinedDoc[]>(`quarantine${query}`),
    rule: (body: Partial<QuarantinedDoc> & object, more: object): Promise<Answer> => {
      const { meter, at, path } = body;
      return post("quarantine/rulings", { meter, at, path, ...more });
    },
    undo: (ruling: RulingDoc) => post(`quarantine/rulings/${ruling.id}/undo`, {}),
    keep: (...readings: Reading[]) => api.site.keep({ readings }),
  };
}

const problem = (answer: Answer) => {
  const { status, field } = answer.json<ProblemDoc>();
  return [status, field];
};

describe("the quarantine", () => {
  it("tells in kWh, kW and ISO instants what is not believed, and counts it in the state", async () => {
    const { keep, list, get, site } = await start();
    const at = Date.UTC(2026, 0, 15, 12);
    await keep(
      { meter: "grid", at, importWh: 12_500, powerW: 500, volumeM3: 3, source: "imported" },
      { meter: "grid", at, importWh: 12_400.5, powerW: 400, volumeM3: 2.5, source: "imported" },
      { meter: "roof", at: site.now() + 2 * HOUR, powerW: -900, exportWh: 77_000 },
      { meter: "roof", at, electrical: { voltageV: 229 }, source: "imported" },
      { meter: "roof", at, electrical: { voltageV: 231 }, source: "imported" },
    );
    const found = await list();
    expect(found[0]).toMatchObject({
      meter: "roof",
      path: "*",
      reading: { kw: -0.9, exportKwh: 77 },
      reason: "instant",
      status: "open",
      may: ["accept", "edit", "discard"],
    });
    const differs = { at: "2026-01-15T13:00:00.000+01:00", reason: "differs", status: "open" };
    const grid = { ...differs, meter: "grid", may: ["accept", "edit", "discard"] };
    expect(found.slice(1)).toEqual([
      { ...differs, meter: "roof", path: "electrical.voltageV", value: 229, may: ["discard"] },
      { ...grid, path: "importWh", value: 12.4005, unit: "kWh", winner: 12.5 },
      { ...grid, path: "powerW", value: 0.4, unit: "kW", winner: 0.5 },
      { ...grid, path: "volumeM3", value: 2.5, unit: "m³", winner: 3 },
    ]);

    expect((await list("?meters=grid&limit=2")).map(({ path }) => path)).toEqual(["importWh", "powerW"]);
    const state = await get<StateDoc>("state");
    const counts = Object.fromEntries(state.meters.map(({ key, quarantined }) => [key, quarantined]));
    expect(counts).toEqual({ grid: 3, roof: 2 });
  });

  it("takes an accepted reading in, tells who did it, and takes it out again", async () => {
    const { keep, list, rule, undo, get, site, hour } = await start();
    await keep({ meter: "grid", at: hour(-2), importWh: 1_000 }, { meter: "grid", at: hour(2), importWh: 1_900 });
    const [open] = await list("?open=true");
    const answer = await rule(open!, { kind: "accept" });
    expect(answer.status).toBe(201);
    const made = answer.json<RulingDoc>();
    expect(made).toMatchObject({ meter: "grid", at: open!.at, path: "*", kind: "accept", by: "Ana" });
    const energy = async () => {
      const span = { from: hour(-3), to: hour(3), interval: "total", zone: "Europe/Madrid" } as const;
      return (await site.store.energy(span)).reduce((sum, { importWh }) => sum + importWh, 0);
    };
    expect(await energy()).toBeCloseTo(900, 6);
    expect(await list("?open=true")).toEqual([]);
    expect(await list()).toMatchObject([{ status: "ruled", ruling: made }]);

    const undone = await undo(made);
    expect([undone.status, undone.json<RulingDoc>().undoneBy]).toEqual([200, "Ana"]);
    expect(await energy()).toBe(0);
    expect(await list("?open=true")).toHaveLength(1);
    expect(await get<RulingDoc[]>("quarantine/rulings?meters=grid")).toEqual([undone.json<RulingDoc>()]);
    expect(problem(await undo(made))).toEqual([404, "id"]);
  });

  it("moves a reading to its true instant, and says which", async () => {
    const { keep, list, rule, site, hour } = await start();
    await keep({ meter: "grid", at: Date.UTC(1999, 0, 1), importWh: 1_000 });
    const [open] = await list();
    expect(open?.may).toEqual(["edit", "discard"]);
    const answer = await rule(open!, { kind: "edit", value: new Date(hour(-1)).toISOString() });
    expect(Date.parse(String(answer.json<RulingDoc>().value))).toBe(hour(-1));
    const all = { from: 0, to: hour(1) };
    expect(await site.store.readings(all)).toMatchObject([{ at: hour(-1), importWh: 1_000, source: "imported" }]);
  });

  it("asks for no other time of a power that is too much", async () => {
    const { list, site, hour } = await start();
    await site.store.setAside([{ meter: "grid", at: hour(-1), powerW: 9e8 }], "beyond");
    expect(await list()).toMatchObject([{ reason: "beyond", reading: { kw: 900_000 }, may: ["accept", "discard"] }]);
  });

  it("puts a number in a value's place, rounded as it is shown", async () => {
    const { keep, list, rule, hour } = await start();
    await keep({ meter: "grid", at: hour(-1), importWh: 12_500 }, { meter: "grid", at: hour(-1), importWh: 900 });
    const [open] = await list();
    const edited = (await rule(open!, { kind: "edit", value: 1.1 })).json<RulingDoc>();
    expect(edited).toMatchObject({ kind: "edit", value: 1.1, unit: "kWh" });
    const accepted = (await rule(open!, { kind: "accept" })).json<RulingDoc>();
    expect(accepted).toMatchObject({ kind: "edit", value: 0.9, unit: "kWh" });
  });

  it("takes a meter swap that no value told of", async () => {
    const { keep, post, hour, list } = await start();
    await keep({ meter: "grid", at: hour(-1), importWh: 12_500 });
    const swap = { meter: "grid", at: new Date(hour(-2)).toISOString(), path: "*", kind: "swap" };
    expect((await post("quarantine/rulings", swap)).json<RulingDoc>()).toMatchObject({ kind: "swap", path: "*" });
    expect(problem(await post("quarantine/rulings", { ...swap, path: "importWh" }))).toEqual([400, "path"]);
    expect(problem(await post("quarantine/rulings", { ...swap, at: "9999-01-01T00:00:00Z" }))).toEqual([400, "at"]);
    expect(await list()).toEqual([]);
  });

  it("rules on a value that nobody doubted, where the meter said it", async () => {
    const { keep, rule, hour } = await start();
    await keep({ meter: "grid", at: hour(-1), importWh: 12_500 });
    const at = new Date(hour(-1)).toISOString();
    const value = { meter: "grid", at, path: "importWh" };
    expect((await rule(value, { kind: "discard" })).status).toBe(201);
    expect(problem(await rule({ ...value, path: "powerW" }, { kind: "discard" }))).toEqual([404, "path"]);
  });

  it("says what is wrong with a ruling that cannot be, in the asker's language, and keeps none of them", async () => {
    const { keep, port, token, hour, get } = await start();
    const when = new Date(hour(-1)).toISOString();
    await keep(
      ...[{ importWh: 900 }, { importWh: 800 }, { importWh: 700 }, { temperatureC: 20 }, { temperatureC: 21 }].map(
        (said) => ({ meter: "grid", at: hour(-1), ...said }),
      ),
      { meter: "grid", at: Date.UTC(1999, 0, 1), importWh: 5 },
    );
    const headers = { Authorization: `Bearer ${await token(["admin"])}`, "Accept-Language": "es" };
    const value = { meter: "grid", at: when, path: "importWh", kind: "accept" };
    const whole = { ...value, at: "1999-01-01T00:00:00Z", path: "*" };
    for (const [body, status, field, said] of [
      [{ ...value, meter: "none" }, 404, "meter", "No existe"],
      [{ ...value, at: "2026-01-01T00:00:00Z" }, 404, "path", "Ningún valor"],
      [{ ...value, path: "__proto__" }, 404, "path", "Ningún valor"],
      [value, 400, "kind", "varios valores"],
      [{ ...value, kind: "edit", value: when }, 400, "value", "kWh"],
      [{ ...value, path: "temperatureC" }, 400, "kind", "dejar fuera"],
      [whole, 400, "at", "2000"],
      [{ ...whole, at: when }, 404, "at", "Ningún valor"],
      [{ ...whole, kind: "edit", value: 5 }, 400, "value", "ISO 8601"],
      [{ ...whole, kind: "edit", value: "2099-01-01T00:00:00Z" }, 400, "value", "2000"],
      [{ ...whole, kind: "edit", value: when }, 400, "value", "ya tiene una lectura"],
      [{ ...value, kind: "edit" }, 400, "value", ""],
      [{ ...value, kind: "edit", value: 1e300 }, 400, "value", ""],
      [{ ...value, value: 5 }, 400, "value", ""],
      [{ ...value, kind: "delete" }, 400, "kind", ""],
      [{ ...value, by: "Eve" }, 400, "by", ""],
      [{ ...value, at: "yesterday" }, 400, "at", ""],
      [{ ...value, at: { $gt: 0 } }, 400, "at", ""],
      [[], 400, "body", ""],
    ] as const) {
      const answer = await ask(port, "/api/v1/quarantine/rulings", { headers, body });
      const { detail } = answer.json<ProblemDoc>();
      expect([body, ...problem(answer), detail.includes(said)]).toEqual([body, status, field, true]);
    }
    for (const id of ["1", "-1", "1e9", "x", "999999999999999999999"]) {
      const answer = await ask(port, `/api/v1/quarantine/rulings/${id}/undo`, { headers, body: {} });
      expect([id, ...problem(answer)]).toEqual([id, 404, "id"]);
    }
    expect(await get<RulingDoc[]>("quarantine/rulings")).toEqual([]);
  });

  it.each([
    ["quarantine?open=maybe", 400, "open"],
    ["quarantine?limit=0", 400, "limit"],
    ["quarantine?limit=1001", 400, "limit"],
    ["quarantine?meters=none", 404, "meters"],
    ["quarantine?by=x", 400, "by"],
    ["quarantine/rulings?open=true", 400, "open"],
    ["quarantine/rulings?meters[]=grid", 400, "meters"],
  ])("says what is wrong with %s", async (path, status, field) => {
    const { get } = await start();
    expect(await get<ProblemDoc>(path)).toMatchObject({ status, field });
  });
});
