import { html, LitElement, nothing, type TemplateResult } from "lit";
import type { ExportWish } from "../api/history-api";
import { fromLocal, toLocal } from "../model/local-time";
import { base } from "../styles/base";
import { cards } from "../styles/cards";
import { data } from "../styles/data";
import { chooserField, textField, zoneChoices } from "../views/fields";
import type { Speech } from "../views/view";
import { define } from "./define";

export interface ExportFormModel {
  readonly meters: readonly string[];
  readonly zone: string;
  readonly speech: Speech;
  exportUrl(wish: ExportWish): string;
}

const INTERVALS = ["raw", "quarter", "hour", "day", "month"] as const;
const FORMATS = ["csv", "ndjson"] as const;
const DAYS = 30;
const DAY_MS = 86_400_000;

/** What is written out: whose history, of which days, how finely, in which format. The browser fetches it as a file. */
export class ExportForm extends LitElement {
  static override styles = [base, cards, data];
  static override properties = {
    model: { attribute: false },
    chosen: { state: true },
    wish: { state: true },
  };
  declare model: ExportFormModel | undefined;
  /** All meters while nothing is chosen. */
  declare chosen: ReadonlySet<string>;
  declare wish: {
    readonly from?: string;
    readonly to?: string;
    readonly zone?: string;
    readonly interval: (typeof INTERVALS)[number];
    readonly format: (typeof FORMATS)[number];
  };

  constructor() {
    super();
    this.chosen = new Set();
    this.wish = { interval: "day", format: "csv" };
  }

  protected override render(): TemplateResult | typeof nothing {
    if (!this.model) return nothing;
    const { meters, zone: siteZone, speech, exportUrl } = this.model;
    const { text } = speech;
    if (meters.length === 0) return html`<p class="empty">${text("data.export.empty")}</p>`;
    const { interval, format, zone = siteZone } = this.wish;
    const today = toLocal(speech.now, zone).slice(0, 10);
    const { from = toLocal(speech.now - DAYS * DAY_MS, zone).slice(0, 10), to = today } = this.wish;
    const span = { from: fromLocal(`${from}T00:00`, zone), to: startOfNext(to, zone) };
    const isSpan = span.from !== undefined && span.to !== undefined && span.from < span.to;
    const set = (changes: Partial<ExportForm["wish"]>): void => {
      this.wish = { ...this.wish, ...changes };
    };
    const date = (label: string, value: string, change: (value: string) => void): TemplateResult =>
      textField({ label, value, change }, { type: "date" });

    const link = (): TemplateResult => {
      const iso = (at: number | undefined): string => new Date(at ?? 0).toISOString();
      const known = meters.filter((key) => this.chosen.has(key));
      const named = known.length > 0 && known.length < meters.length ? { meters: known } : {};
      const address = exportUrl({ from: iso(span.from), to: iso(span.to), interval, zone, format, ...named });
      return html`<a class="button main" href=${address} download>${text("data.export.run")}</a>`;
    };

    return html`<p class="explain">${text("data.export.explain")}</p>
      <div class="fields">
        ${date(text("data.export.from"), from, (value) => set({ from: value }))}
        ${date(text("data.export.to"), to, (value) => set({ to: value }))}
        ${chooserField(
          {
            label: text("data.export.interval"),
            value: interval,
            change: (value) => set({ interval: value as typeof interval }),
          },
          INTERVALS.map((one) => ({ value: one, label: text(`data.interval.${one}`) })),
        )}
        ${chooserField(
          {
            label: text("data.export.format"),
            value: format,
            change: (value) => set({ format: value as typeof format }),
          },
          FORMATS.map((one) => ({ value: one, label: text(`data.export.${one}`) })),
        )}
        ${chooserField({ label: text("data.map.zone"), value: zone, change: (value) => set({ zone: value }) }, zoneChoices([siteZone]))}
      </div>
      ${this.#meters(meters, speech)}
      <div class="choices">
        ${isSpan ? link() : html`<p class="problem" role="alert">${text("data.export.wrongSpan")}</p>`}
      </div>`;
  }

  #meters(meters: readonly string[], { text, format }: Speech): TemplateResult {
    const toggle = (key: string) => (event: Event) => {
      const { checked } = event.target as HTMLInputElement;
      this.chosen = new Set(checked ? [...this.chosen, key] : [...this.chosen].filter((one) => one !== key));
    };
    const some = meters.filter((key) => this.chosen.has(key)).length;
    const summary =
      some === 0 ? text("data.export.allMeters") : text("data.export.someMeters", { count: format.plain(some) });
    return html`<details>
      <summary>${summary}</summary>
      <div class="ticks">
        ${meters.map(
          (key) =>
            html`<label class="tick">
              <input type="checkbox" .checked=${this.chosen.has(key)} @change=${toggle(key)} />
              <span>${key}</span>
            </label>`,
        )}
      </div>
    </details>`;
  }
}

/** The last day is meant whole. */
function startOfNext(day: string, zone: string): number | undefined {
  const date = Date.parse(`${day}T00:00Z`);
  if (Number.isNaN(date)) return undefined;
  return fromLocal(`${new Date(date + DAY_MS).toISOString().slice(0, 10)}T00:00`, zone);
}

define("vatio-export-form", ExportForm);
