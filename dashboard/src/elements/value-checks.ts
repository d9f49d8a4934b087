import { html, LitElement, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { QuarantinedDoc } from "../../../lib/api/types";
import { atStake, whatHappened, whatWasDone } from "../model/check-words";
import { mustLogIn, refusalText } from "../model/refusal";
import type { Check, Choice, ValueChecks } from "../model/value-checks";
import { base } from "../styles/base";
import { cards } from "../styles/cards";
import { checks as checksStyle } from "../styles/checks";
import { checkForm } from "../views/check-form";
import { rulingLog } from "../views/ruling-log";
import type { Speech } from "../views/view";
import { define } from "./define";

export interface ValueChecksModel {
  readonly checks: ValueChecks;
  /** How many values are open in all. */
  readonly open: number;
  readonly mayDecide: boolean;
  readonly pricePerKwh: number | undefined;
  readonly zone: string;
  readonly speech: Speech;
  openLogin(): void;
}

/** Looked at in one go; what comes after them takes their place. */
const SHOWN = 5;
const CHOICES = ["accept", "edit", "discard"] as const satisfies readonly Choice[];

/** A button or a field of a check. */
interface Place {
  readonly key: string;
  readonly part: Choice | "field" | "undo";
}

/** What a person is asked about values that are not believed, and what was decided. Holds nothing but which form is open. */
export class ValueChecksList extends LitElement {
  static override styles = [base, cards, checksStyle];
  static override properties = { model: { attribute: false }, editing: { state: true }, heard: { state: true } };
  declare model: ValueChecksModel | undefined;
  /** The check whose right value is being typed. */
  declare editing: string | undefined;
  /** What a screen reader is told. */
  declare heard: string;
  /** Where the keyboard goes as soon as it is there. */
  #goTo: Place | undefined;

  constructor() {
    super();
    this.heard = "";
  }

  protected override render(): TemplateResult | typeof nothing {
    const { model } = this;
    if (!model) return nothing;
    const { checks, open, mayDecide, speech, openLogin } = model;
    const { text } = speech;
    let room = SHOWN;
    const shown = checks.list.filter(({ ruling }) => ruling !== undefined || room-- > 0);
    const hidden = open - shown.filter(({ ruling }) => ruling === undefined).length;
    return html`<p class="explain">${text(shown.length > 0 ? "checks.explain" : "checks.none")}</p>
      ${
        mayDecide || shown.length === 0
          ? nothing
          : html`<p class="explain">${text("checks.readOnly")}</p>
              <button class="button" @click=${openLogin}>${text("login.open")}</button>`
      }
      ${this.#problem(model, "list")}
      <ul class="rows">
        ${repeat(
          shown,
          ({ key }) => key,
          (check, index) => this.#row(model, check, index),
        )}
      </ul>
      ${hidden > 0 ? html`<p class="rest">${text("checks.more", { count: hidden })}</p>` : nothing}
      <p class="unseen" role="status">${this.heard}</p>
      <details @toggle=${this.#toggleLog}>
        <summary>${text("checks.log")}</summary>
        ${this.#problem(model, "log")}
        ${
          checks.log
            ? rulingLog(checks.log, speech, {
                mayDecide,
                sending: checks.sending,
                problem: (id) => this.#problem(model, id),
                undo: (ruling) => void checks.undoLogged(ruling),
              })
            : nothing
        }
      </details>`;
  }

  protected override updated(): void {
    const { key, part } = this.#goTo ?? {};
    const row = [...this.renderRoot.querySelectorAll<HTMLElement>(".check")].find(({ dataset }) => dataset.key === key);
    const there = row?.querySelector<HTMLElement>(`[data-part=${part}]`);
    if (!there) return;
    this.#goTo = undefined;
    there.focus();
  }

  #row(model: ValueChecksModel, check: Check, index: number): TemplateResult {
    const { checks, mayDecide, pricePerKwh, speech } = model;
    const { key, found, ruling } = check;
    const { format, now } = speech;
    const happened = whatHappened(found, speech);
    const more = ruling ? happened : atStake(found, pricePerKwh, speech);
    return html`<li class="check" data-key=${key} aria-busy=${checks.sending.has(key)}>
      <div class="say" id="check-${index}">
        <strong>${found.meter}</strong> · ${format.moment(Date.parse(found.at), now)}
        <div class="what">${ruling ? whatWasDone(ruling, speech) : happened}</div>
        ${more ? html`<small>${more}</small>` : nothing} ${this.#problem(model, key)}
      </div>
      ${mayDecide ? this.#answers(model, check, `check-${index}`) : nothing}
    </li>`;
  }

  #answers(model: ValueChecksModel, check: Check, described: string): TemplateResult {
    const { key, found, ruling } = check;
    const { zone, speech } = model;
    const { text } = speech;
    if (this.editing === key && !ruling) {
      const save = (value: number | string): void => void this.#decide(model, check, "edit", value);
      return checkForm(found, {
        described,
        zone,
        text,
        save,
        cancel: () => this.#edit(undefined, { key, part: "edit" }),
      });
    }
    const button = (part: Choice | "undo", click: () => void): TemplateResult =>
      html`<button class="button" data-part=${part} aria-describedby=${described} @click=${click}>
        ${text(`checks.${part}`)}
      </button>`;
    const press = (choice: Choice) => (): void => {
      if (choice === "edit") this.#edit(key, { key, part: "field" });
      else void this.#decide(model, check, choice);
    };
    return html`<div class="choices">
      ${
        ruling
          ? button("undo", () => void this.#undo(model, check))
          : choicesOf(found).map((choice) => button(choice, press(choice)))
      }
    </div>`;
  }

  #problem({ checks, speech, openLogin }: ValueChecksModel, key: string): TemplateResult | typeof nothing {
    const problem = checks.problems.get(key);
    if (!problem) return nothing;
    return html`<p class="problem" role="alert">${refusalText(problem, speech.text)}</p>
      ${
        mustLogIn(problem)
          ? html`<button class="button" @click=${openLogin}>${speech.text("login.open")}</button>`
          : nothing
      }`;
  }

  readonly #toggleLog = (event: Event): void => {
    if ((event.target as HTMLDetailsElement).open) void this.model?.checks.askLog();
  };

  /** Opens the form of a check, or closes it. */
  #edit(key: string | undefined, goTo: Place): void {
    this.editing = key;
    this.#goTo = goTo;
  }

  async #decide(
    { checks, speech }: ValueChecksModel,
    check: Check,
    choice: Choice,
    value?: number | string,
  ): Promise<void> {
    const ruling = await checks.decide(check, choice, value);
    if (!ruling) return;
    this.heard = whatWasDone(ruling, speech);
    this.#edit(undefined, { key: check.key, part: "undo" });
  }

  async #undo({ checks, speech }: ValueChecksModel, check: Check): Promise<void> {
    if (!(await checks.undo(check))) return;
    this.heard = speech.text("checks.waits");
    const [part = "discard"] = choicesOf(check.found);
    this.#goTo = { key: check.key, part };
  }
}

const choicesOf = ({ may }: QuarantinedDoc): Choice[] => CHOICES.filter((choice) => may.includes(choice));

define("vatio-value-checks", ValueChecksList);
