import { html, LitElement, nothing, type TemplateResult } from "lit";
import type { StateDoc } from "../../../lib/api/types";
import { makeEnergyApi } from "../api/energy-api";
import { makeFormat } from "../format";
import { nextSpoken, type Spoken } from "../model/comparison";
import { EnergySession, type Hours } from "../model/energy-session";
import { toFreshness } from "../model/freshness";
import { openPreferences } from "../model/preferences";
import { mustLogIn, refusalText } from "../model/refusal";
import { base } from "../styles/base";
import { cards } from "../styles/cards";
import { layout } from "../styles/layout";
import { makeText, pickLanguage, type Language, type Text } from "../texts";
import { tokens, type Theme } from "../theme";
import { devices } from "../views/devices";
import { hero } from "../views/hero";
import { advice, alerts } from "../views/lists";
import { settings, viewRail, type ThemeChoice } from "../views/rail";
import type { Speech } from "../views/view";
import { define } from "./define";
import type { ValueChecksModel } from "./value-checks";
import "./flow-picture";
import "./line-chart";
import "./login-form";
import "./value-checks";

export const TITLE_EVENT = "vatio-title";
export interface TitleDetail {
  readonly title: string;
  readonly language: Language;
}

/** This file is served as `<root>/energy/assets/…`, on whichever page the element stands. */
const HERE = import.meta.url;
const ROOT = new URL("../../", HERE);

/** Between two pictures. */
const PAINT_MS = 250;

/**
 * The whole picture of a site in one element. Attributes: `theme` (`light`, `dark` or `system`; without it the reader
 * chooses), `embedded` (a tile of somebody else's dashboard: no rail, no settings).
 */
export class VatioEnergy extends LitElement {
  static override styles = [tokens, base, layout, cards];
  static override properties = {
    theme: { type: String },
    embedded: { type: Boolean },
    loginOpen: { state: true },
  };
  declare theme: ThemeChoice | undefined;
  declare embedded: boolean;
  declare loginOpen: boolean;

  readonly #preferences = openPreferences();
  readonly #systemDark = window.matchMedia("(prefers-color-scheme: dark)");
  #session: EnergySession | undefined;
  #tick: number | undefined;
  #frame: number | undefined;
  #paintedAt = 0;
  #spoken: Spoken | undefined;
  #title = "";
  #spoke: (Omit<Speech, "now"> & { readonly key: string }) | undefined;

