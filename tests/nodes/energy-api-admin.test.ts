import { describe, expect, it } from "vitest";
import type { MadeTokenDoc, ProblemDoc, TokenDoc } from "../../lib/api/types";
import { startApi } from "../support/api-flow";
import { until } from "../support/flow";
import { ask, serve } from "../support/http";

const PATH = "/vatio/energy-api/api/tokens";

describe("what the editor's form asks", () => {
  it("makes, lists and revokes tokens, and the node shows that somebody can log in", async () => {
    const { flow, port } = await startApi();
    const admin = await serve(flow.RED.httpAdmin);
    await until("a yellow status", () => flow.status("api")?.fill === "yellow");
    expect((await ask(admin, PATH)).json<TokenDoc[]>()).toEqual([]);

    const made = await ask(admin, PATH, { body: { name: "Tablet <img src=x>", scopes: ["read"] } });
    expect([made.status, made.headers["cache-control"]]).toEqual([201, "no-store"]);
    const { token, id } = made.json<MadeTokenDoc>();
    await until("a green status", () => flow.status("api")?.fill === "green");
    expect((await ask(port, "/api/energy", { headers: { Authorization: `Bearer ${token}` } })).status).toBe(200);

    const list = await ask(admin, PATH);
    expect(list.json<TokenDoc[]>()).toMatchObject([{ id, name: "Tablet <img src=x>" }]);
    expect(list.text).not.toContain(token);

    const headers = { "X-Vatio": "1", "Content-Type": "application/json" };
    expect((await ask(admin, `${PATH}/${id}`, { method: "DELETE", headers })).status).toBe(204);
    expect((await ask(admin, `${PATH}/${id}`, { method: "DELETE", headers })).status).toBe(404);
    expect((await ask(port, "/api/energy", { headers: { Authorization: `Bearer ${token}` } })).status).toBe(401);
    await until("a yellow status again", () => flow.status("api")?.fill === "yellow");
  });

  it("says that a node which is not running must be deployed first", async () => {
    const { flow } = await startApi();
    const admin = await serve(flow.RED.httpAdmin);
    const answer = await ask(admin, "/vatio/energy-api/new/tokens", { headers: { "Accept-Language": "es" } });
    expect(answer.json<ProblemDoc>()).toMatchObject({
      status: 404,
      detail: expect.stringContaining("Instancie") as string,
    });
  });

  it("refuses what comes from another site or is not right", async () => {
    const { flow, site } = await startApi();
    const admin = await serve(flow.RED.httpAdmin);
    const body = { name: "x", scopes: ["admin"] };
    const headers = { Origin: "https://evil.example" };
    expect((await ask(admin, PATH, { headers, body })).status).toBe(403);
    expect(
      (await ask(admin, PATH, { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" })).status,
    ).toBe(403);
    for (const [wrong, field] of [
      [{ name: "", scopes: ["read"] }, "name"],
      [{ name: "x", scopes: [] }, "scopes"],
      [{ name: "x", scopes: ["root"] }, "scopes.0"],
      [{ name: "x", scopes: ["read"], hash: "00" }, "hash"],
    ] as const) {
      expect((await ask(admin, PATH, { body: wrong })).json<ProblemDoc>()).toMatchObject({ status: 400, field });
    }
    expect(await site.store.tokens()).toEqual([]);
  });
});
