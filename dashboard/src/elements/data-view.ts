import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import type { StateDoc } from "../../../lib/api/types";
import { base } from "../styles/base";
import { cards } from "../styles/cards";
import type { SiteData } from "../model/site-data";
import type { Speech } from "../views/view";
import { define } from "./define";
import "./backup-files";
import "./edit-intervals";
import "./export-form";
import "./import-files";

export { openSiteData } from "../model/site-data";

export interface DataViewModel {
  readonly data: SiteData;
  readonly state: StateDoc;
  readonly speech: Speech;
  openLogin(): void;
}

/** History in and out, backups and corrections. Loaded only when somebody looks at it. */
export class DataView extends LitElement {
  static override styles = [
    base,
    cards,
    css`
      :host {
        display: grid;
        grid-column: 1 / -1;
        grid-template-columns: repeat(12, minmax(0, 1fr));
        gap: inherit;
      }
      .whole {
        grid-column: 1 / -1;
      }
      .half {
        grid-column: span 6;
      }
      .empty + p {
        margin-top: var(--s3);
      }
      @container vatio (max-width: 900px) {
        .half {
          grid-column: 1 / -1;
        }
      }
    `,
  ];
  static override properties = { model: { attribute: false } };
  declare model: DataViewModel | undefined;

  protected override render(): TemplateResult | typeof nothing {
    if (!this.model) return nothing;
    const { data, state, speech, openLogin } = this.model;
    const { text } = speech;
    const zone = state.site.timeZone;
    const meters = state.meters.map(({ key }) => key).sort((one, other) => one.localeCompare(other));
    const may = state.scopes.includes("admin");
    const { imports, backups, edits, exportUrl, backupUrl } = data;
    const card = (
      name: "import" | "export" | "backup" | "edit",
      width: string,
      content: TemplateResult,
    ): TemplateResult =>
      html`<section class="card ${width}" aria-labelledby="${name}-title">
        <h2 id="${name}-title">${text(`data.${name}.title`)}</h2>
        ${content}
      </section>`;

    const exportCard = card(
      "export",
      may ? "half" : "whole",
      html`<vatio-export-form .model=${{ meters, zone, speech, exportUrl }}></vatio-export-form>`,
    );
    if (!may)
      return html`${exportCard}
        <section class="card whole" aria-labelledby="admin-title">
          <h2 id="admin-title">${text("data.admin.title")}</h2>
          <p class="empty">${text("data.admin.explain")}</p>
          <p><button class="button main" @click=${openLogin}>${text("login.open")}</button></p>
        </section>`;
    const isEmpty = meters.length === 0;
    return html`${card(
      "import",
      "whole",
      html`<vatio-import-files .model=${{ imports, meters, zone, speech, openLogin }}></vatio-import-files>`,
    )}
    ${exportCard}
    ${card(
      "backup",
      "half",
      html`<vatio-backup-files
        .model=${{ backups, isEmpty, zone, speech, backupUrl, openLogin }}
      ></vatio-backup-files>`,
    )}
    ${card(
      "edit",
      "whole",
      html`<vatio-edit-intervals .model=${{ edits, meters, zone, speech, openLogin }}></vatio-edit-intervals>`,
    )}`;
  }
}

define("vatio-data-view", DataView);
