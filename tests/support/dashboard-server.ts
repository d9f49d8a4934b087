import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { join, normalize } from "node:path";
import type {
  DeviceDoc,
  QuarantinedDoc,
  RulingDoc,
  SeriesDoc,
  SimpleReadingDoc,
  StateDoc,
  StreamEvents,
} from "../../lib/api/types";

const FILES = fileURLToPath(new URL("../../dist/dashboard/", import.meta.url));
const TYPES: Record<string, string> = {
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".html": "text/html",
};

/** The policy that the page must live under, word for word. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; manifest-src 'self'; " +
  "worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'; require-trusted-types-for 'script'; " +
  "trusted-types lit-html vatio";

/** What the server answers; tests change it while it runs. */
export interface Scene {
  state: StateDoc;
  series: SeriesDoc;
  recent: SimpleReadingDoc[];
  /** Values that wait for a person, and what was decided. */
  open: QuarantinedDoc[];
  rulings: RulingDoc[];
  /** The status that `/api/v1/stream` answers; 200 streams. */
  streamStatus: number;
  /** The token that opens the door; without one the door is open. */
  token?: string;
  /** Why commands are refused, if they are. */
  refuseCommands?: string;
}

export interface DashboardServer {
  /** With a slash at its end; the page is `energy` below it. */
  readonly root: string;
  readonly scene: Scene;
  /** Requests so far, as "METHOD path". */
  readonly requests: readonly string[];
  readonly commands: readonly { device: string; on: boolean; header: string | undefined }[];
  /** The Accept-Language of the last state asked for. */
  readonly spoken: () => string | undefined;
  send<Name extends keyof StreamEvents>(name: Name, data: StreamEvents[Name]): void;
  /** Resolves to the number of open streams. */
  streams(): number;
  /** Cuts every stream, as a restart of Node-RED does. */
  hangUp(): void;
  close(): Promise<void>;
}

