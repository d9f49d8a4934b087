import { html, nothing, type TemplateResult } from "lit";
import type { StateDoc } from "../../../lib/api/types";
import type { ValueChecksModel } from "../elements/value-checks";
import type { EnergySession, Hours } from "../model/energy-session";
import type { Theme } from "../theme";
import { devices } from "./devices";
import { hero } from "./hero";
import { advice, alerts } from "./lists";
import type { Speech } from "./view";

export interface NowView {
  readonly theme: Theme;
  readonly speech: Speech;
  /** What a screen reader is told of the power. */
  readonly announcement: string;
  openLogin(): void;
}

/** What uses energy now, what it costs, and what to do about it. */
export function nowView(session: EnergySession, state: StateDoc, view: NowView): TemplateResult {
  const { theme, speech, announcement, openLogin } = view;
  const { site } = state;
  return html`<p class="unseen" aria-live="polite">${announcement}</p>
    ${hero(state, speech)}
    <section class="card flow" aria-labelledby="flow-title">
      <h2 id="flow-title">${speech.text("flow.title")}</h2>
      <vatio-flow-picture .model=${{ state, speech }}></vatio-flow-picture>
    </section>
    ${checks(session, state, view)}
    <section class="card line">
      <vatio-line-chart
        .model=${{
          lines: session.lines,
          hours: session.hours,
          loading: session.loading,
          kind: site.kind,
          contractedKw: site.contractedKw,
          zone: site.timeZone,
          theme,
          speech,
        }}
        @hours=${(event: CustomEvent<Hours>) => void session.showHours(event.detail)}
      ></vatio-line-chart>
    </section>
    <div class="side">
      ${alerts(state.alerts, speech)} ${advice(state.advice, speech)}
      ${devices(state.devices, speech, {
        problems: session.deviceProblems,
        sending: session.sending,
        switchTo: (id, on) => void session.switchDevice(id, on),
        openLogin,
      })}
    </div>`;
}

/** Nothing until something is doubted; what was decided can be looked up and undone ever after. */
function checks(
  { checks: list, openValues: open }: EnergySession,
  { site, scopes, hasRulings }: StateDoc,
  { speech, openLogin }: NowView,
): TemplateResult | typeof nothing {
  if (list.list.length === 0 && !list.problems.has("list") && !hasRulings) return nothing;
  const model: ValueChecksModel = {
    ...{ checks: list, open, speech, openLogin },
    mayDecide: scopes.includes("admin"),
    pricePerKwh: site.pricePerKwh,
    zone: site.timeZone,
  };
  return html`<section class="card checks" aria-labelledby="checks-title">
    <h2 id="checks-title">${speech.text("checks.title")}</h2>
    <vatio-value-checks .model=${model}></vatio-value-checks>
  </section>`;
}
