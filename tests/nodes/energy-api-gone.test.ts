import Database from "better-sqlite3";
import { request } from "node:http";
import { expect, it, onTestFinished } from "vitest";
import type { SeriesDoc } from "../../lib/api/types";
import { startApi } from "../support/api-flow";
import { ask } from "../support/http";

const NOON = Date.UTC(2026, 0, 15, 11);
const SPAN = "from=2026-01-15T11:00:00Z&to=2026-01-15T13:00:00Z";
/** As many questions as are answered at once, and as may wait. */
const ALL = 22;

it("questions of who went away are given up, and hold nobody up who still waits", async () => {
  const { site, port, token } = await startApi({ api: { readsPerMinute: "100000" } });
  const headers = { Authorization: `Bearer ${await token(["read"])}` };
  await site.keep({ readings: [0, 1].map((minute) => ({ meter: "m", at: NOON + minute * 60_000, powerW: 500 })) });

  // What is dirty cannot be reckoned while somebody else has the lock, so no balance comes to an end.
  const other = new Database(site.settings.file);
  onTestFinished(() => void other.close());
  other.exec("BEGIN IMMEDIATE");
  const gone = Array.from({ length: ALL + 1 }, () =>
    request({ host: "127.0.0.1", port, path: `/api/v1/balance?${SPAN}`, headers }).on("error", () => undefined),
  );
  // Once there is no room for one, all the others are in.
  await new Promise<void>((resolve) => {
    for (const one of gone) one.on("response", ({ statusCode }) => statusCode === 429 && resolve()).end();
  });
  for (const one of gone) one.destroy();

  let line = await ask(port, `/api/v1/readings?${SPAN}`, { headers });
  while (line.status === 429) line = await ask(port, `/api/v1/readings?${SPAN}`, { headers });
  expect(line.json<SeriesDoc>().series).toMatchObject([{ meter: "m", kw: [0.5, 0.5] }]);
  other.exec("ROLLBACK");
});
