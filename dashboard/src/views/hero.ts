import { html, nothing, svg, type TemplateResult } from "lit";
import type { EnergySumDoc, StateDoc } from "../../../lib/api/types";
import { compare, contractBar } from "../model/comparison";
import type { Speech } from "./view";

/** A day is called measured when at least this much of it was. */
const WELL_MEASURED = 0.98;

/** The one question of the view: how much power is used now, and is that much. */
export function hero(state: StateDoc, { text, format }: Speech): TemplateResult {
  const { site, power, today, yesterdaySoFar, homeKwYesterday } = state;
  const kw = power.homeKw;
  return html`<section class="card hero" aria-labelledby="hero-title">
    <h2 id="hero-title">${text(`hero.title.${site.kind}`)}</h2>
    <div class="figure" data-part="home">
      <span>${kw === undefined ? text("chart.none") : format.number(kw)}</span>
      <span class="unit">${text("unit.kw")}</span>
    </div>
    ${
      state.meters.length === 0
        ? html`<p class="sub">${text("hero.empty")}</p>`
        : html`<p class="sub">
              ${kw === undefined ? text("hero.unknown") : comparison(kw, homeKwYesterday)}
              ${site.contractedKw === undefined ? nothing : ` · ${text("hero.contracted", { kw: `${format.plain(site.contractedKw)} ${text("unit.kw")}` })}`}
            </p>
            ${
              site.contractedKw === undefined
                ? html`<p class="measured-hint sub">${text("hero.noContracted")}</p>`
                : bar(kw ?? 0, site.contractedKw)
            }`
    }
    <dl class="sums">
      <div>
        <dt>${text("hero.today")}</dt>
        <dd>
          <strong>${format.energy(today.usedKwh)} <small>${text("unit.kwh")}</small></strong>
          ${yesterdaySoFar ? text("hero.yesterday", { value: format.energy(yesterdaySoFar.usedKwh) }) : nothing}
        </dd>
      </div>
      <div>
        <dt>${text("hero.cost")}</dt>
        <dd>${cost(today, yesterdaySoFar)}</dd>
      </div>
    </dl>
    ${
      today.coverage < WELL_MEASURED && state.meters.length > 0
        ? html`<p class="measured">${text("hero.measured", { percent: format.percent(today.coverage) })}</p>`
        : nothing
    }
  </section>`;

  function comparison(now: number, before: number | undefined): TemplateResult {
    if (before === undefined) return html`${text("hero.noYesterday")}`;
    const { kind, byKw } = compare(now, before);
    const than = text(kind === "same" ? "hero.asYesterday" : "hero.thanYesterday");
    return html`<span class=${kind}>${text(`hero.${kind}`, { kw: format.kw(byKw) })}</span> ${than}`;
  }

  function bar(now: number, contractedKw: number): TemplateResult {
    const { fill, mark } = contractBar(now, contractedKw);
    const label = text("hero.share", { percent: format.percent(now / contractedKw) });
    const over = now > contractedKw ? "over" : "";
    // Lengths in percent need no style attribute and fit any card.
    return html`<svg class="bar" role="img" aria-label=${label}>
      ${svg`<rect class="track" y="2" width="100%" height="8" rx="4"></rect>
        <rect class="fill ${over}" y="2" width="${percent(fill)}" height="8" rx="4"></rect>
        <rect class="mark" x="${percent(mark)}" width="2" height="12"></rect>`}
    </svg>`;
  }

  function cost(now: EnergySumDoc, before: EnergySumDoc | undefined): TemplateResult {
    if (now.cost === undefined) return html`<strong>${text("chart.none")}</strong>${text("hero.noPrice")}`;
    const { value, unit, before: unitFirst } = format.moneyFigure(now.cost);
    const small = html`<small>${unit}</small>`;
    return html`<strong>${unitFirst ? html`${small}${value}` : html`${value} ${small}`}</strong>
      ${before?.cost === undefined ? nothing : text("hero.yesterday", { value: format.money(before.cost) })}`;
  }
}

const percent = (share: number): string => `${Math.round(share * 1000) / 10}%`;
