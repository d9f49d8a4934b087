import type { BackupsDoc } from "../../../lib/api/types";
import { ApiProblem } from "../api/asker";
import type { HistoryApi, SentBackupDoc } from "../api/history-api";
import type { Refusal } from "./refusal";
import { upload, type Upload } from "./send-file";

const MAKING_MS = 2_000;

/** The backups of one site; `changed` is called after each change. */
export class BackupList {
  /** Nothing until the server told. */
  doc: BackupsDoc | undefined;
  problem: Refusal | undefined;
  /** A backup was asked for here, and its answer has not come. */
  making = false;
  /** The backup that is being made the site's content, or was. */
  restoring: string | undefined;
  restored = false;
  /** A backup on its way to the server, and the one that came. */
  upload: Upload | undefined;
  sent: SentBackupDoc | undefined;
  #timer: number | undefined;
  #watched = false;

  constructor(
    private readonly api: HistoryApi,
    private readonly changed: () => void,
    private readonly replaced: () => void,
  ) {}

  watch(): void {
    this.#watched = true;
    void this.#look();
  }

  leave(): void {
    this.#watched = false;
    clearTimeout(this.#timer);
  }

  forgetAll(): void {
    this.leave();
    this.upload?.stop.abort();
    this.sent = undefined;
    this.doc = undefined;
    this.problem = undefined;
  }

  async make(): Promise<void> {
    this.making = true;
    this.changed();
    await this.#attempt(() => this.api.makeBackup());
    this.making = false;
    await this.#look(this.problem);
  }

  async send(file: File): Promise<void> {
    if (this.upload) return;
    this.sent = undefined;
    const { signal, whole } = upload(file, this.api.sendBackupPart, (going) => {
      this.upload = going;
      this.changed();
    });
    this.sent = await this.#attempt(() => whole, signal);
    this.upload = undefined;
    await this.#look(this.problem);
  }

  async restore(name: string): Promise<void> {
    this.restoring = name;
    this.changed();
    const done = await this.#attempt(async () => {
      await this.api.restoreBackup(name);
      return true;
    });
    this.restoring = undefined;
    this.sent = undefined;
    this.restored = done ?? false;
    this.changed();
    if (done) this.replaced();
  }

  async #look(problem?: Refusal): Promise<void> {
    clearTimeout(this.#timer);
    this.doc = (await this.#attempt(() => this.api.backups())) ?? this.doc;
    this.problem ??= problem;
    // One that another page asked for, or the night.
    if (this.#watched && this.doc?.making) this.#timer = window.setTimeout(() => void this.#look(), MAKING_MS);
    this.changed();
  }

  async #attempt<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T | undefined> {
    this.problem = undefined;
    try {
      return await work();
    } catch (error) {
      if (signal?.aborted) return undefined;
      if (!(error instanceof ApiProblem)) throw error;
      this.problem = { status: error.status, detail: error.detail };
      return undefined;
    }
  }
}