/** Serves the built dashboard at `<prefix>energy` with answers by the wire contract, and keeps what it was asked. */
export async function startDashboardServer(scene: Scene, prefix = "/"): Promise<DashboardServer> {
  if (!existsSync(FILES)) throw new Error("there is no built dashboard: npm run build");
  const streams = new Set<ServerResponse>();
  const requests: string[] = [];
  const commands: { device: string; on: boolean; header: string | undefined }[] = [];
  let spoken: string | undefined;
  let eventId = 100;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? "/", "http://localhost");
    requests.push(`${request.method ?? ""} ${url.pathname}${url.search}`);
    const path = url.pathname.startsWith(prefix) ? url.pathname.slice(prefix.length) : "nowhere";
    if (path === "energy") return serveFile(response, "index.html");
    if (path.startsWith("energy/assets/")) return serveFile(response, path.slice("energy/".length));
    if (path === "energy/login") {
      const { token } = JSON.parse(await bodyOf(request)) as { token: string };
      if (token !== scene.token)
        return void problem(response, 401, "This token is not known. Make one in the energy-api node.");
      response.setHeader("Set-Cookie", "vatio=let-me-in; HttpOnly; SameSite=Strict; Path=/");
      return void json(response, {});
    }
    if (path === "energy/logout") {
      response.setHeader("Set-Cookie", "vatio=; Max-Age=0; Path=/");
      return void json(response, {});
    }
    if (scene.token && !request.headers.cookie?.includes("let-me-in")) {
      return void problem(response, 401, "Log in with an access token: the energy-api node makes one.");
    }
    if (path === "api/v1/state") {
      spoken = request.headers["accept-language"];
      return void json(response, scene.state);
    }
    if (path === "api/v1/readings") return void json(response, scene.series);
    if (path === "api/energy") return void json(response, scene.recent);
    if (path === "api/v1/quarantine") return void json(response, scene.open);
    if (path === "api/v1/quarantine/rulings") return void json(response, scene.rulings);
    if (path === "api/v1/stream") return void stream(response);
    const [, device] = /^api\/v1\/devices\/(.+)\/commands$/.exec(path) ?? [];
    if (device && request.method === "POST") {
      const { on } = JSON.parse(await bodyOf(request)) as { on: boolean };
      commands.push({ device: decodeURIComponent(device), on, header: String(request.headers["x-vatio"]) });
      if (scene.refuseCommands) return void problem(response, 403, scene.refuseCommands);
      return void json(response, { id: "1" }, 202);
    }
    return void problem(response, 404, "There is nothing here.");
  };

  const stream = (response: ServerResponse): void => {
    if (scene.streamStatus !== 200) return problem(response, scene.streamStatus, "No stream today.");
    response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-cache, no-transform" });
    response.write(": hello\n\n");
    streams.add(response);
    response.on("close", () => streams.delete(response));
  };

  const server: Server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;

  return {
    root: `http://127.0.0.1:${port}${prefix}`,
    scene,
    requests,
    commands,
    spoken: () => spoken,
    send: (name, data) => {
      eventId += 1;
      for (const open of streams) open.write(`id: ${eventId}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
    },
    streams: () => streams.size,
    hangUp: () => {
      for (const open of streams) open.destroy();
      streams.clear();
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function serveFile(response: ServerResponse, name: string): Promise<void> {
  const path = normalize(join(FILES, name));
  const type = TYPES[/\.\w+$/.exec(path)?.[0] ?? ""];
  if (!path.startsWith(FILES) || !type) return void response.writeHead(404).end();
  response.writeHead(200, {
    "Content-Type": type,
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
  });
  response.end(await readFile(path));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function json(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}

function problem(response: ServerResponse, status: number, detail: string): void {
  const body = { type: "about:blank", title: "No", status, code: "forbidden", detail };
  response.writeHead(status, { "Content-Type": "application/problem+json" }).end(JSON.stringify(body));
}

const MINUTE = 60_000;
const iso = (at: number): string => new Date(at).toISOString();

/** A home at work: sun, a heater, a washing machine, alerts, advice and devices in all their states. */
export function busyScene(now: number): Scene {
  const device = (id: string, name: string, more: Partial<DeviceDoc>): DeviceDoc => ({
    id,
    name,
    state: "unknown",
    ...more,
  });
  const meters = [
    ["Grid", "grid", 1.1],
    ["Roof", "solar", -1.94],
    ["Battery", "battery", 0.2],
    ["Heater", "load", 1.48],
    ["Washing machine", "load", 0.62],
    ["Fridge", "load", 0.12],
  ] as const;
  return {
    streamStatus: 200,
    recent: [],
    open: [],
    rulings: [],
    state: {
      site: {
        name: "Casa",
        kind: "home",
        language: "en-US",
        timeZone: "Europe/Madrid",
        currency: "EUR",
        pricePerKwh: 0.142,
        contractedKw: 4.6,
      },
      at: iso(now),
      power: { homeKw: 2.84, gridKw: 1.1, solarKw: 1.94, batteryKw: 0.2 },
      today: { usedKwh: 9.6, importKwh: 5.2, exportKwh: 1.1, solarKwh: 6.4, cost: 1.37, coverage: 0.93 },
      yesterdaySoFar: { usedKwh: 11.2, importKwh: 6, exportKwh: 1, solarKwh: 6, cost: 1.62, coverage: 1 },
      homeKwYesterday: 3.26,
      meters: meters.map(([key, role, kw]) => ({ key, role, kw, at: iso(now - 1000), stale: false, quarantined: 0 })),
      alerts: [
        {
          id: "1",
          at: iso(now - 12 * MINUTE),
          severity: "warning",
          kind: "power-high",
          title: "Power near the limit",
          text: "4.4 of 4.6 kW",
        },
        {
          id: "2",
          at: iso(now - 125 * MINUTE),
          severity: "info",
          kind: "no-data",
          meter: "Fridge",
          title: "Fridge without data",
          text: "",
          clearedAt: iso(now - 60 * MINUTE),
        },
      ],
      advice: [
        {
          id: "1",
          at: iso(now),
          kind: "base-load",
          title: "High base load at night",
          text: "212 W between 2 and 5 o'clock",
          savingPerYear: 156.4,
          confidence: 0.9,
          evidence: { from: iso(now - 30 * 24 * 60 * MINUTE), to: iso(now), figures: { baseW: 212 } },
        },
      ],
      devices: [
        device("heater", "Heater", { state: "on", confirmedAt: iso(now - 20_000), meter: "Heater" }),
        device("boiler", "Boiler", { state: "off", waitsUntil: iso(now + 40 * MINUTE) }),
        device("workshop", "Workshop plug", {}),
      ],
      scopes: ["read", "control"],
      hasRulings: false,
      lastEventId: "100",
    },
    series: { series: meters.map(([meter, role, kw], index) => ({ meter, role, ...wave(now, kw, index) })) },
  };
}

/** An hour of one meter, a point every ten seconds, ending at `kw`. */
function wave(now: number, kw: number, phase: number): { at: number[]; kw: number[] } {
  const at = Array.from({ length: 360 }, (_, index) => now - (360 - index) * 10_000);
  return { at, kw: at.map((_, index) => kw * (0.75 + 0.25 * Math.cos((359 - index) / (20 + 9 * phase)))) };
}

/** A fresh installation: a site, and nothing in it. */
export function emptyScene(now: number): Scene {
  const scene = busyScene(now);
  const { kind, language, timeZone, currency } = scene.state.site;
  return {
    ...scene,
    series: { series: [] },
    state: {
      site: { name: "Casa", kind, language, timeZone, currency },
      at: iso(now),
      power: {},
      today: { usedKwh: 0, importKwh: 0, exportKwh: 0, solarKwh: 0, coverage: 0 },
      meters: [],
      alerts: [],
      advice: [],
      devices: [],
      scopes: ["read"],
      hasRulings: false,
      lastEventId: "0",
    },
  };
}

/** The busy home with every kind of doubt, for somebody who may decide. */
export function doubtfulScene(now: number): Scene {
  const scene = busyScene(now);
  const energy = { unit: "kWh", may: ["accept", "edit", "discard"] } as const;
  const value = (reason: string, more: Partial<QuarantinedDoc>, index: number): QuarantinedDoc => ({
    ...{ meter: "Grid", at: iso(now - index * 50 * MINUTE), path: "importWh", reason, status: "open" as const },
    ...energy,
    ...{ may: [...energy.may], ...more },
  });
  const open = (
    [
      ["dip", { value: 0 }],
      ["jump", { value: 13_745.2, energyKwh: 1_400, meter: "Heater" }],
      ["reset", { value: 812.4, energyKwh: 812.4, path: "exportWh" }],
      ["differs", { value: 120.4, winner: 121 }],
      ["instant", { path: "*", reading: { kw: 1.2, importKwh: 12_345.1 }, at: "2019-01-01T00:12:00.000+01:00" }],
      ["pending", { value: 3.2 }],
      ["spike", { value: 9_000, unit: "kW", path: "powerW" }],
    ] as const
  ).map(([reason, more], index) => value(reason, more as Partial<QuarantinedDoc>, index));
  const meters = scene.state.meters.map((meter) => ({
    ...meter,
    quarantined: open.filter((one) => one.meter === meter.key).length,
  }));
  const rulings: RulingDoc[] = [
    {
      ...{ id: "2", meter: "Grid", at: iso(now - 300 * MINUTE), path: "importWh", kind: "edit", value: 13_700 },
      ...{ unit: "kWh", by: "Ana's tablet", madeAt: iso(now - 60 * MINUTE) },
    },
    {
      ...{ id: "1", meter: "Grid", at: iso(now - 300 * MINUTE), path: "importWh", kind: "discard" },
      ...{ by: "local", madeAt: iso(now - 90 * MINUTE), undoneAt: iso(now - 60 * MINUTE), undoneBy: "Ana's tablet" },
    },
  ];
  return { ...scene, open, rulings, state: { ...scene.state, meters, scopes: ["read", "control", "admin"] } };
}
