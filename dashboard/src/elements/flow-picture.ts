import {
  css,
  html,
  LitElement,
  nothing,
  svg,
  type PropertyValues,
  type SVGTemplateResult,
  type TemplateResult,
} from "lit";
import { EXPECTED, layoutFlow, shorten, toFlow, type Flow, type FlowPart, type Ribbon } from "../model/flow";
import { base } from "../styles/base";
import type { StateDoc } from "../../../lib/api/types";
import type { Speech } from "../views/view";
import { define } from "./define";

export interface FlowModel {
  readonly state: StateDoc;
  readonly speech: Speech;
}

/** Where the power comes from and where it goes, drawn at the width there is. */
export class FlowPicture extends LitElement {
  static override styles = [
    base,
    css`
      :host {
        display: block;
        width: 100%;
      }
      svg {
        display: block;
        width: 100%;
        overflow: visible;
      }
      path {
        fill: none;
        stroke: currentColor;
      }
      .in {
        opacity: 0.85;
      }
      .out {
        opacity: 0.55;
      }
      .c-battery.out,
      .c-export.out {
        opacity: 0.85;
      }
      circle {
        fill: var(--card);
        stroke: currentColor;
        stroke-width: 2.5;
      }
      text {
        fill: var(--ink);
        font-size: var(--t-s);
        text-anchor: start;
      }
      .value {
        font-weight: 650;
        text-anchor: middle;
      }
      .big {
        font-size: var(--t-l);
        font-weight: 650;
        text-anchor: middle;
      }
      .name {
        font-weight: 600;
      }
      .small {
        font-size: var(--t-xs);
        fill: var(--muted);
      }
      .ghost path {
        stroke: var(--line);
        opacity: 1;
      }
      .ghost circle {
        stroke: var(--muted);
        stroke-width: 1.5;
        stroke-dasharray: 4 4;
      }
      .ghost text {
        fill: var(--muted);
        font-weight: 400;
      }
      .ghost + p {
        margin-top: var(--s3);
      }
      .centre {
        text-anchor: middle;
      }
    `,
  ];
  static override properties = { model: { attribute: false }, width: { state: true } };
  declare model: FlowModel | undefined;
  declare width: number;

  #isEmpty = false;
  readonly #watch = new ResizeObserver(([entry]) => {
    if (entry) this.width = Math.round(entry.contentRect.width);
  });

  constructor() {
    super();
    this.width = 0;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#watch.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#watch.disconnect();
  }

  protected override shouldUpdate(_: PropertyValues): boolean {
    return this.width > 0;
  }

  protected override render(): TemplateResult | typeof nothing {
    if (!this.model) return nothing;
    const { state, speech } = this.model;
    const { text, format } = speech;
    const measured = toFlow(state);
    const isEmpty = measured.sources.length === 0 && measured.sinks.length === 0;
    const flow = isEmpty ? EXPECTED : measured;
    const picture = layoutFlow(flow, this.width);
    const { home, width, height } = picture;
    const homeName = text(`kind.${state.site.kind}`);
    this.#isEmpty = isEmpty;
    const label = isEmpty ? text("flow.empty") : this.#summary(measured);
    return html`<svg
        class=${isEmpty ? "ghost" : ""}
        viewBox="0 0 ${width} ${height}"
        height=${height}
        role="img"
        aria-label=${label}
      >
        ${picture.sources.map((ribbon) => stroke(ribbon, "in"))} ${picture.sinks.map((ribbon) => stroke(ribbon, "out"))}
        ${picture.sources.map((ribbon) => this.#source(ribbon, picture.sourceR, ribbon.y > home.y))}
        ${svg`<g class="c-home"><circle cx=${home.x} cy=${home.y} r=${home.r}></circle>
        <text class="big" x=${home.x} y=${home.y + 4}>${flow.homeKw === undefined ? text("chart.none") : format.number(flow.homeKw)}</text>
        <text class="small centre" x=${home.x} y=${home.y + 20}>${text("unit.kw")}</text>
        <text class="small centre" x=${home.x} y=${home.y + home.r + 18}>${homeName}</text></g>`}
        ${picture.sinks.map((ribbon) => this.#sink(ribbon, picture.labelWidth))}
      </svg>
      ${isEmpty ? html`<p class="empty">${text("flow.empty")}</p>` : nothing}`;
  }

  /** The label stands on the side of the ribbon that bends away. */
  #source({ part, y }: Ribbon, r: number, isBelow: boolean): SVGTemplateResult {
    const { state, speech } = this.#parts();
    const { pricePerKwh } = state.site;
    const price =
      part.kind === "grid" && pricePerKwh !== undefined
        ? ` · ${speech.text("unit.price", { price: speech.format.price(pricePerKwh) })}`
        : "";
    // On a phone the label would run into the house.
    const label = `${this.#name(part)}${this.width < 520 ? "" : price}`;
    return svg`<g class="c-${part.kind}"><circle cx=${r + 1.5} cy=${y} r=${r}></circle>
      <text class="value" x=${r + 1.5} y=${y + 5}>${this.#isEmpty ? speech.text("chart.none") : speech.format.number(part.kw)}</text>
      <text class="small" x=${r * 2 + 8} y=${isBelow ? y + r + 4 : y - r + 4}>${label}</text></g>`;
  }

  #sink({ part, x, y }: Ribbon, labelWidth: number): SVGTemplateResult {
    const { speech } = this.#parts();
    const name = this.#name(part);
    return svg`<g><title>${name}</title>
      <text class="name" x=${x + 10} y=${y - 1}>${shorten(name, Math.floor(labelWidth / 9))}</text>
      <text class="small" x=${x + 10} y=${y + 15}>${this.#isEmpty ? nothing : speech.format.kw(part.kw)}</text></g>`;
  }

  #name({ kind, meter }: FlowPart): string {
    const { text } = this.#parts().speech;
    if (kind === "load") return meter ?? text("flow.loads");
    return text(`flow.${kind}`);
  }

  #summary({ sources, sinks }: Flow): string {
    const { speech } = this.#parts();
    const list = (parts: readonly FlowPart[]): string =>
      parts.length === 0
        ? speech.text("flow.nothing")
        : speech.format.list(
            parts.map((part) => speech.text("flow.label", { name: this.#name(part), kw: speech.format.kw(part.kw) })),
          );
    return speech.text("flow.summary", { sources: list(sources), sinks: list(sinks) });
  }

  #parts(): FlowModel {
    if (!this.model) throw new Error("drawn without a model");
    return this.model;
  }
}

const stroke = ({ part, path, thickness }: Ribbon, side: string): SVGTemplateResult =>
  svg`<path class="c-${part.kind} ${side}" d=${path} stroke-width=${thickness}></path>`;

define("vatio-flow-picture", FlowPicture);
