import { html, LitElement, nothing, type TemplateResult } from "lit";
import type { StateDoc } from "../../../lib/api/types";
import { makeAsker } from "../api/asker";
import { makeEnergyApi } from "../api/energy-api";
import { makeFormat } from "../format";
import { nextSpoken, type Spoken } from "../model/comparison";
import { EnergySession } from "../model/energy-session";
import { toFreshness } from "../model/freshness";
import { openPreferences } from "../model/preferences";
import { mustLogIn, refusalText } from "../model/refusal";
import type { SiteData } from "../model/site-data";
import { base } from "../styles/base";
import { cards } from "../styles/cards";
import { layout } from "../styles/layout";
import { rail } from "../styles/rail";
import { makeText, pickLanguage, type Language, type Text } from "../texts";
import { tokens, type Theme } from "../theme";
import { nowView } from "../views/now";
import { settings, viewAt, viewRail, type ThemeChoice, type ViewName } from "../views/rail";
import type { Speech } from "../views/view";
import { define } from "./define";
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
  static override styles = [tokens, base, layout, rail, cards];
  static override properties = {
    theme: { type: String },
    embedded: { type: Boolean },
    loginOpen: { state: true },
    view: { state: true },
  };
  declare theme: ThemeChoice | undefined;
  declare embedded: boolean;
  declare loginOpen: boolean;
  declare view: ViewName;

  readonly #preferences = openPreferences();
  readonly #systemDark = window.matchMedia("(prefers-color-scheme: dark)");
  #session: EnergySession | undefined;
  /** Nothing until somebody looks at the data. */
  #data: SiteData | undefined;
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
    this.view = "now";
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const asker = makeAsker(ROOT, () => this.#language());
    const session = new EnergySession(makeEnergyApi(asker), () => this.#changed());
    this.#session = session;
    this.#openData = async () => {
      const { openSiteData } = await import("./data-view");
      if (this.#session === session)
        this.#data ??= openSiteData(
          asker,
          () => this.#changed(),
          () => void session.reload(),
        );
      this.#changed();
    };
    window.addEventListener("hashchange", this.#showView);
    this.#showView();
    this.#tick = window.setInterval(() => this.requestUpdate(), 1000);
    this.#systemDark.addEventListener("change", this.#repaint);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#session?.close();
    this.#data?.forgetAll();
    this.#data = undefined;
    window.removeEventListener("hashchange", this.#showView);
    clearInterval(this.#tick);
    clearTimeout(this.#frame);
    this.#frame = undefined;
    this.#systemDark.removeEventListener("change", this.#repaint);
  }

  readonly #repaint = (): void => this.requestUpdate();

  #openData: () => Promise<void> = () => Promise.resolve();
  /** In a tile of somebody else's page the address is theirs. */
  readonly #showView = (): void => {
    this.view = this.embedded ? "now" : viewAt(window.location.hash);
    if (this.view === "data" && !this.#data) void this.#openData();
  };

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
      ${this.embedded ? nothing : viewRail(speech.text, this.view, this.#settings(speech))}
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
    const header = html`<header>
      <h1>${text(`title.${this.view}`, { site: siteName(state, text) })}</h1>
      <span class="mode ${fresh.kind}" data-part="mode">${text(`mode.${fresh.kind}`, age)}</span>
    </header>`;
    if (this.view === "data") return html`${header} ${this.#dataView(state, speech)}`;
    const announcement = this.#announcement(session, speech);
    const now = { theme: this.#theme(), speech, announcement, openLogin: this.#openLogin };
    return html`${header} ${nowView(session, state, now)}`;
  }

  #dataView(state: StateDoc, speech: Speech): TemplateResult {
    const data = this.#data;
    if (!data) return html`<p class="alone muted" role="status">${speech.text("mode.connecting")}</p>`;
    const model = { data, state, speech, openLogin: this.#openLogin };
    return html`<vatio-data-view .model=${model}></vatio-data-view>`;
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
        this.#data?.forgetAll();
        void this.#session?.logout();
      },
    });
  }
}

/** A site that nobody named is called what it is. */
const siteName = ({ site }: StateDoc, text: Text): string => site.name.trim() || text(`kind.${site.kind}`);

define("vatio-energy", VatioEnergy);
