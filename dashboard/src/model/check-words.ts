import type { QuarantinedDoc, RulingDoc } from "../../../lib/api/types";
import type { TextKey } from "../texts";
import type { Speech } from "../views/view";

type Value = QuarantinedDoc["value"];
type Words = Omit<Speech, "now">;

const NO_BREAK = "\u00a0";

/** The registers by what a person calls them. */
const SUBJECTS: Readonly<Record<string, TextKey>> = {
  importWh: "checks.subject.importWh",
  exportWh: "checks.subject.exportWh",
  volumeM3: "checks.subject.volumeM3",
};

/** What a register did. */
const HAPPENED: Readonly<Record<string, TextKey>> = {
  dip: "checks.dip",
  spike: "checks.spike",
  pending: "checks.pending",
  reset: "checks.reset",
  rollover: "checks.rollover",
  swap: "checks.swap",
};

/** What happened, in plain words. */
export function whatHappened(found: QuarantinedDoc, words: Words): string {
  const { path, reason, unit, value, winner, energyKwh } = found;
  const { text } = words;
  if (found.reading)
    return text(reason === "beyond" ? "checks.beyond" : "checks.instant", { reading: said(found, words) });
  const own = (texts: Readonly<Record<string, TextKey>>, key: string): TextKey | undefined =>
    Object.hasOwn(texts, key) ? texts[key] : undefined;
  const subject = own(SUBJECTS, path);
  const values = {
    ...{ value: amount(value, unit, words), winner: amount(winner, unit, words), path },
    subject: subject ? text(subject) : path,
  };
  if (reason === "differs") return text(winner === undefined ? "checks.differsPlain" : "checks.differs", values);
  if (unit === "kW") return text("checks.power", values);
  if (reason === "jump" && energyKwh !== undefined)
    return text("checks.jump", { ...values, energy: amount(energyKwh, "kWh", words) });
  if (reason === "jump") return text("checks.jumpTo", values);
  return text((subject && own(HAPPENED, reason)) ?? "checks.unknown", values);
}

/** What accepting it would count, and what that costs where a price is known; nothing where nobody can say. */
export function atStake(found: QuarantinedDoc, pricePerKwh: number | undefined, words: Words): string | undefined {
  const { energyKwh, path, status } = found;
  if (!energyKwh || status !== "open") return undefined;
  const energy = amount(energyKwh, "kWh", words);
  if (pricePerKwh === undefined || path !== "importWh") return words.text("checks.stake", { energy });
  return words.text("checks.stakeMoney", { energy, money: words.format.money(energyKwh * pricePerKwh) });
}

/** What a decision did. */
export function whatWasDone({ kind, path, value, unit }: RulingDoc, { text, format, now }: Speech): string {
  const words = { text, format };
  if (path !== "*" || kind === "swap" || kind === "discard") {
    return text(`checks.done.${kind}`, { value: amount(value, unit, words) });
  }
  if (kind === "accept") return text("checks.done.take");
  return text("checks.done.move", { time: format.moment(Date.parse(String(value)), now) });
}

/** All that a whole reading says. */
function said({ reading = {} }: QuarantinedDoc, words: Words): string {
  const { text, format } = words;
  const { kw, importKwh, exportKwh, volumeM3 } = reading;
  const parts = [
    ...(kw === undefined ? [] : [amount(kw, "kW", words)]),
    ...(importKwh === undefined ? [] : [text("checks.imported", { energy: amount(importKwh, "kWh", words) })]),
    ...(exportKwh === undefined ? [] : [text("checks.exported", { energy: amount(exportKwh, "kWh", words) })]),
    ...(volumeM3 === undefined ? [] : [amount(volumeM3, "m³", words)]),
  ];
  return parts.length === 0 ? text("checks.nothing") : format.list(parts);
}

function amount(value: Value, unit: QuarantinedDoc["unit"], { format }: Words): string {
  const plain = typeof value === "number" ? format.plain(value) : (value ?? "");
  return unit === undefined ? plain : `${plain}${NO_BREAK}${unit}`;
}
