import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { ImportDoc } from "../../../lib/api/types";
import type { Mapping } from "../api/history-api";
import { isAtWork, type FileImports, type OpenImport } from "../model/file-imports";
import { counted, errorsOf } from "../model/report-words";
import { base } from "../styles/base";
import { cards } from "../styles/cards";
import { data } from "../styles/data";
import { importReport, rowsToStore } from "../views/import-report";
import { mappingForm } from "../views/mapping-form";
import { refused } from "../views/refused";
import { fileField, sending } from "../views/send-file";
import type { Speech } from "../views/view";
import { define } from "./define";

export interface ImportFilesModel {
  readonly imports: FileImports;
  readonly meters: readonly string[];
  readonly zone: string;
  readonly speech: Speech;
  openLogin(): void;
}

/** Files of history on their way in: sent, looked at, imported, gone on with. */
export class ImportFiles extends LitElement {
  static override styles = [base, cards, data];
  static override properties = {
    model: { attribute: false },
    over: { state: true },
    heard: { state: true },
    empty: { state: true },
  };
  declare model: ImportFilesModel | undefined;
  /** A file hangs over the place where it can be dropped. */
  declare over: boolean;
  /** What a screen reader is told. */
  declare heard: string;
  /** The file that was chosen says nothing. */
  declare empty: string | undefined;
  #states = new Map<string, ImportDoc["state"]>();
  #goTo: string | undefined;

