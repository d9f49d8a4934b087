import { STREAM_QUERY } from "../../lib/api/contract";
import { stillMay } from "../../lib/api/gate";
import { parseQuery } from "../../lib/api/parse-request";
import { Refused } from "../../lib/api/refused";
import { openStream } from "../../lib/api/stream";
import type { Ask } from "./ask";
import type { Stream } from "./live-api";

/** `GET /api/v1/stream`: open until the asker, the node or the login goes. */
export function answerStream({ api, gate, asker, who, language, req, res }: Ask): void {
  const { lastEventId } = parseQuery(STREAM_QUERY, req.query, language);
  const open = [...api.streams].filter((stream) => stream.who === who.key).length;
  if (open >= api.settings.streams) {
    throw new Refused("too-many-requests", "tooManyStreams", { values: { limit: api.settings.streams } });
  }

  res.status(200);
  res.setHeader("Content-Type", "text/event-stream; charset=utf-8");
  // `no-transform` keeps compressors (Dashboard 1 has one for all pages) and the other header keeps nginx from holding events back.
  res.setHeader("Cache-Control", "no-cache, no-transform");
  res.setHeader("X-Accel-Buffering", "no");
  res.flushHeaders();
  if (req.method === "HEAD") {
    res.end();
    return;
  }

  const client = {
    write: (text: string) => void res.write(text),
    behindBytes: () => res.writableLength,
    // What a slow client has not taken is dropped with the connection.
    close: () => void (res.writableLength > 0 ? res.destroy() : res.end()),
  };
  // A browser that reconnects by itself sends the newer id as a header.
  const known = /^\d{1,16}$/.exec(String(req.headers["last-event-id"] ?? ""))?.[0] ?? lastEventId;
  const stillAllowed = (): boolean => stillMay("read", who, asker, gate);
  const stop = openStream(api.site, client, {
    language,
    ...(known !== undefined && { lastEventId: Number(known) }),
    stillAllowed,
  });
  const stream: Stream = { who: who.key, check: () => (stillAllowed() ? undefined : stop()), stop };
  api.streams.add(stream);
  res.on("close", () => {
    api.streams.delete(stream);
    stop();
  });
}
