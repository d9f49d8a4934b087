import type { DeviceDoc, LiveReadingDoc } from "../../../lib/api/types";
import type { FeedMode } from "../model/freshness";
import type { LiveReading, Role } from "../model/now-state";
import { mustLogIn } from "../model/refusal";
import { ApiProblem } from "./asker";
import type { EnergyApi } from "./energy-api";

/** Whom the feed tells. */
export interface FeedListener {
  readings(readings: readonly (LiveReading & { role?: Role })[]): void;
  device(device: DeviceDoc): void;
  /** Something changed that only a new state shows: alerts and advice in the reader's language, or too much was missed. */
  outdated(): void;
  mode(mode: FeedMode): void;
  refused(problem: ApiProblem): void;
}

const POLL_MS = 5_000;
const STATE_MS = 15_000;
/** A stream that is open and says nothing for this long is checked: some proxies hold back what it says. */
const SILENT_MS = 15_000;
const RETRY_MS = 15_000;
/** Slower meters may speak of instants before the newest that is known. */
const OVERLAP_MS = 15_000;

/** Readings as they come: by the stream, and by asking every five seconds while the stream does not work. */
export class LiveFeed {
  #stream: EventSource | undefined;
  #poll: number | undefined;
  #watch: number | undefined;
  #retry: number | undefined;
  #statePolledAt = 0;
  #heardAt = 0;
  /** Each meter's newest instant: late ones of a slower meter are news too. */
  readonly #seen: Map<string, number>;
  #lastEventId: string;
  #closed = false;

  constructor(
    private readonly api: EnergyApi,
    private readonly listener: FeedListener,
    from: { readonly lastEventId: string; readonly seen: ReadonlyMap<string, number> },
  ) {
    this.#lastEventId = from.lastEventId;
    this.#seen = new Map(from.seen);
    listener.mode("connecting");
    this.#connect();
  }

  close(): void {
    this.#closed = true;
    this.#disconnect();
    clearInterval(this.#poll);
    clearTimeout(this.#retry);
  }

  #connect(): void {
    const stream = new EventSource(this.api.streamUrl(this.#lastEventId));
    this.#stream = stream;
    const on = (name: string, take: (data: string) => void): void =>
      stream.addEventListener(name, (event: MessageEvent<string>) => {
        this.#heardAt = Date.now();
        if (event.lastEventId) this.#lastEventId = event.lastEventId;
        take(event.data);
      });

    stream.onopen = () => {
      this.#heardAt = Date.now();
      this.#stopPolling();
      this.listener.mode("live");
    };
    // The browser reconnects by itself unless the server refused; asking bridges the time either way.
    stream.onerror = () => {
      this.#startPolling();
      if (stream.readyState === EventSource.CLOSED) this.#reconnectLater();
    };
    on("reading", (data) => {
      const reading = JSON.parse(data) as LiveReadingDoc;
      this.#notice(reading);
      this.listener.readings([reading]);
    });
    on("device", (data) => this.listener.device(JSON.parse(data) as DeviceDoc));
    for (const name of ["alert", "advice", "reset"]) on(name, () => this.listener.outdated());

    clearInterval(this.#watch);
    this.#watch = window.setInterval(() => void this.#checkSilence(), SILENT_MS);
  }

  #disconnect(): void {
    this.#stream?.close();
    this.#stream = undefined;
    clearInterval(this.#watch);
  }

  #reconnectLater(): void {
    this.#disconnect();
    clearTimeout(this.#retry);
    this.#retry = window.setTimeout(() => this.#connect(), RETRY_MS);
  }

  async #checkSilence(): Promise<void> {
    if (this.#poll !== undefined || Date.now() - this.#heardAt < SILENT_MS) return;
    const news = await this.#ask();
    if (this.#closed || news === 0) return;
    this.#startPolling();
    this.#reconnectLater();
  }

  #startPolling(): void {
    if (this.#poll !== undefined || this.#closed) return;
    this.#poll = window.setInterval(() => void this.#pollOnce(), POLL_MS);
    void this.#pollOnce();
  }

  #stopPolling(): void {
    clearInterval(this.#poll);
    this.#poll = undefined;
  }

  async #pollOnce(): Promise<void> {
    await this.#ask();
    if (this.#closed || this.#poll === undefined || Date.now() - this.#statePolledAt < STATE_MS) return;
    this.#statePolledAt = Date.now();
    this.listener.outdated();
  }

  /** True the first time that a meter's reading is seen. */
  #notice({ meter, at }: LiveReading): boolean {
    if (at <= (this.#seen.get(meter) ?? 0)) return false;
    this.#seen.set(meter, at);
    return true;
  }

  /** Asks what came since the last look; resolves to the number of readings that are news. */
  async #ask(): Promise<number> {
    try {
      const rows = await this.api.recent(Math.max(0, ...this.#seen.values()) - OVERLAP_MS);
      if (this.#closed) return 0;
      const news = rows
        .map(({ meter, timestamp, consumption }) => ({ meter, at: Date.parse(timestamp), kw: consumption }))
        .reverse()
        .filter((reading) => this.#notice(reading));
      if (this.#poll !== undefined) this.listener.mode("polling");
      if (news.length > 0) this.listener.readings(news);
      return news.length;
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      if (this.#closed) return 0;
      if (mustLogIn(error)) this.listener.refused(error);
      else if (this.#poll !== undefined) this.listener.mode("offline");
      return 0;
    }
  }
}
