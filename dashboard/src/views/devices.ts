import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { DeviceDoc } from "../../../lib/api/types";
import { mustLogIn, refusalText, type Refusal } from "../model/refusal";
import type { Speech } from "./view";

export interface DeviceActions {
  readonly problems: ReadonlyMap<string, Refusal>;
  /** Commands on their way to the server. */
  readonly sending: ReadonlyMap<string, boolean>;
  switchTo(id: string, on: boolean): void;
  openLogin(): void;
}

/** What is known of each device, never what was merely asked of it: a command shows as under way until it is confirmed. */
export function devices(list: readonly DeviceDoc[], speech: Speech, actions: DeviceActions): TemplateResult {
  const { text, format, now } = speech;

  const says = ({ id, state, pending, confirmedAt, waitsUntil }: DeviceDoc): string => {
    const wanted = actions.sending.get(id) ?? pending?.on;
    if (waitsUntil) return text("devices.waits", { time: format.moment(Date.parse(waitsUntil), now) });
    if (wanted !== undefined) return text(wanted ? "devices.pendingOn" : "devices.pendingOff");
    if (state === "unknown") return text("devices.unknown");
    if (!confirmedAt) return text(state === "on" ? "devices.onPlain" : "devices.offPlain");
    return text(`devices.${state}`, { ago: format.ago(Date.parse(confirmedAt), now) });
  };

  const row = (device: DeviceDoc): TemplateResult => {
    const { id, name, state } = device;
    const wanted = actions.sending.get(id) ?? device.pending?.on;
    const problem = actions.problems.get(id);
    const checked = state === "unknown" ? "mixed" : String(state === "on");
    return html`<li>
      <div class="say">
        ${name}<small aria-live="polite">${says(device)}</small>
        ${problem ? refusal(problem) : nothing}
      </div>
      <button
        class="switch ${state} ${wanted === undefined ? "" : "pending"}"
        role="switch"
        aria-checked=${checked}
        aria-busy=${wanted !== undefined}
        aria-label=${text("devices.switch", { name })}
        @click=${() => {
          actions.switchTo(id, state !== "on");
        }}
      ></button>
    </li>`;
  };

  const refusal = (problem: Refusal): TemplateResult =>
    html`<p class="problem" role="alert">${refusalText(problem, text)}</p>
      ${
        mustLogIn(problem)
          ? html`<button class="button" @click=${actions.openLogin}>${text("login.open")}</button>`
          : nothing
      }`;

  return html`<section class="card" aria-labelledby="devices-title">
    <h2 id="devices-title">${text("devices.title")}</h2>
    ${
      list.length === 0
        ? html`<p class="empty">${text("devices.empty")}</p>`
        : html`<ul class="rows">
            ${repeat(list, ({ id }) => id, row)}
          </ul>`
    }
  </section>`;
}
