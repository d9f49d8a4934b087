import { html, nothing, type TemplateResult } from "lit";
import { guard } from "lit/directives/guard.js";

export interface Choice {
  readonly value: string;
  readonly label: string;
}

interface Field {
  readonly label: string | TemplateResult;
  readonly value: string;
  change(value: string): void;
}

const valueOf = (event: Event): string => (event.target as HTMLInputElement | HTMLSelectElement).value;

/** A select that shows `value`, whatever the browser keeps of what was chosen before. */
export function chooser(
  choices: readonly Choice[],
  value: string,
  change: (value: string) => void,
  label?: string,
): TemplateResult {
  const option = (choice: Choice): TemplateResult =>
    html`<option value=${choice.value} .selected=${choice.value === value}>${choice.label}</option>`;
  return html`<select
    aria-label=${label ?? nothing}
    @change=${(event: Event) => {
      change(valueOf(event));
    }}
  >
    ${guard([value, ...choices.map((choice) => choice.value + choice.label)], () => choices.map(option))}
  </select>`;
}

export const chooserField = ({ label, value, change }: Field, choices: readonly Choice[]): TemplateResult =>
  html`<label>${label} ${chooser(choices, value, change)}</label>`;

/** A line of text; `suggestions` are offered. Heard when it is left. */
export function textField(
  { label, value, change }: Field,
  more: { readonly type?: string; readonly id?: string; readonly suggestions?: readonly string[] } = {},
): TemplateResult {
  const { type = "text", id, suggestions = [] } = more;
  return html`<label>
    ${label}
    <input
      type=${type}
      maxlength="200"
      list=${id ?? nothing}
      .value=${value}
      @change=${(event: Event) => {
        change(valueOf(event));
      }}
    />
    ${
      id === undefined
        ? nothing
        : html`<datalist id=${id}>${suggestions.map((one) => html`<option value=${one}></option>`)}</datalist>`
    }
  </label>`;
}

/** All zones that the browser knows, those that are likely first. */
export function zoneChoices(likely: readonly string[]): Choice[] {
  const zones = [...new Set([...likely, "UTC", ...Intl.supportedValuesOf("timeZone")])];
  return zones.map((zone) => ({ value: zone, label: zone.replaceAll("_", " ") }));
}
