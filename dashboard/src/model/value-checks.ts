import type { NewRulingDoc, QuarantinedDoc, RulingDoc } from "../../../lib/api/types";
import { ApiProblem } from "../api/asker";
import type { EnergyApi } from "../api/energy-api";
import type { Refusal } from "./refusal";

/** A value that waits for a person, or what was just decided on it. */
export interface Check {
  readonly key: string;
  readonly found: QuarantinedDoc;
  readonly ruling?: RulingDoc;
}

export type Choice = "accept" | "discard" | "edit";

const MOST_OPEN = 50;
const MOST_LOGGED = 50;
/** How long a decision stays on the card with its undo; the log has it for ever. */
const SAID_MS = 10 * 60_000;

const keyOf = ({ meter, at, path, value, reading }: QuarantinedDoc): string =>
  JSON.stringify([meter, at, path, value, reading]);

/** The list after the server told what is open: nothing that a finger may be about to press moves. */
export function nextChecks(before: readonly Check[], open: readonly QuarantinedDoc[], now: number): Check[] {
  const waiting = new Map(open.map((found) => [keyOf(found), found]));
  const stay = before.flatMap((check): Check[] => {
    const { key, ruling } = check;
    const found = waiting.get(key);
    waiting.delete(key);
    if (found) return [{ key, found }];
    return ruling && now - Date.parse(ruling.madeAt) < SAID_MS ? [check] : [];
  });
  return [...stay, ...[...waiting].map(([key, found]) => ({ key, found }))];
}

/**
 * What a choice asks of the server. Of two values of one moment, each is said by itself: the server knows the moment, and not
 * which of them was looked at.
 */
export function toRuling(found: QuarantinedDoc, choice: Choice, value?: number | string): NewRulingDoc {
  const { meter, at, path, reason, unit, winner } = found;
  const on = { meter, at, path };
  if (choice === "edit") return { ...on, kind: "edit", value: value ?? "" };
  const counts = choice === "accept" ? found.value : winner;
  if (reason === "differs" && unit !== undefined && counts !== undefined) return { ...on, kind: "edit", value: counts };
  return { ...on, kind: choice };
}

/** The values to check of one site, and what is decided on them; `changed` is called after each change. */
export class ValueChecks {
  list: readonly Check[] = [];
  /** Nothing until somebody looks. */
  log: readonly RulingDoc[] | undefined;
  /** What the server said to the last decision, by a check's key or a ruling's id. */
  readonly problems = new Map<string, Refusal>();
  /** Decisions on their way, likewise. */
  readonly sending = new Set<string>();
  /** Only the answer to the last question counts. */
  #asked = 0;

  constructor(
    private readonly api: EnergyApi,
    private readonly now: () => number,
    private readonly changed: () => void,
    /** The figures follow what is decided. */
    private readonly decided: () => void,
  ) {}

  async ask(): Promise<void> {
    const asked = (this.#asked += 1);
    const open = await this.#attempt("list", () => this.api.openValues(MOST_OPEN));
    if (open && asked === this.#asked) this.list = nextChecks(this.list, open, this.now());
    this.changed();
  }

  async askLog(): Promise<void> {
    this.log = (await this.#attempt("log", () => this.api.rulings(MOST_LOGGED))) ?? this.log;
    this.changed();
  }

  /** Resolves to what was decided, or to nothing when the server refused. */
  async decide({ key, found }: Check, choice: Choice, value?: number | string): Promise<RulingDoc | undefined> {
    const ruling = await this.#change(key, () => this.api.rule(toRuling(found, choice, value)));
    if (ruling) this.#replace({ key, found, ruling });
    return ruling;
  }

  async undo({ key, found, ruling }: Check): Promise<RulingDoc | undefined> {
    const undone = ruling && (await this.#change(key, () => this.api.undoRuling(ruling.id)));
    if (undone) this.#replace({ key, found });
    return undone;
  }

  async undoLogged({ id }: RulingDoc): Promise<void> {
    if (await this.#change(id, () => this.api.undoRuling(id))) {
      this.list = this.list.filter(({ ruling }) => ruling?.id !== id);
    }
  }

  /** Who logs out sees nothing of what the next one may. */
  forget(): void {
    this.#asked += 1;
    this.list = [];
    this.log = undefined;
    this.problems.clear();
  }

  /** What was asked before is too old now. */
  async #change<T>(key: string, work: () => Promise<T>): Promise<T | undefined> {
    if (this.sending.has(key)) return undefined;
    this.sending.add(key);
    this.changed();
    const done = await this.#attempt(key, work);
    this.#asked += 1;
    this.sending.delete(key);
    this.decided();
    if (this.log) void this.askLog();
    this.changed();
    return done;
  }

  #replace(check: Check): void {
    this.list = this.list.map((other) => (other.key === check.key ? check : other));
    this.changed();
  }

  async #attempt<T>(key: string, work: () => Promise<T>): Promise<T | undefined> {
    this.problems.delete(key);
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      this.problems.set(key, { status: error.status, detail: error.detail });
      return undefined;
    }
  }
}
