import type { GuessedImportDoc, ImportDoc, ReportDoc } from "../../../lib/api/types";
import { ApiProblem } from "../api/asker";
import type { HistoryApi, Mapping } from "../api/history-api";
import { missingIn } from "./columns";
import type { Refusal } from "./refusal";
import { upload, type Upload } from "./send-file";

/** The file that is looked at: how it is read, and what the import would do; no report while the server reads it. */
export interface OpenImport {
  readonly id: string;
  readonly guess: GuessedImportDoc["guess"];
  readonly mapping: Mapping;
  readonly report?: ReportDoc;
}

/** While something is on its way, and while nothing is. */
const [SOON_MS, LATER_MS] = [1_000, 15_000];

/** The key of what went wrong with a file that was to be sent, or with the list. */
export type ProblemKey = "upload" | "list" | "report" | (string & {});

/** The files that come into a site; `changed` is called after each change. It is kept while the page is open, whichever view is shown. */
export class FileImports {
  /** Nothing until the server told. */
  list: readonly ImportDoc[] | undefined;
  upload: Upload | undefined;
  opened: OpenImport | undefined;
  /** By an import's id, or what it is about. */
  readonly problems = new Map<ProblemKey, Refusal>();
  /** Imports that are being started, stopped or forgotten. */
  readonly sending = new Set<string>();
  #reporting: AbortController | undefined;
  #timer: number | undefined;
  #watched = false;

  constructor(
    private readonly api: HistoryApi,
    private readonly changed: () => void,
    /** An import ended: the figures follow. */
    private readonly ended: () => void,
  ) {}

  /** Looks at the list now and then, until it is left. */
  watch(): void {
    this.#watched = true;
    void this.#look();
  }

  leave(): void {
    this.#watched = false;
    clearTimeout(this.#timer);
  }

  /** Who logs out sees nothing of what the next one may. */
  forgetAll(): void {
    this.leave();
    this.upload?.stop.abort();
    this.close();
    this.list = undefined;
    this.problems.clear();
  }

  async send(file: File): Promise<void> {
    if (this.upload) return;
    const { signal, whole: arrived } = upload(file, this.api.sendPart, (sent) => {
      this.upload = sent;
      this.changed();
    });
    const whole = await this.#attempt("upload", () => arrived, signal);
    this.upload = undefined;
    this.changed();
    if (!whole) return;
    await this.#look();
    this.#open(whole);
  }

  async open(id: string): Promise<void> {
    const guessed = await this.#change(id, () => this.api.import(id));
    if (guessed) this.#open(guessed);
  }

  close(): void {
    this.#reporting?.abort();
    this.opened = undefined;
    this.problems.delete("report");
    this.changed();
  }

  /** Reads the file in another way. */
  correct(mapping: Mapping): void {
    if (!this.opened) return;
    const { id, guess } = this.opened;
    this.opened = { id, guess, mapping };
    void this.#report(id, mapping);
  }

  /** Starts an import, or goes on with it. */
  async run(id: string): Promise<void> {
    const mapping = this.opened?.id === id ? this.opened.mapping : undefined;
    if (!(await this.#change(id, () => this.api.run(id, mapping)))) return;
    if (this.opened?.id === id) this.close();
    await this.#look();
  }

  async stop(id: string): Promise<void> {
    await this.#change(id, () => this.api.stop(id));
    await this.#look();
  }

  async forget(id: string): Promise<void> {
    await this.#change(id, () => this.api.forget(id));
    if (this.opened?.id === id) this.close();
    await this.#look();
  }

  #open({ id, guess }: GuessedImportDoc): void {
    this.opened = { id, guess, mapping: guess.mapping };
    void this.#report(id, guess.mapping);
  }

  /** Only the report that was asked for last counts; the server stops making the others. */
  async #report(id: string, mapping: Mapping): Promise<void> {
    this.#reporting?.abort();
    const { signal } = (this.#reporting = new AbortController());
    this.problems.delete("report");
    this.changed();
    if (missingIn(mapping)) return;
    const report = await this.#attempt("report", () => this.api.report(id, mapping, signal), signal);
    if (signal.aborted || !this.opened) return;
    this.opened = { ...this.opened, ...(report && { report }) };
    this.changed();
  }

  async #look(): Promise<void> {
    clearTimeout(this.#timer);
    const before = this.list;
    const list = await this.#attempt("list", () => this.api.imports());
    if (list) this.list = list;
    const wasAtWork = (id: string): boolean => before?.some((one) => one.id === id && isAtWork(one)) ?? false;
    if (list?.some(({ id, state }) => state === "done" && wasAtWork(id))) this.ended();
    clearTimeout(this.#timer);
    const waitMs = this.list?.some(isAtWork) ? SOON_MS : LATER_MS;
    if (this.#watched) this.#timer = window.setTimeout(() => void this.#look(), waitMs);
    this.changed();
  }

  async #change<T>(id: string, work: () => Promise<T>): Promise<T | undefined> {
    if (this.sending.has(id)) return undefined;
    this.sending.add(id);
    this.changed();
    const done = await this.#attempt(id, work);
    this.sending.delete(id);
    this.changed();
    return done;
  }

  async #attempt<T>(key: ProblemKey, work: () => Promise<T>, signal?: AbortSignal): Promise<T | undefined> {
    this.problems.delete(key);
    try {
      return await work();
    } catch (error) {
      if (error instanceof ApiProblem) {
        if (!signal?.aborted) this.problems.set(key, { status: error.status, detail: error.detail });
      } else if (!(error instanceof DOMException && error.name === "AbortError")) throw error;
      return undefined;
    }
  }
}

export const isAtWork = ({ state }: ImportDoc): boolean => state === "running" || state === "queued";
