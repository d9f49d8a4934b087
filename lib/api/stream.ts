import type { ApiSite } from "./api-site";
import { isLive } from "../energy/reading";
import type { Language } from "../energy/site-facts";
import type { NumberedEvent } from "./live";
import type { StreamEvents } from "./types";
import { toAdviceDoc, toAlertDoc, toDeviceDoc, toKilo } from "./wire";
import { isElectric } from "./answers/energy";

const HEARTBEAT_MS = 15_000;
/** A client that has not read this much is cut: it comes back by itself and resumes. */
const MOST_BEHIND_BYTES = 1_000_000;

const MOST_MISSED = 5_000;

/** The connection to one client. */
export interface Client {
  write(text: string): void;
  /** What was written and not yet taken by the network. */
  behindBytes(): number;
  close(): void;
}

export interface StreamWish {
  readonly language: Language;
  /** The last event that the client knows. */
  readonly lastEventId?: number;
  /** Asked at each heartbeat: a login that ended ends its stream. */
  stillAllowed(): boolean;
}

/** Sends a site's events to a client as server-sent events until either goes; the function returned stops it. */
export function openStream(site: ApiSite, client: Client, wish: StreamWish): () => void {
  const { live } = site;
  let open = true;

  const stop = (): void => {
    if (!open) return;
    open = false;
    clearInterval(heartbeat);
    unsubscribe();
    client.close();
  };
  const send = (text: string | undefined): void => {
    if (!open || text === undefined) return;
    client.write(text);
    if (client.behindBytes() > MOST_BEHIND_BYTES) stop();
  };

  const unsubscribe = live.subscribe((numbered) => send(frameNow(site, numbered, wish.language)));
  const heartbeat = setInterval(() => (wish.stillAllowed() ? send(": still here\n\n") : stop()), HEARTBEAT_MS);

  // The id comes first, so that a client which loses the connection at once knows where to resume.
  send(`retry: 2000\nid: ${wish.lastEventId ?? live.lastId}\n\n`);
  if (wish.lastEventId !== undefined && wish.lastEventId !== live.lastId) {
    send(missedSince(site, wish.lastEventId, wish.language) ?? frame(live.lastId, "reset", {}));
  }
  return stop;
}

/** All that was missed as one text, or nothing when it is too much to catch up with: then a new state is shorter. */
function missedSince(site: ApiSite, id: number, language: Language): string | undefined {
  const missed = id > site.live.lastId ? undefined : site.live.since(id);
  if (!missed || missed.length > MOST_MISSED) return undefined;
  const text = missed.map((numbered) => toFrame(site, numbered, language) ?? "").join("");
  return text.length > MOST_BEHIND_BYTES / 4 ? undefined : text;
}

/** One event is written for one language once, however many clients listen. */
const written = new WeakMap<NumberedEvent, Map<Language, string | undefined>>();

function frameNow(site: ApiSite, numbered: NumberedEvent, language: Language): string | undefined {
  const texts = written.get(numbered) ?? new Map<Language, string | undefined>();
  written.set(numbered, texts);
  if (!texts.has(language)) texts.set(language, toFrame(site, numbered, language, site.live.sitePowerW(site.now())));
  return texts.get(language);
}

/** `homeW` is what the house uses now; an event that is told later does not know it. */
function toFrame(site: ApiSite, { id, event }: NumberedEvent, language: Language, homeW?: number): string | undefined {
  const { settings } = site;
  switch (event.kind) {
    case "reading": {
      const { meter, at, powerW } = event.reading;
      const role = site.meters.role(meter);
      if (powerW === undefined || !isElectric({ role }) || !isLive(event.reading)) return undefined;
      return frame(id, "reading", {
        meter,
        role,
        at,
        kw: toKilo(powerW),
        ...(homeW !== undefined && { homeKw: toKilo(homeW) }),
      });
    }
    case "alert":
      return frame(id, "alert", toAlertDoc(event.alert, language, settings));
    case "advice":
      return frame(
        id,
        "advice",
        event.advice.map((advice) => toAdviceDoc(advice, language, settings)),
      );
    case "device":
      return frame(id, "device", toDeviceDoc(event.device, settings.zone));
  }
}

/** JSON holds no line break, so data is one line. */
function frame<Name extends keyof StreamEvents>(id: number, name: Name, data: StreamEvents[Name]): string {
  return `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
