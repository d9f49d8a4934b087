import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { refusalText, type Refusal } from "../model/refusal";
import { base } from "../styles/base";
import type { Text } from "../texts";
import { define } from "./define";

export interface LoginModel {
  readonly text: Text;
  /** What the server said that should be done. */
  readonly sentence: string | undefined;
  login(token: string): Promise<Refusal | undefined>;
  readonly back: (() => void) | undefined;
}

/** Trades an access token for a session; keeps the token no longer than it takes to send it. */
export class LoginForm extends LitElement {
  static override styles = [
    base,
    css`
      form {
        display: grid;
        gap: var(--s3);
      }
      label {
        display: grid;
        gap: var(--s1);
        font-size: var(--t-s);
      }
      input {
        border: 1px solid var(--muted);
        border-radius: 10px;
        background: var(--bg);
        padding: 10px var(--s3);
        width: 100%;
      }
      .sentence {
        overflow-wrap: anywhere;
      }
      .row {
        display: flex;
        gap: var(--s2);
      }
    `,
  ];
  static override properties = { model: { attribute: false }, problem: { state: true }, busy: { state: true } };
  declare model: LoginModel | undefined;
  declare problem: string | undefined;
  declare busy: boolean;

  constructor() {
    super();
    this.busy = false;
  }

  protected override render(): TemplateResult | typeof nothing {
    if (!this.model) return nothing;
    const { text, sentence, back } = this.model;
    return html`<form @submit=${this.#send}>
      ${sentence ? html`<p class="sentence">${sentence}</p>` : nothing}
      <label>
        ${text("login.token")}
        <input name="token" type="password" autocomplete="current-password" maxlength="200" required />
      </label>
      <p class="empty">${text("login.hint")}</p>
      ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}
      <div class="row">
        <button class="button main" ?disabled=${this.busy}>${text(this.busy ? "login.sending" : "login.send")}</button>
        ${back ? html`<button class="button" type="button" @click=${back}>${text("login.back")}</button>` : nothing}
      </div>
    </form>`;
  }

  readonly #send = (event: SubmitEvent): void => {
    event.preventDefault();
    const field = this.renderRoot.querySelector("input");
    if (!this.model || !field || this.busy) return;
    const { text, login } = this.model;
    this.busy = true;
    void login(field.value.trim()).then((refusal) => {
      this.busy = false;
      field.value = "";
      if (refusal) this.problem = refusalText(refusal, text);
    });
  };
}

define("vatio-login-form", LoginForm);
