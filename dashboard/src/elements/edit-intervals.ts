import { html, LitElement, nothing, type TemplateResult } from "lit";
import type { EditedDoc, NewEditDoc } from "../../../lib/api/types";
import type { IntervalEdits } from "../model/interval-edits";
import { fromLocal, toLocal } from "../model/local-time";
import { base } from "../styles/base";
import { cards } from "../styles/cards";
import { data } from "../styles/data";
import { amountsOf, editLog } from "../views/edit-log";
import { chooserField, textField } from "../views/fields";
import { refused } from "../views/refused";
import type { Speech } from "../views/view";
import { define } from "./define";

export interface EditIntervalsModel {
  readonly edits: IntervalEdits;
  readonly meters: readonly string[];
  readonly zone: string;
  readonly speech: Speech;
  openLogin(): void;
}

interface Draft {
  readonly meter?: string;
  readonly from?: string;
  readonly to?: string;
  readonly kind: NewEditDoc["kind"];
  readonly importKwh: string;
  readonly exportKwh: string;
  readonly volumeM3: string;
}

const AMOUNTS = ["importKwh", "exportKwh", "volumeM3"] as const;
const HOUR_MS = 3_600_000;
const EMPTY: Draft = { kind: "set", importKwh: "", exportKwh: "", volumeM3: "" };

/** Corrects what an interval came to: first it is told what would follow, then it is done, and it can be undone. */
export class EditIntervals extends LitElement {
  static override styles = [base, cards, data];
  static override properties = { model: { attribute: false }, draft: { state: true }, heard: { state: true } };
  declare model: EditIntervalsModel | undefined;
  declare draft: Draft;
  /** What is said once a correction is made. */
  declare heard: string;

  constructor() {
    super();
    this.draft = EMPTY;
    this.heard = "";
  }

  protected override render(): TemplateResult | typeof nothing {
    if (!this.model) return nothing;
    const { edits, meters, speech, openLogin } = this.model;
    const { text } = speech;
    const problem = (key: string): unknown => refused(edits.problems.get(key), text, openLogin);
    return html`<p class="explain">${text("data.edit.explain")}</p>
      ${meters.length === 0 ? html`<p class="empty">${text("data.export.empty")}</p>` : this.#form(this.model)}
      ${problem("form")} ${edits.preview ? this.#preview(edits.preview.result) : nothing}
      <p class="said" role="status">${this.heard}</p>
      <details @toggle=${this.#toggleLog}>
        <summary>${text("data.edit.log")}</summary>
        ${problem("log")}
        ${
          edits.log
            ? editLog(edits.log, speech, { sending: edits.sending, problem, undo: (edit) => void edits.undo(edit) })
            : nothing
        }
      </details>`;
  }

  #form({ edits, meters, zone, speech }: EditIntervalsModel): TemplateResult {
    const { text } = speech;
    const { kind, meter = meters[0] ?? "", from, to } = this.#filled();
    const set = (changes: Partial<Draft>): void => {
      this.draft = { ...this.draft, ...changes };
      this.heard = "";
      edits.dropPreview();
    };
    const amount = (name: (typeof AMOUNTS)[number]): TemplateResult =>
      textField(
        { label: text(`data.edit.${name}`), value: this.draft[name], change: (value) => set({ [name]: value }) },
        { type: "number" },
      );
    const look = (event: SubmitEvent): void => {
      event.preventDefault();
      const wish = toWish({ ...this.#filled(), meter }, zone);
      if (wish) void edits.look(wish);
    };
    return html`<form novalidate @submit=${look}>
      <div class="fields">
        ${chooserField(
          { label: text("data.edit.meter"), value: meter, change: (value) => set({ meter: value }) },
          meters.map((key) => ({ value: key, label: key })),
        )}
        ${textField({ label: text("data.edit.from"), value: from, change: (value) => set({ from: value }) }, { type: "datetime-local" })}
        ${textField({ label: text("data.edit.to"), value: to, change: (value) => set({ to: value }) }, { type: "datetime-local" })}
        ${chooserField(
          { label: text("data.edit.kind"), value: kind, change: (value) => set({ kind: value as Draft["kind"] }) },
          [
            { value: "set", label: text("data.edit.set") },
            { value: "discard", label: text("data.edit.discard") },
          ],
        )}
        ${kind === "set" ? AMOUNTS.map(amount) : nothing}
      </div>
      <div class="choices">
        <button class="button ${edits.preview ? "" : "main"}" ?disabled=${edits.sending.has("form")}>
          ${text("data.edit.preview")}
        </button>
      </div>
    </form>`;
  }

  /** The hour before the last full one, until somebody says another time. */
  #filled(): Draft & { readonly from: string; readonly to: string } {
    const { zone = "UTC", speech } = this.model ?? {};
    const hour = Math.floor((speech?.now ?? 0) / HOUR_MS) * HOUR_MS;
    const { from = toLocal(hour - HOUR_MS, zone), to = toLocal(hour, zone) } = this.draft;
    return { ...this.draft, from, to };
  }

  #preview({ before, after }: EditedDoc): TemplateResult | typeof nothing {
    if (!this.model) return nothing;
    const { edits, speech } = this.model;
    const { text, format } = speech;
    const save = async (): Promise<void> => {
      if (!(await edits.save())) return;
      this.heard = text("data.edit.saved");
      this.draft = EMPTY;
    };
    const side = (label: string, energy: EditedDoc["before"]): TemplateResult =>
      html`<div>
        <dt>${label}</dt>
        <dd>
          <strong>${format.list(amountsOf(energy, speech))}</strong>
          ${text("data.edit.coverage", {
            measured: format.percent(energy.measured),
            estimated: format.percent(energy.estimated),
          })}
        </dd>
      </div>`;
    return html`<div class="preview" role="group" aria-label=${text("data.edit.preview")}>
      <dl class="sums">${side(text("data.edit.before"), before)} ${side(text("data.edit.after"), after)}</dl>
      <div class="choices">
        <button class="button main" ?disabled=${edits.sending.has("form")} @click=${() => void save()}>
          ${text("data.edit.save")}
        </button>
        <button
          class="button"
          @click=${() => {
            edits.dropPreview();
          }}
        >
          ${text("checks.cancel")}
        </button>
      </div>
    </div>`;
  }

  readonly #toggleLog = (event: Event): void => {
    if ((event.target as HTMLDetailsElement).open) void this.model?.edits.askLog();
  };
}

/** What is asked for; nothing while a time is missing. */
function toWish(
  draft: Draft & { readonly meter: string; from: string; to: string },
  zone: string,
): NewEditDoc | undefined {
  const [from, to] = [fromLocal(draft.from, zone), fromLocal(draft.to, zone)];
  if (from === undefined || to === undefined) return undefined;
  const span = {
    meter: draft.meter,
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    preview: true,
  };
  if (draft.kind === "discard") return { ...span, kind: "discard" };
  const amounts = AMOUNTS.filter((name) => draft[name].trim() !== "").map((name) => [name, Number(draft[name])]);
  return {
    ...span,
    kind: "set",
    ...(Object.fromEntries(amounts) as Partial<Record<(typeof AMOUNTS)[number], number>>),
  };
}

define("vatio-edit-intervals", EditIntervals);
