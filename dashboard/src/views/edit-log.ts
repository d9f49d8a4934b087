import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { EditDoc } from "../../../lib/api/types";
import type { Format } from "../format";
import type { Speech } from "./view";

export interface EditActions {
  /** Edits whose undoing is on its way. */
  readonly sending: ReadonlySet<string>;
  problem(id: string): unknown;
  undo(edit: EditDoc): void;
}

/** What was corrected, by whom and when, newest first; what stands can be undone. */
export function editLog(log: readonly EditDoc[], speech: Speech, actions: EditActions): TemplateResult {
  const { text, format, now } = speech;
  const moment = (instant: string): string => format.moment(Date.parse(instant), now);
  const name = (by: string): string => (by === "local" ? text("checks.who.local") : by);

  const who = ({ by, madeAt, undoneAt, undoneBy = "" }: EditDoc): string => {
    const made = { by: name(by), time: moment(madeAt) };
    if (undoneAt === undefined) return text("checks.by", made);
    return text("checks.undone", { ...made, undoneBy: name(undoneBy), undone: moment(undoneAt) });
  };
  const what = (edit: EditDoc): string =>
    edit.kind === "discard"
      ? text("data.edit.discarded")
      : text("data.edit.setTo", { energy: format.list(amountsOf(edit, speech)) });
  const row = (edit: EditDoc, index: number): TemplateResult => {
    const { id, meter, from, to, undoneAt } = edit;
    const stands = undoneAt === undefined;
    return html`<li class="file ${stands ? "" : "undone"}" aria-busy=${actions.sending.has(id)}>
      <div class="say" id="edit-${index}">
        <strong>${meter}</strong> · ${text("data.edit.span", { from: moment(from), to: moment(to) })}
        <div class="what">${what(edit)}</div>
        <small>${who(edit)}</small> ${actions.problem(id)}
      </div>
      ${
        stands
          ? html`<button
              class="button"
              aria-describedby="edit-${index}"
              @click=${() => {
                actions.undo(edit);
              }}
            >
              ${text("checks.undo")}
            </button>`
          : nothing
      }
    </li>`;
  };
  if (log.length === 0) return html`<p class="empty">${text("data.edit.logEmpty")}</p>`;
  return html`<ul class="rows">
    ${repeat(log, ({ id }) => id, row)}
  </ul>`;
}

interface Amounts {
  readonly importKwh?: number | undefined;
  readonly exportKwh?: number | undefined;
  readonly volumeM3?: number | undefined;
}

/** What flowed, each measure that is said and is not nothing; import alone may be nothing. */
export function amountsOf({ importKwh, exportKwh, volumeM3 }: Amounts, { text, format }: Speech): string[] {
  const kwh = (value: number): string => `${energyText(value, format)} kWh`;
  return [
    ...(importKwh !== undefined ? [text("data.edit.used", { energy: kwh(importKwh) })] : []),
    ...(exportKwh ? [text("data.edit.fedIn", { energy: kwh(exportKwh) })] : []),
    ...(volumeM3 ? [`${energyText(volumeM3, format)} m³`] : []),
  ];
}

/** To the Wh: what is corrected is looked at closely. */
const energyText = (value: number, format: Format): string => format.plain(value);
