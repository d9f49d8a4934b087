import type { Request } from "express";
import type { Doors } from "../../lib/api/access";
import type { Discoveries } from "../../lib/api/answers/discover";
import type { Gate } from "../../lib/api/gate";
import type { Turns } from "../../lib/api/turns";
import type { Site } from "../../lib/site/site";
import type { Alert } from "../../lib/storage/energy-store";

/** What a person set on the node. */
export interface ApiSettings {
  readonly doors: Doors;
  readonly readsPerMinute: number;
  readonly failedLogins: number;
  readonly commandsPerMinute: number;
  readonly streams: number;
  /** The largest file that may be sent. */
  readonly importBytes: number;
}

/** A deployed `energy-api` node, as its routes see it. */
export interface LiveApi {
  readonly nodeId: string;
  readonly site: Site;
  readonly settings: ApiSettings;
  /** For queries over a range. */
  readonly turns: Turns;
  /** For the last readings: quick, but of a meter that fell silent long ago the whole table is searched. */
  readonly lastTurns: Turns;
  /** Files that come in and go out. */
  readonly uploadTurns: Turns;
  readonly exportTurns: Turns;
  readonly discoveries: Discoveries;
  /** Rejects with a `storage-*` error while nobody can be told from anybody. */
  gate(): Promise<Gate>;
  /** Open streams, ended when the node goes. */
  readonly streams: Set<Stream>;
  emit(alert: Alert): void;
  /** A token was made or revoked, or a session ended: streams may have to end, and what the node shows may change. */
  loginsChanged(): void;
  /** A line in Node-RED's audit log. */
  audit(event: string, request: Request, details?: Readonly<Record<string, string | boolean>>): void;
  /** What nobody waits for and went wrong. */
  report(error: unknown): void;
}

export interface Stream {
  readonly who: string;
  /** Ends it unless its asker is still let in. */
  check(): void;
  stop(): void;
}

/** The nodes that are deployed on one Node-RED; the first answers, the others wait for their turn. */
export class LiveApis {
  readonly #apis: { readonly api: LiveApi; readonly onTurn: (answers: boolean) => void }[] = [];

  /** `onTurn` hears whether this node answers, now and when that changes; the function returned takes the node away. */
  add(api: LiveApi, onTurn: (answers: boolean) => void): () => void {
    const entry = { api, onTurn };
    this.#apis.push(entry);
    onTurn(this.#apis[0] === entry);
    return () => {
      const wasFirst = this.#apis[0] === entry;
      this.#apis.splice(this.#apis.indexOf(entry), 1);
      for (const stream of [...api.streams]) stream.stop();
      if (wasFirst) this.#apis[0]?.onTurn(true);
    };
  }

  get answering(): LiveApi | undefined {
    return this.#apis[0]?.api;
  }

  byNode(id: string): LiveApi | undefined {
    return this.#apis.find(({ api }) => api.nodeId === id)?.api;
  }
}