  constructor() {
    super();
    this.over = false;
    this.heard = "";
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.updateComplete.then(() => {
      if (this.isConnected) this.model?.imports.watch();
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.model?.imports.leave();
  }

  protected override willUpdate(_: PropertyValues): void {
    const { list = [] } = this.model?.imports ?? {};
    for (const doc of list) {
      const before = this.#states.get(doc.id);
      if (before && before !== doc.state && !isAtWork(doc)) this.heard = `${doc.name}: ${this.#says(doc)}`;
    }
    this.#states = new Map(list.map(({ id, state }) => [id, state]));
  }

  protected override render(): TemplateResult | typeof nothing {
    if (!this.model) return nothing;
    const { imports, speech, openLogin } = this.model;
    const { text } = speech;
    const problem = (key: string): unknown => refused(imports.problems.get(key), text, openLogin);
    return html`<p class="explain">${text("data.import.explain")}</p>
      ${imports.upload ? sending(imports.upload, speech) : this.#place()} ${problem("upload")} ${problem("list")}
      ${this.empty === undefined ? nothing : html`<p class="problem" role="alert">${text("data.import.nothingIn", { name: this.empty })}</p>`}
      <p class="unseen" role="status">${this.heard}</p>
      <ul class="rows">
        ${repeat(
          imports.list ?? [],
          ({ id }) => id,
          (doc, index) => this.#row(doc, index),
        )}
      </ul>`;
  }

  protected override updated(): void {
    const { upload, opened } = this.model?.imports ?? {};
    const wanted = this.#goTo;
    const place = wanted && this.renderRoot.querySelector<HTMLElement>(wanted);
    if (place && !(wanted === "[data-part=open]" && (upload || !opened))) {
      this.#goTo = undefined;
      place.focus();
    }
  }

  #place(): TemplateResult {
    const { text } = this.#parts().speech;
    const take = (files: FileList | null | undefined): void => {
      const file = files?.[0];
      this.empty = file?.size === 0 ? file.name : undefined;
      if (!file || file.size === 0) return;
      this.#goTo = "[data-part=open]";
      void this.#parts().imports.send(file);
    };
    const hover = (over: boolean) => (event: DragEvent) => {
      event.preventDefault();
      this.over = over;
    };
    return html`<label
      class="drop ${this.over ? "over" : ""}"
      @dragover=${hover(true)}
      @dragleave=${hover(false)}
      @drop=${(event: DragEvent) => {
        hover(false)(event);
        take(event.dataTransfer?.files);
      }}
    >
      ${fileField(take)}
      <span class="button main">${text("data.import.choose")}</span>
      <span class="or">${text("data.import.drop")}</span>
      <small>${text("data.import.types")}</small>
    </label>`;
  }

  #row(doc: ImportDoc, index: number): TemplateResult {
    const { imports, speech, openLogin } = this.#parts();
    const { id, name, addedAt, state, progress, errors } = doc;
    const { text, format, now } = speech;
    const open = imports.opened?.id === id ? imports.opened : undefined;
    const known = state === "running" && progress.percent > 0;
    return html`<li class="file" aria-busy=${imports.sending.has(id)}>
      <div class="say" id="file-${index}">
        <strong>${name}</strong> · ${format.bytes(doc.bytes)}, ${format.moment(Date.parse(addedAt), now)}
        <div class="what">${this.#says(doc)}</div>
        ${
          isAtWork(doc)
            ? html`<progress max="100" value=${known ? progress.percent : nothing} aria-label=${name}></progress>`
            : nothing
        }
        ${errorsOf(errors, speech).map((error) => html`<p class="finding check">${error}</p>`)}
        ${refused(imports.problems.get(id), text, openLogin)}
      </div>
      ${open ? this.#opened(open) : html`<div class="choices">${this.#choices(doc, `file-${index}`)}</div>`}
    </li>`;
  }

  #choices({ id, state }: ImportDoc, described: string): TemplateResult {
    const { imports, speech } = this.#parts();
    const { text } = speech;
    const button = (
      key: "look" | "goOn" | "stop" | "forget" | "clear",
      click: () => void,
      main = false,
    ): TemplateResult =>
      html`<button class="button ${main ? "main" : ""}" data-part=${key} aria-describedby=${described} @click=${click}>
        ${text(`data.import.${key}`)}
      </button>`;
    const look = button("look", () => {
      this.#goTo = "[data-part=open]";
      void imports.open(id);
    });
    const forget = button("forget", () => this.#forget(id));
    if (state === "running" || state === "queued") return button("stop", () => void imports.stop(id));
    if (state === "done") return button("clear", () => this.#forget(id));
    if (state === "ready") return html`${look} ${forget}`;
    return html`${button("goOn", () => void imports.run(id), true)} ${look} ${forget}`;
  }

  #forget(id: string): void {
    this.#goTo = "input[type=file]";
    void this.#parts().imports.forget(id);
  }

  #opened(open: OpenImport): TemplateResult {
    const { imports, meters, zone, speech, openLogin } = this.#parts();
    const { text } = speech;
    const correct = (mapping: Mapping): void => {
      imports.correct(mapping);
    };
    const problem = refused(imports.problems.get("report"), text, openLogin);
    const rows = rowsToStore(open);
    const run = (): void => {
      this.#goTo = "[data-part=stop], [data-part=clear]";
      void imports.run(open.id);
    };
    return html`<div class="open">
      <h3 tabindex="-1" data-part="open">${text("data.map.title")}</h3>
      ${mappingForm(open, { speech, meters, zone, correct })}
      <h3>${text("data.report.title")}</h3>
      <div aria-live="polite">${importReport(open, { speech, correct }, problem)}</div>
      <div class="choices">
        <button class="button main" ?disabled=${rows === 0} @click=${run}>
          ${rows === 0 ? text("data.import.run") : counted(speech, "data.import.runRows", rows)}
        </button>
        <button
          class="button"
          @click=${() => {
            imports.close();
          }}
        >
          ${text("data.import.later")}
        </button>
        <button class="button" @click=${() => this.#forget(open.id)}>${text("data.import.forget")}</button>
      </div>
    </div>`;
  }

  /** What became of a file so far. */
  #says({ state, progress, readings, intervals, error = "" }: ImportDoc): string {
    const { speech } = this.#parts();
    const { text, format } = speech;
    const rows = counted(speech, "data.import.rows", progress.rows);
    const percent = format.percent(progress.percent / 100);
    if (state === "done") return counted(speech, "data.import.state.done", readings + intervals, { rows });
    return text(`data.import.state.${state}`, { rows, percent, error });
  }

  #parts(): ImportFilesModel {
    if (!this.model) throw new Error("drawn without a model");
    return this.model;
  }
}

define("vatio-import-files", ImportFiles);
