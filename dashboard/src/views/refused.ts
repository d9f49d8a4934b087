import { html, nothing, type TemplateResult } from "lit";
import { mustLogIn, refusalText, type Refusal } from "../model/refusal";
import type { Text } from "../texts";

/** Why the server did not do what it was asked, with the way to log in where that may help. */
export function refused(
  problem: Refusal | undefined,
  text: Text,
  openLogin: () => void,
): TemplateResult | typeof nothing {
  if (!problem) return nothing;
  return html`<p class="problem" role="alert">${refusalText(problem, text)}</p>
    ${mustLogIn(problem) ? html`<button class="button" @click=${openLogin}>${text("login.open")}</button>` : nothing}`;
}
