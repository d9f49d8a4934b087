import type { DeviceDoc, StateDoc } from "../../../lib/api/types";
import { ApiProblem } from "../api/asker";
import type { EnergyApi } from "../api/energy-api";
import { LiveFeed } from "../api/live-feed";
import type { FeedMode } from "./freshness";
import { withDevice, withReadings, type LiveReading, type Role } from "./now-state";
import { mainMeters } from "./chart-lines";
import { mustLogIn, type Refusal } from "./refusal";
import { addReadings, noLines, toLines, type PowerLines } from "./power-lines";
import { ValueChecks } from "./value-checks";

export type Hours = 1 | 6 | 24;
export const HOURS: readonly Hours[] = [1, 6, 24];

/** Sums of today and what went stale are the server's to say: asked for again this often. */
const REFRESH_MS = 60_000;
const RETRY_MS = 5_000;
const HOUR_MS = 3_600_000;
const POINTS = 1200;

/** Everything one element shows, kept current while it is open; `changed` is called after each change, in bursts. */
export class EnergySession {
  state: StateDoc | undefined;
  /** Why there is nothing to show. */
  refusal: Refusal | undefined;
  mode: FeedMode = "connecting";
  lines: PowerLines = noLines();
  /** The chart waits for its history. */
  loading = true;
  /** The span that somebody chose. */
  #chosenHours: Hours | undefined;
  /** What the server said to the last command of a device. */
  readonly deviceProblems = new Map<string, Refusal>();
  /** Devices whose command is on its way to the server. */
  readonly sending = new Map<string, boolean>();
  readonly checks: ValueChecks;

  #feed: LiveFeed | undefined;
  #offsetMs = 0;
  #lastAt: number | undefined;
  #refresh: number | undefined;
  #retry: number | undefined;
  #asking = false;
  #askAgain = false;
  /** Only the answer to the last question is drawn. */
  #linesAsked = 0;
  #closed = false;
  #queue: (LiveReading & { role?: Role })[] = [];

  constructor(
    private readonly api: EnergyApi,
    private readonly changed: () => void,
  ) {
    this.checks = new ValueChecks(
      api,
      () => this.now(),
      changed,
      () => void this.#askState(),
    );
    void this.#open();
  }

  /** The server's clock, so that a tablet with a wrong one still draws the right hour. */
  now(): number {
    return Date.now() + this.#offsetMs;
  }

  /** The span of the chart: a home looks at its last hour, an office and a plant at their day, until somebody chooses. */
  get hours(): Hours {
    return this.#chosenHours ?? (this.state && this.state.site.kind !== "home" ? 24 : 1);
  }

  /** How many values wait for a person. */
  get openValues(): number {
    return this.state?.meters.reduce((sum, { quarantined }) => sum + quarantined, 0) ?? 0;
  }

  /** The newest reading's instant. */
  get lastAt(): number | undefined {
    return this.#lastAt;
  }

