import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { askersLanguage } from "../../../lib/api/language";
import { makeNodeAuth } from "../../../lib/api/node-auth";
import { openApiDocument } from "../../../lib/api/openapi";
import { parseBody } from "../../../lib/api/parse-request";
import { toProblem } from "../../../lib/api/problem";
import { Refused } from "../../../lib/api/refused";
import en from "../../../lib/api/texts/en-US.json";
import es from "../../../lib/api/texts/es-ES.json";
import { EnergyError } from "../../../lib/errors";

describe("toProblem", () => {
  it("names the field, says what to do, and fills in the figures", () => {
    const refused = new Refused("invalid-query", "rangeTooLong", { field: "from", values: { days: 400 } });
    expect(toProblem(refused, "es-ES")).toEqual({
      type: "about:blank",
      title: "La petición no es correcta",
      status: 400,
      code: "invalid-query",
      detail: "Pida como mucho 400 días.",
      field: "from",
    });
  });

  it.each([
    [new EnergyError("storage-failed", "cannot open /home/ana/.node-red/vatio/home.db"), 503],
    [new Error("password=hunter2 at /home/ana"), 500],
    ["thrown text /home/ana", 500],
  ])("keeps to itself what happened inside: %s", (error, status) => {
    const problem = toProblem(error, "en-US");
    expect(problem.status).toBe(status);
    expect(JSON.stringify(problem)).not.toMatch(/ana|hunter2/);
  });

  it.each([
    ["en-US", "The database did not answer in time. Ask for a shorter span or for fewer meters."],
    ["es-ES", es.detail.tooSlow],
  ] as const)("says in %s what to do where a query took too long", (language, detail) => {
    const problem = toProblem(new EnergyError("query-too-long", "the query took longer than 30 s"), language);
    expect(problem).toMatchObject({ status: 503, code: "query-too-long", detail });
  });

  it("says the same in both languages", () => {
    const marks = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([mark]) => mark).sort();
    expect(Object.keys(es.detail)).toEqual(Object.keys(en.detail));
    expect(Object.keys(es.title)).toEqual(Object.keys(en.title));
    for (const [key, text] of Object.entries(en.detail)) {
      expect([key, marks(es.detail[key as keyof typeof es.detail])]).toEqual([key, marks(text)]);
    }
  });

  it("words what a schema finds in the asker's language", () => {
    const schema = z.strictObject({ on: z.boolean() });
    const wrong = (language: "en-US" | "es-ES") => {
      try {
        parseBody(schema, { on: 1 }, language);
      } catch (error) {
        return toProblem(error, language).detail;
      }
      return "";
    };
    expect(wrong("en-US")).toContain("expected boolean");
    expect(wrong("es-ES")).toContain("se esperaba booleano");
  });
});

describe("askersLanguage", () => {
  it.each([
    ["es", "es-ES"],
    ["es-MX,es;q=0.9,en;q=0.8", "es-ES"],
    ["de-DE,de;q=0.9,en;q=0.5", "en-US"],
    ["en;q=0.2, ES;q=0.8", "es-ES"],
    ["es;q=0, fr", "en-US"],
    ["*", "en-US"],
    ["", "en-US"],
    [undefined, "en-US"],
    [`${",".repeat(100_000)}es`, "en-US"],
  ])("hears %s", (header, expected) => {
    expect(askersLanguage(header, "en-US")).toBe(expected);
  });
});

describe("makeNodeAuth", () => {
  const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;
  const free = { demandLeft: () => undefined, count: () => undefined };

  it("takes the MD5 of old settings too", async () => {
    const pass = createHash("md5").update("geheim").digest("hex");
    const passed = makeNodeAuth({ user: "ana", pass });
    expect(await passed(basic("ana:geheim"), free)).toBe(true);
    expect(await passed(basic("ana:geheim"), free)).toBe(true);
    expect(await passed(basic("ana:wrong"), free)).toBe(false);
    expect(await passed("Bearer x", free)).toBe(false);
    expect(await passed(undefined, free)).toBe(false);
  });

  it("counts wrong passwords, and looks at no more of them when there were too many", async () => {
    const passed = makeNodeAuth({ user: "ana", pass: createHash("md5").update("x").digest("hex") });
    let counted = 0;
    const guesses = {
      count: () => void (counted += 1),
      demandLeft: () => {
        if (counted >= 2) throw new Refused("too-many-requests", "tooManyLogins");
      },
    };
    for (let n = 0; n < 2; n += 1) expect(await passed(basic(`ana:${n}`), guesses)).toBe(false);
    await expect(passed(basic("ana:3"), guesses)).rejects.toMatchObject({ code: "too-many-requests" });
  });

  it("takes a middleware at its word, and nothing for no", async () => {
    expect(await makeNodeAuth(() => undefined)(undefined, free)).toBe(true);
    expect(await makeNodeAuth(undefined)(basic("a:b"), free)).toBe(false);
  });
});

describe("openApiDocument", () => {
  it("says of every address which scope it wants, and what a change must send", () => {
    const { paths } = openApiDocument("1.0.0") as { paths: Record<string, Record<string, Record<string, unknown>>> };
    expect(paths["/api/alert"]?.post).toMatchObject({ "x-scope": "control", operationId: "alert" });
    expect(paths["/api/alert"]?.post?.parameters).toContainEqual(expect.objectContaining({ name: "X-Vatio" }));
    expect(paths["/api/energy"]?.get?.parameters).toContainEqual(
      expect.objectContaining({ name: "since", in: "query" }),
    );
  });
});
