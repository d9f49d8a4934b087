import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { RulingDoc } from "../../../lib/api/types";
import { whatWasDone } from "../model/check-words";
import type { Speech } from "./view";

export interface RulingActions {
  readonly mayDecide: boolean;
  /** Rulings whose undoing is on its way. */
  readonly sending: ReadonlySet<string>;
  problem(id: string): TemplateResult | typeof nothing;
  undo(ruling: RulingDoc): void;
}

/** What was decided, by whom and when, newest first; what stands can be undone. */
export function rulingLog(log: readonly RulingDoc[], speech: Speech, actions: RulingActions): TemplateResult {
  const { text, format, now } = speech;
  const moment = (instant: string): string => format.moment(Date.parse(instant), now);
  const name = (by: string): string => (by === "local" || by === "meter" ? text(`checks.who.${by}`) : by);

  const who = ({ by, madeAt, undoneAt, undoneBy }: RulingDoc): string => {
    const made = { by: name(by), time: moment(madeAt) };
    if (undoneAt === undefined) return text("checks.by", made);
    return text("checks.undone", { ...made, undoneBy: name(undoneBy ?? ""), undone: moment(undoneAt) });
  };
  const row = (ruling: RulingDoc, index: number): TemplateResult => {
    const { id, meter, at, undoneAt } = ruling;
    const stands = undoneAt === undefined;
    return html`<li class="check ${stands ? "" : "undone"}" aria-busy=${actions.sending.has(id)}>
      <div class="say" id="ruling-${index}">
        <strong>${meter}</strong> · ${moment(at)}
        <div class="what">${whatWasDone(ruling, speech)}</div>
        <small>${who(ruling)}</small> ${actions.problem(id)}
      </div>
      ${
        stands && actions.mayDecide
          ? html`<button
              class="button"
              aria-describedby="ruling-${index}"
              @click=${() => {
                actions.undo(ruling);
              }}
            >
              ${text("checks.undo")}
            </button>`
          : nothing
      }
    </li>`;
  };

  if (log.length === 0) return html`<p class="empty">${text("checks.logEmpty")}</p>`;
  return html`<ul class="rows">
    ${repeat(log, ({ id }) => id, row)}
  </ul>`;
}
