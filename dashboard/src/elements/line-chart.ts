import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { Format } from "../format";
import { axisFrom, tableTimes, toChartView, type ChartLine, type ChartView } from "../model/chart-lines";
import { HOURS, type Hours } from "../model/energy-session";
import { valueAt } from "../model/points";
import type { PowerLines } from "../model/power-lines";
import { base } from "../styles/base";
import { chartStyles } from "../styles/chart";
import { COLOURS, type Theme } from "../theme";
import type { Speech } from "../views/view";
import { define } from "./define";
import { LineDrawing } from "./line-drawing";

export interface ChartModel {
  readonly lines: PowerLines;
  readonly hours: Hours;
  readonly loading: boolean;
  readonly kind: "home" | "office" | "plant";
  readonly contractedKw: number | undefined;
  readonly zone: string;
  readonly theme: Theme;
  readonly speech: Speech;
}

const HOUR_MS = 3_600_000;
const TABLE_ROWS = 12;
/** The arrow keys move the cross by this share of the span. */
const STEP = 1 / 60;

/** Power over time: a line for the house and one for each meter, with one tooltip for all. */
export class LineChart extends LitElement {
  static override styles = [base, chartStyles];
  static override properties = {
    model: { attribute: false },
    cross: { state: true },
    off: { state: true },
    tableOpen: { state: true },
  };
  declare model: ChartModel | undefined;
  /** The instant under the pointer or the arrow keys. */
  declare cross: number | undefined;
  declare off: ReadonlySet<string>;
  declare tableOpen: boolean;

  #drawing: LineDrawing | undefined;
  /** What the last picture was made of. */
  #seen: { lines: PowerLines; revision: number; format: Format; now: number; rest: string } | undefined;
  #view: ChartView = { lines: [], left: 0, peakKw: 0 };

  constructor() {
    super();
    this.off = new Set();
    this.tableOpen = false;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#drawing?.destroy();
    this.#drawing = undefined;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.requestUpdate();
  }