  constructor() {
    super();
    this.embedded = false;
    this.loginOpen = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const api = makeEnergyApi(ROOT, () => this.#language());
    this.#session = new EnergySession(api, () => this.#changed());
    this.#tick = window.setInterval(() => this.requestUpdate(), 1000);
    this.#systemDark.addEventListener("change", this.#repaint);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#session?.close();
    clearInterval(this.#tick);
    clearTimeout(this.#frame);
    this.#frame = undefined;
    this.#systemDark.removeEventListener("change", this.#repaint);
  }

  readonly #repaint = (): void => this.requestUpdate();

  /** A burst of readings is one picture, and a flood of them four a second: more cost power and show nothing. */
  #changed(): void {
    if (this.#frame !== undefined) return;
    const paint = (): void => {
      this.#frame = undefined;
      this.#paintedAt = performance.now();
      this.requestUpdate();
    };
    const wait = this.#paintedAt + PAINT_MS - performance.now();
    this.#frame = window.setTimeout(() => requestAnimationFrame(paint), Math.max(0, wait));
  }

  #language(): Language | undefined {
    const site = this.#session?.state?.site.language;
    return pickLanguage(this.#preferences.read("language"), navigator.languages, site);
  }

  #themeChoice(): ThemeChoice {
    const choice = this.theme ?? this.#preferences.read("theme");
    return choice === "light" || choice === "dark" ? choice : "system";
  }

  #theme(): Theme {
    const choice = this.#themeChoice();
    if (choice !== "system") return choice;
    return this.#systemDark.matches ? "dark" : "light";
  }

  protected override willUpdate(): void {
    this.#session?.applyQueue();
    this.dataset.theme = this.#theme();
  }

  protected override render(): TemplateResult | typeof nothing {
    const session = this.#session;
    if (!session) return nothing;
    const speech = this.#speech(session);
    const { language } = speech.format;
    return html`<div class="app ${this.embedded ? "embedded" : ""}" lang=${language}>
      ${this.embedded ? nothing : viewRail(speech.text, this.#settings(speech))}
      <main>${this.#main(session, speech)}</main>
    </div>`;
  }

  protected override updated(): void {
    if (!this.#session) return;
    const { text, format } = this.#speech(this.#session);
    const { language } = format;
    const { state } = this.#session;
    const kw = state?.power.homeKw;
    const name = state ? siteName(state, text) : text("brand");
    const title = kw === undefined ? name : text("title.tab", { power: format.kw(kw), site: name });
    if (this.#title === language + title) return;
    this.#title = language + title;
    const detail: TitleDetail = { title, language };
    this.dispatchEvent(new CustomEvent(TITLE_EVENT, { detail, bubbles: true, composed: true }));
  }

  /** Making the formats costs more than using them: they are kept while language and site stay. */
  #speech(session: EnergySession): Speech {
    const language = this.#language() ?? "en-US";
    const { timeZone: zone = "UTC", currency = "EUR" } = session.state?.site ?? {};
    const key = `${language} ${zone} ${currency}`;
    if (this.#spoke?.key !== key) {
      this.#spoke = { key, text: makeText(language), format: makeFormat({ language, zone, currency }) };
    }
    return { text: this.#spoke.text, format: this.#spoke.format, now: session.now() };
  }

  #main(session: EnergySession, speech: Speech): TemplateResult {
    const { state, refusal } = session;
    const { text } = speech;
    if (this.loginOpen || (refusal && mustLogIn(refusal))) return this.#login(session, speech);
    if (!state) {
      if (!refusal) return html`<p class="alone muted" role="status">${text("mode.connecting")}</p>`;
      return html`<section class="card alone" role="alert">
        <h2>${text("problem.title")}</h2>
        <p>${refusalText(refusal, text)}</p>
      </section>`;
    }

    const fresh = toFreshness(session.mode, session.lastAt, speech.now);
    const age =
      "at" in fresh
        ? { ago: speech.format.ago(fresh.at, speech.now), time: speech.format.moment(fresh.at, speech.now) }
        : {};
    return html`<header>
        <h1>${text("title.now", { site: siteName(state, text) })}</h1>
        <span class="mode ${fresh.kind}" data-part="mode">${text(`mode.${fresh.kind}`, age)}</span>
      </header>
      <p class="unseen" aria-live="polite">${this.#announcement(session, speech)}</p>
      ${hero(state, speech)}
      <section class="card flow" aria-labelledby="flow-title">
        <h2 id="flow-title">${text("flow.title")}</h2>
        <vatio-flow-picture .model=${{ state, speech }}></vatio-flow-picture>
      </section>
      ${this.#checks(session, state, speech)}
      <section class="card line">
        <vatio-line-chart
          .model=${{
            lines: session.lines,
            hours: session.hours,
            loading: session.loading,
            kind: state.site.kind,
            contractedKw: state.site.contractedKw,
            zone: state.site.timeZone,
            theme: this.#theme(),
            speech,
          }}
          @hours=${(event: CustomEvent<Hours>) => void session.showHours(event.detail)}
        ></vatio-line-chart>
      </section>
      <div class="side">
        ${alerts(state.alerts, speech)} ${advice(state.advice, speech)}
        ${devices(state.devices, speech, {
          problems: session.deviceProblems,
          sending: session.sending,
          switchTo: (id, on) => void session.switchDevice(id, on),
          openLogin: this.#openLogin,
        })}
      </div>`;
  }

  /** Nothing until something is doubted; what was decided can be looked up and undone ever after. */
  #checks(
    { checks, openValues: open }: EnergySession,
    { site, scopes, hasRulings }: StateDoc,
    speech: Speech,
  ): unknown {
    if (checks.list.length === 0 && !checks.problems.has("list") && !hasRulings) return nothing;
    const model: ValueChecksModel = {
      ...{ checks, open, speech, openLogin: this.#openLogin },
      mayDecide: scopes.includes("admin"),
      pricePerKwh: site.pricePerKwh,
      zone: site.timeZone,
    };
    return html`<section class="card checks" aria-labelledby="checks-title">
      <h2 id="checks-title">${speech.text("checks.title")}</h2>
      <vatio-value-checks .model=${model}></vatio-value-checks>
    </section>`;
  }

  readonly #openLogin = (): void => {
    this.loginOpen = true;
  };

  #announcement(session: EnergySession, { text, format, now }: Speech): string {
    const { state } = session;
    const kw = state?.power.homeKw;
    if (!state || kw === undefined) return "";
    this.#spoken = nextSpoken(this.#spoken, kw, now);
    return text("hero.spoken", { title: text(`hero.title.${state.site.kind}`), power: format.kw(this.#spoken.kw) });
  }

  #login(session: EnergySession, { text }: Speech): TemplateResult {
    const login = async (token: string): ReturnType<EnergySession["login"]> => {
      const refusal = await session.login(token);
      if (!refusal) {
        this.loginOpen = false;
        this.#preferences.write("loggedIn", "yes");
      }
      return refusal;
    };
    const back = session.state
      ? () => {
          this.loginOpen = false;
        }
      : undefined;
    return html`<section class="card alone" aria-labelledby="login-title">
      <h2 id="login-title">${text("login.title")}</h2>
      <vatio-login-form .model=${{ text, sentence: session.refusal?.detail, login, back }}></vatio-login-form>
    </section>`;
  }

  #settings({ text, format }: Speech): TemplateResult {
    return settings(text, {
      theme: this.theme === undefined ? this.#themeChoice() : undefined,
      language: format.language,
      loggedIn: this.#preferences.read("loggedIn") !== undefined,
      chooseTheme: (theme) => {
        this.#preferences.write("theme", theme === "system" ? undefined : theme);
        this.requestUpdate();
      },
      chooseLanguage: (language) => {
        this.#preferences.write("language", language);
        this.requestUpdate();
        void this.#session?.reload();
      },
      logout: () => {
        this.#preferences.write("loggedIn", undefined);
        void this.#session?.logout();
      },
    });
  }
}

/** A site that nobody named is called what it is. */
const siteName = ({ site }: StateDoc, text: Text): string => site.name.trim() || text(`kind.${site.kind}`);

define("vatio-energy", VatioEnergy);
