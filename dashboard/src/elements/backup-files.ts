import { html, LitElement, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { BackupDoc } from "../../../lib/api/types";
import type { BackupList } from "../model/backup-list";
import { base } from "../styles/base";
import { cards } from "../styles/cards";
import { data } from "../styles/data";
import { counted } from "../model/report-words";
import { refused } from "../views/refused";
import { fileField, sending } from "../views/send-file";
import type { Speech } from "../views/view";
import { define } from "./define";

export interface BackupFilesModel {
  readonly backups: BackupList;
  /** A backup is given to a site without history alone. */
  readonly isEmpty: boolean;
  readonly zone: string;
  readonly speech: Speech;
  backupUrl(name: string): string;
  openLogin(): void;
}

/** The copies of the whole database: which there are, one more, one to take away, and the way back into an empty site. */
export class BackupFiles extends LitElement {
  static override styles = [base, cards, data];
  static override properties = { model: { attribute: false }, asked: { state: true } };
  declare model: BackupFilesModel | undefined;
  /** The backup whose restoring waits for a second yes. */
  declare asked: string | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.updateComplete.then(() => {
      if (this.isConnected) this.model?.backups.watch();
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.model?.backups.leave();
  }

  protected override render(): TemplateResult | typeof nothing {
    if (!this.model) return nothing;
    const { backups, speech, openLogin } = this.model;
    const { doc, making, problem, restored } = backups;
    const { text } = speech;
    const said = refused(problem, text, openLogin);
    if (!doc) return html`${said}`;
    if (!doc.possible) return html`<p class="empty">${text("data.backup.server")}</p>`;
    const busy = making || doc.making;
    const { dailyAt, keep } = doc;
    return html`<p class="explain">
        ${dailyAt === undefined ? text("data.backup.noDaily") : text("data.backup.daily", { time: dailyAt })}
        ${counted(speech, "data.backup.keep", keep)} ${text("data.backup.elsewhere")}
      </p>
      <div class="choices">
        <button class="button main" ?disabled=${busy} @click=${() => void backups.make()}>
          ${text(busy ? "data.backup.making" : "data.backup.make")}
        </button>
      </div>
      ${busy ? html`<progress aria-label=${text("data.backup.making")}></progress>` : nothing} ${said} ${this.#place()}
      <p class="said" role="status">${restored ? text("data.backup.restored") : this.#arrived()}</p>
      ${doc.backups.length === 0 ? html`<p class="empty">${text("data.backup.empty")}</p>` : nothing}
      <ul class="rows">
        ${repeat(
          doc.backups,
          ({ name }) => name,
          (one, index) => this.#row(one, index),
        )}
      </ul>`;
  }

  /** Where a backup that somebody has as a file comes in, as long as it may. */
  #place(): TemplateResult | typeof nothing {
    const { backups, isEmpty, speech } = this.#parts();
    const { text } = speech;
    if (backups.restored) return nothing;
    if (!isEmpty) return html`<p class="explain">${text("data.backup.notEmpty")}</p>`;
    if (backups.upload) return sending(backups.upload, speech);
    return html`<label class="drop">
      ${fileField((files) => {
        const file = files?.[0];
        if (file) void backups.send(file);
      })}
      <span class="button">${text("data.backup.send")}</span>
      <small>${text("data.backup.sendExplain")}</small>
    </label>`;
  }

  #arrived(): string {
    const { backups, speech, zone } = this.#parts();
    const { sent } = backups;
    if (!sent) return "";
    const { timeZone: other = zone } = sent;
    return other === zone ? speech.text("data.backup.sent") : speech.text("data.backup.sentZone", { other, zone });
  }

  #parts(): BackupFilesModel {
    if (!this.model) throw new Error("drawn without a model");
    return this.model;
  }

  #row({ name, madeAt, bytes, kind }: BackupDoc, index: number): TemplateResult {
    const { backups, isEmpty, speech, backupUrl } = this.#parts();
    const { text, format, now } = speech;
    const described = `backup-${index}`;
    const isAsked = this.asked === name;
    const restore = (): void => {
      if (isAsked) void backups.restore(name);
      this.asked = isAsked ? undefined : name;
    };
    return html`<li class="file">
      <div class="say" id=${described}>
        <strong>${format.moment(Date.parse(madeAt), now)}</strong>
        <small>${text(`data.backup.kind.${kind}`)} · ${name} · ${format.bytes(bytes)}</small>
      </div>
      <div class="choices">
        <a class="button" href=${backupUrl(name)} download=${name} aria-describedby=${described}>
          ${text("data.backup.take")}
        </a>
        ${
          isEmpty && !backups.restored
            ? html`<button
                class="button"
                aria-describedby=${described}
                ?disabled=${backups.restoring !== undefined}
                @click=${restore}
              >
                ${text(isAsked ? "data.backup.sure" : "data.backup.restore")}
              </button>`
            : nothing
        }
      </div>
    </li>`;
  }
}

define("vatio-backup-files", BackupFiles);