  close(): void {
    this.#closed = true;
    this.#feed?.close();
    clearInterval(this.#refresh);
    clearTimeout(this.#retry);
  }

  async login(token: string): Promise<Refusal | undefined> {
    const refusal = await this.#attempt(() => this.api.login(token));
    if (!refusal) await this.#restart();
    return refusal;
  }

  async logout(): Promise<void> {
    await this.#attempt(() => this.api.logout());
    this.checks.forget();
    this.state = undefined;
    this.lines = noLines();
    await this.#restart();
  }

  /** Asks for everything again, as after a change of language. */
  async reload(): Promise<void> {
    await this.#askState();
  }

  async showHours(hours: Hours): Promise<void> {
    this.#chosenHours = hours;
    await this.#askLines();
  }

  async switchDevice(id: string, on: boolean): Promise<void> {
    this.deviceProblems.delete(id);
    this.sending.set(id, on);
    this.changed();
    const refusal = await this.#attempt(() => this.api.command(id, on));
    this.sending.delete(id);
    if (refusal) this.deviceProblems.set(id, refusal);
    this.changed();
  }

  /** Applies what came since the last frame, all at once. */
  applyQueue(): void {
    if (!this.state || this.#queue.length === 0) return;
    const readings = this.#queue.splice(0);
    this.state = withReadings(this.state, readings);
    addReadings(this.lines, readings, this.state, this.now() - this.hours * HOUR_MS);
    for (const { at } of readings) this.#lastAt = Math.max(this.#lastAt ?? at, at);
  }

  async #open(): Promise<void> {
    if (!(await this.#askState())) return;
    const state = this.state;
    if (!state || this.#closed) return;
    this.#refresh = window.setInterval(() => void this.#askState(), REFRESH_MS);
    this.#feed = new LiveFeed(
      this.api,
      {
        readings: (readings) => {
          this.#queue.push(...readings);
          this.changed();
        },
        device: (device) => this.#takeDevice(device),
        outdated: () => void this.#askState(),
        mode: (mode) => {
          this.mode = mode;
          this.changed();
        },
        refused: (problem) => this.#refuse(problem),
      },
      {
        lastEventId: state.lastEventId,
        seen: new Map(state.meters.map(({ key, at }) => [key, at ? Date.parse(at) : 0])),
      },
    );
    await this.#askLines();
  }

  async #restart(): Promise<void> {
    this.#feed?.close();
    this.#feed = undefined;
    clearInterval(this.#refresh);
    clearTimeout(this.#retry);
    this.refusal = undefined;
    this.changed();
    await this.#open();
  }

  #takeDevice(device: DeviceDoc): void {
    if (this.state) this.state = withDevice(this.state, device);
    this.changed();
  }

  async #askState(): Promise<boolean> {
    if (this.#closed) return false;
    if (this.#asking) {
      // Its answer may be older than what it is asked for now.
      this.#askAgain = true;
      return false;
    }
    this.#asking = true;
    try {
      const state = await this.api.state();
      this.#offsetMs = Date.parse(state.at) - Date.now();
      this.state = state;
      this.refusal = undefined;
      for (const { at } of state.meters) if (at) this.#lastAt = Math.max(this.#lastAt ?? 0, Date.parse(at));
      if (this.openValues > 0 || this.checks.list.length > 0) void this.checks.ask();
      return true;
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      this.#refuse(error);
      return false;
    } finally {
      this.#asking = false;
      if (this.#askAgain) void this.#askState();
      this.#askAgain = false;
      this.changed();
    }
  }

  async #askLines(): Promise<void> {
    const { hours } = this;
    const asked = (this.#linesAsked += 1);
    this.loading = true;
    this.changed();
    try {
      const to = this.now();
      const series = await this.api.readings(
        to - hours * HOUR_MS,
        to + 1000,
        POINTS,
        mainMeters(this.state?.meters ?? []),
      );
      if (asked !== this.#linesAsked) return;
      const newer = [...this.lines.meters].flatMap(([meter, { role, points }]) =>
        points.filter(({ x }) => x > to).map(({ x, y }) => ({ meter, role, at: x, kw: y })),
      );
      this.lines = toLines(series);
      if (this.state && newer.length > 0) addReadings(this.lines, newer, this.state, to - hours * HOUR_MS);
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      // The live line goes on without its past; the next look at this span asks again.
    } finally {
      if (asked === this.#linesAsked) this.loading = false;
      this.changed();
    }
  }

  /** Without a state there is nothing to show but the reason; with one, the figures stay and say how old they are. */
  #refuse({ status, detail }: ApiProblem): void {
    if (this.#closed) return;
    const refusal = { status, detail };
    if (mustLogIn(refusal)) {
      this.#feed?.close();
      this.#feed = undefined;
      clearInterval(this.#refresh);
      this.checks.forget();
      this.state = undefined;
      this.lines = noLines();
    }
    if (!this.state) {
      this.refusal = refusal;
      clearTimeout(this.#retry);
      if (!mustLogIn(refusal)) this.#retry = window.setTimeout(() => void this.#open(), RETRY_MS);
    }
    this.changed();
  }

  async #attempt(work: () => Promise<void>): Promise<Refusal | undefined> {
    try {
      await work();
      return undefined;
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      return { status: error.status, detail: error.detail };
    }
  }
}
