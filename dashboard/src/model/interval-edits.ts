import type { EditDoc, EditedDoc, NewEditDoc } from "../../../lib/api/types";
import { ApiProblem } from "../api/asker";
import type { HistoryApi } from "../api/history-api";
import type { Refusal } from "./refusal";

const MOST_LOGGED = 50;

/** Corrections of intervals: what one would change, what was made, and what was undone; `changed` is called after each change. */
export class IntervalEdits {
  /** What the last asked correction would change. */
  preview: { readonly wish: NewEditDoc; readonly result: EditedDoc } | undefined;
  /** Nothing until somebody looks. */
  log: readonly EditDoc[] | undefined;
  /** By an edit's id, or what it is about. */
  readonly problems = new Map<string, Refusal>();
  readonly sending = new Set<string>();

  constructor(
    private readonly api: HistoryApi,
    private readonly changed: () => void,
    /** The figures follow what is corrected. */
    private readonly decided: () => void,
  ) {}

  forgetAll(): void {
    this.preview = undefined;
    this.log = undefined;
    this.problems.clear();
  }

  /** What was looked at is not what is asked for any more. */
  dropPreview(): void {
    this.preview = undefined;
    this.problems.delete("form");
    this.changed();
  }

  async look(wish: NewEditDoc): Promise<void> {
    this.preview = undefined;
    const result = await this.#change("form", () => this.api.edit({ ...wish, preview: true }));
    if (result) this.preview = { wish, result };
    this.changed();
  }

  /** Makes the correction that was looked at; resolves to whether it was made. */
  async save(): Promise<boolean> {
    const wish = this.preview?.wish;
    if (!wish || !(await this.#change("form", () => this.api.edit({ ...wish, preview: false })))) return false;
    this.preview = undefined;
    this.decided();
    await this.askLog();
    return true;
  }

  async undo({ id }: EditDoc): Promise<void> {
    if (!(await this.#change(id, () => this.api.undoEdit(id)))) return;
    this.decided();
    await this.askLog();
  }

  async askLog(): Promise<void> {
    this.log = (await this.#change("log", () => this.api.edits(MOST_LOGGED))) ?? this.log;
    this.changed();
  }

  async #change<T>(key: string, work: () => Promise<T>): Promise<T | undefined> {
    if (this.sending.has(key)) return undefined;
    this.sending.add(key);
    this.problems.delete(key);
    this.changed();
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      this.problems.set(key, { status: error.status, detail: error.detail });
      return undefined;
    } finally {
      this.sending.delete(key);
      this.changed();
    }
  }
}
