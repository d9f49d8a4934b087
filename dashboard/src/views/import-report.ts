import { html, nothing, type TemplateResult } from "lit";
import type { Mapping } from "../api/history-api";
import { missingIn, withFactor } from "../model/columns";
import type { OpenImport } from "../model/file-imports";
import { counted, errorsOf, findings, spanOf, type Finding, type MeterReportDoc } from "../model/report-words";
import type { Speech } from "./view";

export interface ReportActions {
  readonly speech: Speech;
  correct(mapping: Mapping): void;
}

const MOST_METERS = 10;

/** What the import would do, in words; while the file is read, that it is. */
export function importReport(
  { mapping, report }: OpenImport,
  actions: ReportActions,
  problem: unknown,
): TemplateResult {
  const { speech } = actions;
  const { text, format } = speech;
  const missing = missingIn(mapping);
  if (missing) return html`<p class="problem" role="alert">${text(`data.report.missing.${missing}`)}</p>`;
  if (!report) {
    if (problem !== nothing) return html`${problem}`;
    return html`<p class="explain" role="status">${text("data.report.reading")}</p>
      <progress aria-label=${text("data.report.reading")}></progress>`;
  }
  const { meters, rowsOfMoreMeters, errors } = report;
  const hidden = meters.length - MOST_METERS;
  return html`<ul class="meters">
      ${meters.slice(0, MOST_METERS).map((meter) => meterReport(meter, mapping, actions))}
    </ul>
    ${meters.length === 0 ? html`<p class="problem" role="alert">${text("data.report.nothing")}</p>` : nothing}
    ${hidden > 0 ? html`<p class="explain">${counted(speech, "data.report.moreMeters", hidden)}</p>` : nothing}
    ${
      rowsOfMoreMeters > 0
        ? html`<p class="finding check">
            ${text("data.report.tooManyMeters", { count: format.plain(rowsOfMoreMeters) })}
          </p>`
        : nothing
    }
    ${errorsOf(errors, speech).map((error) => html`<p class="finding check">${error}</p>`)}`;
}

function meterReport(meter: MeterReportDoc, mapping: Mapping, { speech, correct }: ReportActions): TemplateResult {
  const { text } = speech;
  const isGiven = mapping.values.length > 0 && mapping.values.every(({ meaning }) => meaning === "interval");
  const other = meter.suspectedUnit && withFactor(mapping, meter.suspectedUnit.factor);
  const units = other?.values.map(({ unit }) => unit).filter((unit) => unit !== undefined) ?? [];
  const line = ({ kind, text: sentence }: Finding): TemplateResult => html`<p class="finding ${kind}">${sentence}</p>`;
  return html`<li>
    <strong>${meter.meter || text("data.report.unnamed")}</strong>
    <div class="what">${spanOf(meter, speech)}</div>
    ${findings(meter, isGiven, speech).map(line)}
    ${
      other
        ? html`<button
            class="button"
            type="button"
            @click=${() => {
              correct(other);
            }}
          >
            ${text("data.report.otherUnit", { unit: speech.format.list([...new Set(units)]) })}
          </button>`
        : nothing
    }
  </li>`;
}

/** How many rows would be stored; none while nobody knows. */
export const rowsToStore = ({ report }: OpenImport): number =>
  report?.meters.reduce((sum, { rows }) => sum + rows, 0) ?? 0;
