import type { ReportDoc } from "../../../lib/api/types";
import type { CountKey, TextKey, Values } from "../texts";
import type { Speech } from "../views/view";

export type MeterReportDoc = ReportDoc["meters"][number];

/** A sentence of a report; `check`: somebody should look at it. */
export interface Finding {
  readonly kind: "plain" | "check";
  readonly text: string;
}

/** A sentence with a count, in the form that the count takes. */
export function counted({ text, format }: Speech, key: CountKey, count: number, values: Values = {}): string {
  const form = `${key}.${format.plural(count)}` as TextKey;
  return text(form, { count: format.plain(count), ...values });
}

/** What an import would do to one meter, sentence by sentence. `given`: the file's energies take the place of earlier files'. */
export function findings(meter: MeterReportDoc, given: boolean, speech: Speech): Finding[] {
  const { text, format } = speech;
  const moment = (instant: string): string => format.instant(Date.parse(instant));
  const found: Finding[] = [];
  const say = (kind: Finding["kind"], sentence: string): void => void found.push({ kind, text: sentence });
  const many = (kind: Finding["kind"], key: CountKey, count: number, values: Values = {}): void => {
    if (count > 0) say(kind, counted(speech, key, count, values));
  };

  const { stored, doubles, holes, resets, zeros, outOfOrder, suspectedUnit } = meter;
  if (stored.same + stored.differing === 0) say("plain", text("data.report.allNew"));
  many("plain", "data.report.storedSame", stored.same);
  many("check", given ? "data.report.storedReplaced" : "data.report.storedDiffering", stored.differing);
  many("plain", "data.report.doublesSame", doubles.same);
  many("check", "data.report.doublesDiffering", doubles.differing);
  many("plain", "data.report.outOfOrder", outOfOrder);

  const [hole] = holes.first;
  if (hole) many("check", "data.report.holes", holes.count, { from: moment(hole.from), to: moment(hole.to) });
  const [reset] = resets.first;
  if (reset) {
    const amount = (value: number): string =>
      reset.measure === "volumeM3" ? `${format.plain(value)} m³` : `${format.plain(value / 1000)} kWh`;
    const fall = { at: moment(reset.at), before: amount(reset.before), after: amount(reset.after) };
    many("check", "data.report.resets", resets.count, fall);
  }
  if (zeros) say("check", text("data.report.zeros", { from: moment(zeros.from), to: moment(zeros.to) }));
  if (suspectedUnit) {
    const { meanKw, maxKw } = suspectedUnit;
    const power = (kw: number): string => (kw < 0.1 ? `${format.energy(kw * 1000)} W` : `${format.energy(kw)} kW`);
    say("check", text("data.report.unit", { mean: power(meanKw), max: power(maxKw) }));
  }
  return found;
}

/** How many rows of which time, and how far they are from each other. */
export function spanOf({ rows, from, to, stepMs }: MeterReportDoc, speech: Speech): string {
  const { text, format } = speech;
  const span = { from: format.instant(Date.parse(from)), to: format.instant(Date.parse(to)) };
  const said = counted(speech, "data.report.span", rows, span);
  return stepMs === undefined ? said : `${said}, ${text("data.report.step", { step: format.duration(stepMs) })}`;
}

/** Rows that cannot be read, and why. */
export function errorsOf(errors: ReportDoc["errors"], speech: Speech): string[] {
  return errors.map(({ text, count, lines }) =>
    counted(speech, "data.report.refused", count, {
      why: text,
      lines: speech.format.list(lines.map((line) => speech.format.plain(line))),
    }),
  );
}
