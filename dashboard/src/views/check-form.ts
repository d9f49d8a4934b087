import { html, type TemplateResult } from "lit";
import type { QuarantinedDoc } from "../../../lib/api/types";
import { fromLocal, toLocal } from "../model/local-time";
import type { Text } from "../texts";

export interface CheckForm {
  /** The id of the element that tells what it is about. */
  readonly described: string;
  readonly zone: string;
  readonly text: Text;
  save(value: number | string): void;
  cancel(): void;
}

/** Asks for the right value or, of a whole reading, for its true time. */
export function checkForm(found: QuarantinedDoc, { described, zone, text, save, cancel }: CheckForm): TemplateResult {
  const { reading, may, at, value, unit } = found;
  const valueOf = (field: HTMLInputElement): number | string | undefined => {
    if (!reading) return Number.isNaN(field.valueAsNumber) ? undefined : field.valueAsNumber;
    const instant = fromLocal(field.value, zone);
    return instant === undefined ? undefined : new Date(instant).toISOString();
  };
  const send = (event: SubmitEvent): void => {
    event.preventDefault();
    const field = (event.currentTarget as HTMLFormElement).querySelector("input");
    const right = field ? valueOf(field) : undefined;
    if (right !== undefined) save(right);
  };
  const escape = ({ key }: KeyboardEvent): void => {
    if (key === "Escape") cancel();
  };
  // A time that cannot be is no help to whoever types the right one.
  const time = may.includes("accept") ? toLocal(Date.parse(at), zone) : "";
  return html`<form aria-describedby=${described} @submit=${send} @keydown=${escape}>
    ${
      reading
        ? html`<label>
            ${text("checks.time")}
            <input data-part="field" type="datetime-local" .value=${time} required />
          </label>`
        : html`<label>
            ${text("checks.value", { unit: unit ?? "" })}
            <input data-part="field" type="number" step="any" .value=${String(value)} required />
          </label>`
    }
    <button class="button main">${text("checks.save")}</button>
    <button class="button" type="button" @click=${cancel}>${text("checks.cancel")}</button>
  </form>`;
}