  /** Time alone moves the lines by less than a pixel for many seconds: then the old picture is still right. */
  protected override shouldUpdate(changed: PropertyValues<this>): boolean {
    if (!this.model || changed.size > 1 || !changed.has("model")) return true;
    const { lines, speech, ...rest } = this.model;
    const seen = this.#seen;
    this.#seen = {
      lines,
      revision: lines.revision,
      format: speech.format,
      now: speech.now,
      rest: JSON.stringify(rest),
    };
    const { from, to } = this.#span();
    const isSame =
      seen?.lines === lines &&
      seen.revision === lines.revision &&
      seen.format === speech.format &&
      seen.rest === this.#seen.rest &&
      speech.now - seen.now < (to - from) / Math.max(1, this.clientWidth);
    if (isSame) this.#seen = seen;
    return !isSame;
  }

  protected override willUpdate(): void {
    if (!this.model) return;
    const { lines } = this.model;
    const { from, to } = this.#span();
    this.#view = toChartView(lines, from, to, Math.max(400, this.clientWidth));
  }

  protected override render(): TemplateResult | typeof nothing {
    if (!this.model) return nothing;
    const { speech, hours, loading } = this.model;
    const { text } = speech;
    const { lines, left } = this.#view;
    return html`<div class="row">
        <h2>${text(`chart.title.${hours}`)}</h2>
        <div class="seg" role="group" aria-label=${text("chart.range")}>
          ${HOURS.map((choice) => this.#rangeButton(choice))}
        </div>
      </div>
      <ul class="legend">
        ${lines.map((line) => html`<li>${this.#legendButton(line)}</li>`)}
        ${left > 0 ? html`<li class="muted">${text("chart.more", { count: left })}</li>` : nothing}
      </ul>
      <div
        class="plot"
        tabindex="0"
        role="group"
        aria-label=${text("chart.label")}
        @pointermove=${this.#point}
        @pointerdown=${this.#point}
        @pointerleave=${this.#leave}
        @blur=${this.#leave}
        @keydown=${this.#key}
      >
        <div class="canvas"><canvas aria-hidden="true"></canvas></div>
        ${lines.length === 0 ? html`<p class="empty">${text(loading ? "chart.loading" : "chart.empty")}</p>` : nothing}
        <div class="tip" role="status" ?hidden=${this.cross === undefined || lines.length === 0}>${this.#tip()}</div>
      </div>
      ${lines.length === 0 ? nothing : this.#table(this.model)}`;
  }

  protected override updated(_: PropertyValues): void {
    const canvas = this.renderRoot.querySelector("canvas");
    if (!this.model || !canvas || !this.isConnected) return;
    this.#drawing ??= new LineDrawing(canvas);
    const { theme, zone, contractedKw, speech } = this.model;
    const { from, to } = this.#span();
    this.#drawing.draw({
      lines: this.#shown(),
      from,
      to,
      peakKw: this.#view.peakKw,
      contracted:
        contractedKw === undefined
          ? undefined
          : {
              kw: contractedKw,
              label: speech.text("chart.contracted", {
                kw: `${speech.format.plain(contractedKw)} ${speech.text("unit.kw")}`,
              }),
            },
      colours: COLOURS[theme],
      zone,
      language: speech.format.language,
      cross: this.cross,
      number: (value) => speech.format.plain(value),
      time: (at) => speech.format.time(at),
    });
    this.#placeTip();
  }

  #span(): { from: number; to: number } {
    if (!this.model) return { from: 0, to: 0 };
    const { lines, hours, speech } = this.model;
    return { from: axisFrom(lines, speech.now - hours * HOUR_MS, speech.now), to: speech.now };
  }

  #shown(): readonly ChartLine[] {
    return this.#view.lines.filter(({ id }) => !this.off.has(id));
  }

  #name({ meter }: ChartLine): string {
    if (meter !== undefined) return meter;
    return this.model?.speech.text(`kind.${this.model.kind}`) ?? "";
  }

  #rangeButton(hours: Hours): TemplateResult {
    const choose = (): void => {
      this.dispatchEvent(new CustomEvent<Hours>("hours", { detail: hours }));
    };
    return html`<button aria-pressed=${hours === this.model?.hours} @click=${choose}>
      ${this.model?.speech.text("chart.hours", { hours })}
    </button>`;
  }

  #legendButton(line: ChartLine): TemplateResult {
    const shown = !this.off.has(line.id);
    const name = this.#name(line);
    const toggle = (): void => {
      const hidden = new Set(this.off);
      if (!hidden.delete(line.id)) hidden.add(line.id);
      this.off = hidden;
    };
    return html`<button
      aria-pressed=${shown}
      title=${this.model?.speech.text("chart.show", { name }) ?? name}
      @click=${toggle}
    >
      ${swatch(line)}<span class="name">${name}</span>
    </button>`;
  }

  #tip(): TemplateResult | typeof nothing {
    const { cross } = this;
    if (cross === undefined || !this.model) return nothing;
    const { format, text } = this.model.speech;
    return html`<strong>${format.clock(cross)}</strong>
      <ul>
        ${this.#shown().map((line) => {
          const kw = valueAt(line.points, cross);
          const value = kw === undefined ? text("chart.none") : format.kw(kw);
          return html`<li>${swatch(line)}<span class="name">${this.#name(line)}</span><span>${value}</span></li>`;
        })}
      </ul>`;
  }

  #table({ speech }: ChartModel): TemplateResult {
    const { from, to } = this.#span();
    const toggle = (event: Event): void => {
      this.tableOpen = (event.target as HTMLDetailsElement).open;
    };
    const row = (at: number): TemplateResult =>
      html`<tr>
        <th scope="row">${speech.format.moment(at, to)}</th>
        ${this.#view.lines.map(({ points }) => {
          const kw = valueAt(points, at);
          return html`<td>${kw === undefined ? speech.text("chart.none") : speech.format.kw(kw)}</td>`;
        })}
      </tr>`;
    return html`<details @toggle=${toggle}>
      <summary>${speech.text("chart.table")}</summary>
      ${
        this.tableOpen
          ? html`<div class="scroll">
              <table>
                <thead>
                  <tr>
                    <th scope="col">${speech.text("chart.time")}</th>
                    ${this.#view.lines.map((line) => html`<th scope="col">${this.#name(line)}</th>`)}
                  </tr>
                </thead>
                <tbody>
                  ${tableTimes(from, to, TABLE_ROWS).map(row)}
                </tbody>
              </table>
            </div>`
          : nothing
      }
    </details>`;
  }

  readonly #point = (event: PointerEvent): void => {
    const plot = event.currentTarget as HTMLElement;
    this.cross = this.#drawing?.instantAt(event.clientX - plot.getBoundingClientRect().left);
  };

  readonly #leave = (): void => {
    this.cross = undefined;
  };

  readonly #key = (event: KeyboardEvent): void => {
    const direction = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : 0;
    if (event.key === "Escape") this.cross = undefined;
    if (direction === 0) return;
    event.preventDefault();
    const { from, to } = this.#span();
    this.cross = Math.min(to, Math.max(from, (this.cross ?? to) + direction * (to - from) * STEP));
  };

  /** Beside the cross, on the side that has room. */
  #placeTip(): void {
    const tip = this.renderRoot.querySelector<HTMLElement>(".tip");
    if (!tip || this.cross === undefined || !this.#drawing) return;
    const x = this.#drawing.placeOf(this.cross);
    const room = this.clientWidth - x;
    const left = room > tip.offsetWidth + 20 ? x + 12 : Math.max(0, x - tip.offsetWidth - 12);
    tip.style.setProperty("transform", `translateX(${Math.round(left)}px)`);
  }
}

const swatch = ({ colour, dashed }: ChartLine): TemplateResult =>
  html`<svg class="swatch c-${colour}" viewBox="0 0 14 10" aria-hidden="true">
    <path d="M1 5h12" stroke-dasharray=${dashed ? "4 3" : "none"}></path>
  </svg>`;

define("vatio-line-chart", LineChart);
