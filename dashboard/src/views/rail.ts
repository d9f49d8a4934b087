import { html, nothing, svg, type TemplateResult } from "lit";
import { LANGUAGES, type Language, type Text } from "../texts";

export type ThemeChoice = "light" | "dark" | "system";
const THEMES: readonly ThemeChoice[] = ["system", "light", "dark"];

export type ViewName = "now" | "data";
const ICONS: Readonly<Record<ViewName, string>> = {
  now: "M3 12h4l3-8 4 16 3-8h4",
  data: "M4 6a8 3 0 0 1 16 0v12a8 3 0 0 1-16 0zm0 0a8 3 0 0 0 16 0M4 12a8 3 0 0 0 16 0",
};

/** The view that an address ends with; each has one of its own, to share and to reload. */
export const viewAt = (hash: string): ViewName => (hash === "#data" ? "data" : "now");

/** The brand, the views there are, and the reader's settings. */
export function viewRail(text: Text, shown: ViewName, below: TemplateResult): TemplateResult {
  const view = (name: ViewName): TemplateResult =>
    html`<a href="#${name}" aria-current=${name === shown ? "page" : nothing}>
      <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">${svg`<path d=${ICONS[name]}></path>`}</svg>
      ${text(`views.${name}`)}
    </a>`;
  return html`<nav class="rail" aria-label=${text("views.label")}>
    <div class="brand">
      <svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="M13 2 4 14h7l-1 8 9-12h-7z"></path></svg>
      ${text("brand")}
    </div>
    <div class="views">${view("now")} ${view("data")}</div>
    ${below}
  </nav>`;
}

export interface SettingsModel {
  /** Nothing when the page that holds the element has decided. */
  readonly theme: ThemeChoice | undefined;
  readonly language: Language;
  readonly loggedIn: boolean;
  chooseTheme(theme: ThemeChoice): void;
  chooseLanguage(language: Language): void;
  logout(): void;
}

export function settings(text: Text, model: SettingsModel): TemplateResult {
  const chosen = (event: Event): string => (event.target as HTMLSelectElement).value;
  const theme = (choice: ThemeChoice): TemplateResult =>
    html`<option value=${choice} .selected=${choice === model.theme}>${text(`settings.${choice}`)}</option>`;
  const language = ([tag, name]: [string, string]): TemplateResult =>
    html`<option value=${tag} lang=${tag} .selected=${tag === model.language}>${name}</option>`;
  return html`<div class="settings">
    ${
      model.theme === undefined
        ? nothing
        : html`<label>
            ${text("settings.theme")}
            <select
              @change=${(event: Event) => {
                model.chooseTheme(chosen(event) as ThemeChoice);
              }}
            >
              ${THEMES.map(theme)}
            </select>
          </label>`
    }
    <label>
      ${text("settings.language")}
      <select
        @change=${(event: Event) => {
          model.chooseLanguage(chosen(event) as Language);
        }}
      >
        ${Object.entries(LANGUAGES).map(language)}
      </select>
    </label>
    ${
      model.loggedIn
        ? html`<button
            class="button"
            @click=${() => {
              model.logout();
            }}
          >
            ${text("login.logout")}
          </button>`
        : nothing
    }
  </div>`;
}
