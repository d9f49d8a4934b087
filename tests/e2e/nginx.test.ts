import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { startApi } from "../support/api-flow";
import { until } from "../support/flow";
import { ask } from "../support/http";
import { freePort } from "../support/node-red-process";
import { describeNeeds } from "../support/requires";

/** What people write into a reverse proxy, from the least to what our documents say. */
const LOCATIONS = {
  "proxy_pass alone": "",
  "the name that was asked for": "proxy_set_header Host $http_host;",
  "HTTP/1.1 and the asker's address": "proxy_http_version 1.1; proxy_set_header X-Real-IP $remote_addr;",
  "everything as documented":
    "proxy_http_version 1.1; proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $remote_addr; " +
    "proxy_set_header X-Forwarded-Proto $scheme;",
};

let stop: (() => Promise<void>) | undefined;
afterEach(async () => {
  await stop?.();
  stop = undefined;
});

describeNeeds("nginx", "behind nginx on the same machine", (program) => {
  it.each(Object.entries(LOCATIONS))("nobody reads without logging in, with %s", async (_, location) => {
    const { port } = await startApi();
    const proxy = await startNginx(program, port, location);
    for (const path of ["/api/energy", "/api/v1/state", "/api/v1/stream", "/api/v1/devices"]) {
      const answer = await ask(proxy, path);
      expect([path, answer.status]).toEqual([path, 401]);
    }
    expect((await ask(port, "/api/energy")).status).toBe(200);
  });

  it("this machine may control, but nobody through the proxy may", async () => {
    const { port } = await startApi({ api: { localMayControl: true } });
    for (const location of Object.values(LOCATIONS)) {
      const proxy = await startNginx(program, port, location);
      expect((await ask(proxy, "/api/alert", { body: { message: "x" } })).status).toBe(401);
      await stop?.();
    }
  });

  it("people log in, change things from the page, and hear the stream at once", async () => {
    const { port, site, token } = await startApi();
    const proxy = await startNginx(program, port, LOCATIONS["everything as documented"]);
    const origin = { Origin: `http://127.0.0.1:${proxy}`, "Sec-Fetch-Site": "same-origin" };
    const secret = await token(["read", "control"]);

    const login = await ask(proxy, "/energy/login", { headers: origin, body: { token: secret } });
    expect(login.status).toBe(204);
    const cookie = login.headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
    expect((await ask(proxy, "/api/alert", { headers: { ...origin, cookie }, body: { message: "x" } })).status).toBe(
      202,
    );

    let heard = "";
    const { get } = await import("node:http");
    const stream = get({ port: proxy, host: "127.0.0.1", path: "/api/v1/stream", headers: { cookie } }, (response) => {
      response.setEncoding("utf8").on("data", (part: string) => (heard += part));
    }).on("error", () => undefined);
    await until("the stream", () => heard.includes("retry:"));
    site.live.publish({ kind: "reading", reading: { meter: "grid", at: site.now(), powerW: 1 } });
    await until("the reading", () => heard.includes("event: reading"), 2_000);
    stream.destroy();
  });
});

/** A server of our own on a free port, with nothing of the machine's settings. */
async function startNginx(program: string, upstream: number, location: string): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "vatio-nginx-"));
  const port = await freePort();
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  writeFileSync(
    join(folder, "nginx.conf"),
    `daemon off; master_process off; pid ${folder}/pid; error_log stderr;
     events { worker_connections 64; }
     http {
       access_log off; ${temporary.join(" ")}
       server { listen 127.0.0.1:${port}; location / { proxy_pass http://127.0.0.1:${upstream}; ${location} } }
     }`,
  );
  const nginx = spawn(program, ["-p", folder, "-c", join(folder, "nginx.conf"), "-e", "stderr"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  nginx.stderr.on("data", (part: Buffer) => (said += part.toString()));
  stop = async () => {
    await ended(nginx);
    rmSync(folder, { recursive: true, force: true });
  };
  await until(`nginx to listen: ${said}`, async () => {
    if (nginx.exitCode !== null) throw new Error(`nginx ended: ${said}`);
    return ask(port, "/").then(
      () => true,
      () => false,
    );
  });
  return port;
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return Promise.resolve();
  const end = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill("SIGTERM");
  return end;
}
