import { html, nothing, svg, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { AdviceDoc, AlertDoc } from "../../../lib/api/types";
import type { Speech } from "./view";

/** More than these are read in the alert list of another day. */
const ALERTS = 5;
const ADVICE = 4;

export function alerts(list: readonly AlertDoc[], { text, format, now }: Speech): TemplateResult {
  const row = ({ severity, title, text: explained, at, clearedAt }: AlertDoc): TemplateResult => {
    const when = clearedAt
      ? text("alerts.cleared", { time: format.moment(Date.parse(clearedAt), now) })
      : format.ago(Date.parse(at), now);
    return html`<li class=${clearedAt ? "cleared" : ""}>
      <svg class="dot ${severity}" viewBox="0 0 12 12" role="img" aria-label=${text(`alerts.severity.${severity}`)}>
        ${severity === "info" ? svg`<circle cx="6" cy="6" r="4.5"></circle>` : svg`<path d="M6 1 11.5 11H.5z"></path>`}
      </svg>
      <div class="say">
        <span class="title">${title}</span><small>${explained ? `${explained} · ` : ""}${when}</small>
      </div>
    </li>`;
  };
  return html`<section class="card" aria-labelledby="alerts-title">
    <h2 id="alerts-title">${text("alerts.title")}</h2>
    ${
      list.length === 0
        ? html`<p class="empty">${text("alerts.empty")}</p>`
        : html`<ul class="rows" aria-live="polite">
            ${repeat(list.slice(0, ALERTS), ({ id }) => id, row)}
          </ul>`
    }
  </section>`;
}

export function advice(list: readonly AdviceDoc[], { text, format }: Speech): TemplateResult {
  const worth = [...list].sort((one, other) => (other.savingPerYear ?? 0) - (one.savingPerYear ?? 0));
  const row = ({ title, text: explained, savingPerYear, confidence, evidence }: AdviceDoc): TemplateResult =>
    html`<li class="advice">
      <details class="say">
        <summary>${title}</summary>
        <p>${explained}</p>
        <small>
          ${text("advice.evidence", {
            from: format.day(Date.parse(evidence.from)),
            to: format.day(Date.parse(evidence.to)),
            percent: format.percent(confidence),
          })}
        </small>
      </details>
      ${
        savingPerYear === undefined
          ? nothing
          : html`<span class="money">${text("unit.perYear", { money: format.roundMoney(savingPerYear) })}</span>`
      }
    </li>`;
  return html`<section class="card" aria-labelledby="advice-title">
    <h2 id="advice-title">${text("advice.title")}</h2>
    ${
      list.length === 0
        ? html`<p class="empty">${text("advice.empty")}</p>`
        : html`<ul class="rows">
            ${repeat(worth.slice(0, ADVICE), ({ id }) => id, row)}
          </ul>`
    }
  </section>`;
}
