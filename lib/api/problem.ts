import type { z } from "zod";
import { EnergyError, type ErrorCode } from "../errors";
import type { Language } from "../energy/site-facts";
import type { ProblemDoc } from "./types";
import { Refused, type RefusalCode, type Sentence } from "./refused";
import en from "./texts/en-US.json";
import es from "./texts/es-ES.json";

const TEXTS: Record<Language, typeof en> = { "en-US": en, "es-ES": es };

const STATUS = {
  "invalid-config": 500,
  "invalid-reading": 400,
  "invalid-query": 400,
  "invalid-command": 400,
  "no-answer": 502,
  "query-too-long": 503,
  "storage-busy": 503,
  "storage-failed": 503,
  "storage-damaged": 500,
  "broker-offline": 503,
  "channel-failed": 502,
  forbidden: 403,
  "not-logged-in": 401,
  "not-found": 404,
  "wrong-content-type": 415,
  "too-large": 413,
  "too-many-requests": 429,
  "not-ready": 503,
} as const satisfies Record<ErrorCode | RefusalCode, number>;

/** What went wrong, told to the asker: RFC 9457. What is inside an error of ours stays inside unless the asker caused it. */
export function toProblem(error: unknown, language: Language): ProblemDoc {
  if (error instanceof Refused) {
    return problem(
      language,
      error.code,
      fill(TEXTS[language].detail[error.sentence], error.details.values),
      error.details.field,
    );
  }
  if (error instanceof EnergyError) {
    const status = STATUS[error.code];
    const detail = status < 500 ? error.message : TEXTS[language].detail[hidden(error.code)];
    return problem(language, error.code, detail, error.field);
  }
  return { ...problem(language, "unexpected", TEXTS[language].detail.unexpected), status: 500 };
}

/** What a schema found wrong first, as a problem document would name it. */
export function toInvalid(error: z.ZodError): EnergyError {
  const issue = error.issues[0];
  const unknown = issue?.code === "unrecognized_keys" ? issue.keys[0] : undefined;
  const path = [...(issue?.path ?? []), ...(unknown === undefined ? [] : [unknown])];
  const field = path.map(String).join(".") || "body";
  return new EnergyError("invalid-query", `${field}: ${issue?.message ?? "not right"}`, { field });
}

function hidden(code: ErrorCode): Sentence {
  if (code === "query-too-long") return "tooSlow";
  return code.startsWith("storage-") ? "storageFailed" : "unexpected";
}

const fill = (text: string, values: Readonly<Record<string, string | number>> = {}): string =>
  text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));

function problem(
  language: Language,
  code: ErrorCode | RefusalCode | "unexpected",
  detail: string,
  field?: string,
): ProblemDoc {
  const titles: Record<string, string> = TEXTS[language].title;
  const status = code === "unexpected" ? 500 : STATUS[code];
  const title = titles[code] ?? titles[status < 500 ? "invalid-query" : "unexpected"] ?? code;
  return { type: "about:blank", title, status, code, detail, ...(field !== undefined && { field }) };
}
