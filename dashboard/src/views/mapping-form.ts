import { html, nothing, type TemplateResult } from "lit";
import type { Mapping } from "../api/history-api";
import {
  hasFreeColumns,
  missingIn,
  roleOf,
  ROLES,
  unitsOf,
  valueAt,
  withRole,
  withUnit,
  type ColumnRole,
  type Unit,
} from "../model/columns";
import type { OpenImport } from "../model/file-imports";
import type { TextKey } from "../texts";
import { chooser, chooserField, textField, zoneChoices, type Choice } from "./fields";
import type { Speech } from "./view";

export interface MappingForm {
  readonly speech: Speech;
  /** Keys of the site's meters. */
  readonly meters: readonly string[];
  readonly zone: string;
  correct(mapping: Mapping): void;
}

const FORMATS: Readonly<Record<Mapping["format"], TextKey>> = {
  csv: "data.format.csv",
  "emoncms-csv": "data.format.emoncms-csv",
  "home-assistant-csv": "data.format.home-assistant-csv",
  "home-assistant-sqlite": "data.format.home-assistant-sqlite",
  "green-button": "data.format.green-button",
  "spanish-hourly": "data.format.spanish-hourly",
  "energy-data-sqlite": "data.format.energy-data-sqlite",
  "vatio-ndjson": "data.format.vatio-ndjson",
  "influx-line": "data.format.influx-line",
};
const DELIMITERS = { ",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "blank" } as const;
const DATES = [
  "iso",
  "epoch-s",
  "epoch-ms",
  "dd/MM/yyyy HH:mm",
  "MM/dd/yyyy HH:mm",
  "yyyy-MM-dd HH:mm:ss",
  "dd.MM.yyyy HH:mm",
];
const STEPS = [1, 5, 10, 15, 30, 60, "day", "month"] as const;
/** Below this a guess is said to be one. */
const SURE = 0.5;
const [SHOWN_COLUMNS, SHOWN_ROWS] = [40, 5];

/** How a file is read, each part of it to be corrected. */
export function mappingForm({ mapping, guess }: OpenImport, form: MappingForm): TemplateResult {
  const { speech, meters, zone, correct } = form;
  const { text } = speech;
  const isTable = hasFreeColumns(mapping);
  const needsName = mapping.meterColumn === undefined && !mapping.format.startsWith("home-assistant");
  const width = Math.max(guess.columns.length, ...guess.sample.map((row) => row.length), 0);
  return html`<div class="fields">
      ${
        needsName
          ? textField(
              {
                label: text("data.map.meter"),
                value: mapping.meter ?? "",
                change: (value) => {
                  correct(withMeter(mapping, value.trim()));
                },
              },
              { id: "meters", suggestions: meters },
            )
          : nothing
      }
      ${chooserField(
        {
          label: text("data.map.format"),
          value: mapping.format,
          change: (value) => {
            correct({ ...mapping, format: value as Mapping["format"] });
          },
        },
        Object.entries(FORMATS).map(([value, key]) => ({ value, label: text(key) })),
      )}
      ${chooserField(
        {
          label: text("data.map.zone"),
          value: mapping.zone,
          change: (value) => {
            correct({ ...mapping, zone: value });
          },
        },
        zoneChoices([mapping.zone, zone]),
      )}
    </div>
    ${width > 0 ? columns(mapping, guess, width, form) : nothing}
    ${isTable || mapping.format === "energy-data-sqlite" ? details(mapping, guess, form) : nothing}`;
}

function columns(mapping: Mapping, guess: OpenImport["guess"], width: number, form: MappingForm): TemplateResult {
  const { speech, correct } = form;
  const { text, format } = speech;
  const shown = Array.from({ length: Math.min(width, SHOWN_COLUMNS) }, (_, column) => column);
  const nameOf = (column: number): string =>
    guess.columns[column]?.trim() || text("data.map.column", { number: format.plain(column + 1) });
  const isFree = hasFreeColumns(mapping);
  const hasChoices = isFree || mapping.values.some(({ unit }) => unit !== undefined);
  const roles = ROLES.map((role): Choice => ({ value: role, label: text(`data.role.${role}`) }));

  const role = (column: number): TemplateResult | string =>
    isFree
      ? chooser(
          roles,
          roleOf(mapping, column),
          (value) => {
            correct(withRole(mapping, column, value as ColumnRole));
          },
          text("data.map.role", { column: nameOf(column) }),
        )
      : "";
  const unit = (column: number): TemplateResult | typeof nothing => {
    const value = valueAt(mapping, column);
    const units = value ? unitsOf(value.measure) : [];
    if (!value || units.length === 0) return nothing;
    const choices = units.map((one): Choice => ({ value: one, label: text(`data.unit.${one}`) }));
    const change = (chosen: string): void => {
      correct(withUnit(mapping, column, chosen as Unit));
    };
    return chooser(choices, value.unit ?? "", change, text("data.map.unit", { column: nameOf(column) }));
  };
  const doubt = (column: number): TemplateResult | typeof nothing => {
    const index = guess.mapping.values.findIndex((value) => value.column === column);
    const parts = ["measure", "meaning", "unit"] as const;
    const [told, guessed] = [valueAt(mapping, column), guess.mapping.values[index]];
    const isDoubted = parts.some(
      (part) => isUnsure(guess, `values.${index}.${part}`) && told?.[part] === guessed?.[part],
    );
    return told && isDoubted ? html`<small>${text("data.map.guessed")}</small>` : nothing;
  };

  return html`<div class="scroll" role="region" tabindex="0" aria-label=${text("data.map.table")}>
      <table>
        <thead>
          <tr>
            ${shown.map((column) => html`<th scope="col">${nameOf(column)}</th>`)}
          </tr>
          ${
            hasChoices
              ? html`<tr class="roles">
                  ${shown.map((column) => html`<td>${role(column)} ${unit(column)} ${doubt(column)}</td>`)}
                </tr>`
              : nothing
          }
        </thead>
        <tbody>
          ${guess.sample.slice(0, SHOWN_ROWS).map(
            (row) =>
              html`<tr>
                ${shown.map((column) => html`<td class=${isFree ? roleOf(mapping, column) : ""}>${row[column] ?? ""}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${
      width > shown.length
        ? html`<p class="explain">${text("data.map.moreColumns", { count: format.plain(width - shown.length) })}</p>`
        : nothing
    }`;
}

/** How numbers and times are written: rarely wrong, so that it stays folded unless something is in doubt. */
function details(mapping: Mapping, guess: OpenImport["guess"], form: MappingForm): TemplateResult {
  const { speech, correct } = form;
  const { text, format } = speech;
  const set = (changes: Partial<Mapping>): void => {
    correct({ ...mapping, ...changes });
  };
  const label = (key: TextKey, field?: keyof Mapping): TemplateResult =>
    html`<span>${text(key)}${field && isGuessed(field) ? html` · ${text("data.map.guessed")}` : nothing}</span>`;
  /** Until somebody said otherwise. */
  const isGuessed = (field: keyof Mapping): boolean =>
    isUnsure(guess, field) && mapping[field] === guess.mapping[field];
  const { stepMinutes } = mapping;
  const steps = [...new Set([...STEPS, ...(stepMinutes === undefined ? [] : [stepMinutes])])];
  const stepChoices = [
    { value: "", label: text("data.map.noStep") },
    ...steps.map((step) => ({ value: String(step), label: stepLabel(step) })),
  ];
  const hasIntervals = mapping.values.some(({ meaning }) => meaning === "interval");

  return html`<details ?open=${missingIn(guess.mapping) !== undefined}>
    <summary>${text("data.map.details")}</summary>
    <p class="explain">${text("data.map.dateHint")}</p>
    <div class="fields">
      ${chooserField(
        {
          label: label("data.map.decimal", "decimal"),
          value: mapping.decimal,
          change: (value) => set({ decimal: value as "." | "," }),
        },
        [
          { value: ",", label: text("data.map.comma") },
          { value: ".", label: text("data.map.point") },
        ],
      )}
      ${textField(
        {
          label: label("data.map.date", "dateFormat"),
          value: mapping.dateFormat,
          change: (value) => set({ dateFormat: value.trim() || "iso" }),
        },
        { id: "dates", suggestions: DATES },
      )}
      ${chooserField(
        {
          label: label("data.map.step", hasIntervals ? "stepMinutes" : undefined),
          value: String(stepMinutes ?? ""),
          change: (value) => {
            const { stepMinutes: _, ...rest } = mapping;
            correct(value === "" ? rest : { ...rest, stepMinutes: toStep(value) });
          },
        },
        stepChoices,
      )}
      ${chooserField(
        {
          label: label("data.map.stampAt"),
          value: mapping.stampAt,
          change: (value) => set({ stampAt: value as "start" | "end" }),
        },
        [
          { value: "start", label: text("data.map.start") },
          { value: "end", label: text("data.map.end") },
        ],
      )}
      ${
        mapping.timeColumn === undefined
          ? textField({
              label: label("data.map.first", "start"),
              value: mapping.start ?? "",
              change: (value) => set({ start: value.trim() }),
            })
          : nothing
      }
      ${chooserField(
        {
          label: label("data.map.delimiter", "delimiter"),
          value: mapping.delimiter,
          change: (value) => set({ delimiter: value as Mapping["delimiter"] }),
        },
        Object.entries(DELIMITERS).map(([value, name]) => ({ value, label: text(`data.map.${name}`) })),
      )}
      ${textField(
        {
          label: label("data.map.skip", "skipLines"),
          value: String(mapping.skipLines),
          change: (value) => set({ skipLines: Math.trunc(Number(value)) || 0 }),
        },
        { type: "number" },
      )}
      ${chooserField(
        {
          label: label("data.map.header", "header"),
          value: String(mapping.header),
          change: (value) => set({ header: value === "true" }),
        },
        [
          { value: "true", label: text("data.map.hasHeader") },
          { value: "false", label: text("data.map.noHeader") },
        ],
      )}
    </div>
  </details>`;

  function stepLabel(step: number | "day" | "month"): string {
    if (typeof step === "string") return text(`data.map.${step}`);
    return format.duration(step * 60_000);
  }
}

const isUnsure = ({ sure }: OpenImport["guess"], field: string): boolean => (sure[field] ?? 1) < SURE;

const toStep = (value: string): number | "day" | "month" =>
  value === "day" || value === "month" ? value : Number(value);

function withMeter({ meter: _, ...rest }: Mapping, name: string): Mapping {
  return name === "" ? rest : { ...rest, meter: name };
}
