import { html, type TemplateResult } from "lit";
import type { Upload } from "../model/send-file";
import type { Speech } from "./view";

/** A file on its way, with the way to stop it. */
export function sending(upload: Upload, { text, format }: Speech): TemplateResult {
  const said = text("data.import.sending", {
    name: upload.name,
    done: format.bytes(upload.arrived),
    size: format.bytes(upload.size),
  });
  return html`<div class="sending">
    <strong>${said}</strong>
    <progress max=${upload.size} value=${upload.arrived} aria-label=${said}></progress>
    <p class="explain">${text("data.import.stay")}</p>
    <button
      class="button"
      @click=${() => {
        upload.stop.abort();
      }}
    >
      ${text("data.import.cancel")}
    </button>
  </div>`;
}

/** The browser's own way to choose a file; `take` hears of one once, also where the same one is chosen again. */
export function fileField(take: (files: FileList | null) => void): TemplateResult {
  return html`<input
    class="unseen"
    type="file"
    @change=${(event: Event) => {
      const field = event.target as HTMLInputElement;
      take(field.files);
      field.value = "";
    }}
  />`;
}
