import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import express from "express";
import { afterEach, describe, expect, it } from "vitest";
import { readDashboard } from "../../../nodes/energy-api/dashboard-files";
import { makeFileAnswers } from "../../../nodes/energy-api/file-answers";
import { ask, serve } from "../../support/http";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function makeFolder(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), "vatio-test-"));
  folders.push(folder);
  mkdirSync(join(folder, "assets"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

async function serveFolder(folder: string): Promise<number> {
  const answers = makeFileAnswers(() => readDashboard(folder));
  return serve(express().get("/energy", answers.page).get("/energy/assets/*file", answers.file));
}

const FILES = {
  "index.html": "<p>page",
  "assets/page-AbCd_123.js": "1",
  "assets/vatio-energy.js": "2",
  "assets/secret.env": "3",
};

describe("the dashboard's files", () => {
  it("are the page, hashed files that never change and others that are asked for again", async () => {
    const port = await serveFolder(makeFolder(FILES));
    const page = await ask(port, "/energy");
    expect([page.text, page.headers["content-type"], page.headers["cache-control"]]).toEqual([
      "<p>page",
      "text/html; charset=utf-8",
      "private, no-cache",
    ]);
    expect((await ask(port, "/energy", { headers: { "If-None-Match": String(page.headers.etag) } })).status).toBe(304);

    const hashed = await ask(port, "/energy/assets/page-AbCd_123.js");
    expect([hashed.text, hashed.headers["cache-control"]]).toEqual(["1", "public, max-age=31536000, immutable"]);
    const named = await ask(port, "/energy/assets/vatio-energy.js");
    expect([named.text, named.headers["content-type"]]).toEqual(["2", "text/javascript; charset=utf-8"]);
    expect(named.headers["cache-control"]).toBe("private, no-cache");
  });

  it("send a browser that typed a slash to the address that the page's files are relative to", async () => {
    const port = await serveFolder(makeFolder(FILES));
    const answer = await ask(port, "/energy/");
    expect([answer.status, answer.headers.location]).toEqual([308, "../energy"]);
  });

  it.each([
    "secret.env",
    "nothing.js",
    "..%2findex.html",
    "../index.html",
    "%2e%2e/index.html",
    "..\\index.html",
    "page-AbCd_123.js%00",
    "__proto__",
  ])("are a fixed list, in which %s is not", async (name) => {
    const port = await serveFolder(makeFolder(FILES));
    expect((await ask(port, `/energy/assets/${name}`)).text).not.toMatch(/^(<p>page|1|3)$/);
  });

  it("are none where nothing was built, or where a link leads out", () => {
    expect(readDashboard(join(tmpdir(), "vatio-none")).size).toBe(0);
    const folder = makeFolder({ "index.html": "" });
    symlinkSync("/etc", join(folder, "assets", "etc"));
    expect([...readDashboard(folder).keys()]).toEqual(["index.html"]);
  });
});
