import { NOTHING, readings, refused, type Decoded, type DraftPhase, type DraftReading } from "../decoded";
import type { DecodeSettings, Family } from "../family";
import type { Memory } from "../memory";
import { amps, put, putElectrical, putPhase, says, sum, volts, wattHours, watts } from "../measures";
import { isBody, objectAt, objectOf, type Body, type Message } from "../message";
import { digitInstantOf, isAhead } from "../stamps";
import { groupsIn, isTicText, type Groups } from "../tic-frame";

/** The registers of each contract: their sum is the meter's. Standard frames say the sum themselves. */
const CONTRACTS: readonly (readonly string[])[] = [
  ["BASE"],
  ["HCHC", "HCHP"],
  ["EJPHN", "EJPHPM"],
  ["BBRHCJB", "BBRHPJB", "BBRHCJW", "BBRHPJW", "BBRHCJR", "BBRHPJR"],
];
const SUPPLIER = Array.from({ length: 10 }, (_, index) => `EASF${String(index + 1).padStart(2, "0")}`);
/** Labels that only a Linky has. */
const OWN = ["ADCO", "ADSC", "PAPP", "SINSTS", "PTEC", "OPTARIF", "HCHC", "HCHP", "IINST", "EASF01", "NGTF"];

/** The registers that a device said, with when: in messages of changes, those of the other tariffs stand still. */
type Registers = Map<string, { readonly wh: number; readonly at: number }>;
const FRESH_MS = 24 * 3_600_000;

/**
 * Linky and older French meters: frames of the TIC, historic or standard, whole or cut, each line with its check sum; and the
 * object `TIC` of Tasmota, which may hold changes only. Power is apparent (VA); registers are in Wh.
 */
export const teleinfo: Family = {
  profile: "teleinfo",
  about: {
    name: "Linky (Téléinfo)",
    topics: ["<any>", "tele/<topic>/SENSOR", "<prefix>/tele/SENSOR"],
    fields: [
      { measure: "importWh", from: "EAST, BASE, HCHC + HCHP, EJPHN + EJPHPM, BBRH…", unit: "Wh" },
      { measure: "exportWh", from: "EAIT", unit: "Wh" },
      { measure: "tariffs", from: "HCHC, HCHP, …, EASF01, EASF02, …", unit: "Wh" },
      { measure: "electrical", from: "PAPP, SINSTS, IINST, IRMS1, URMS1, SINSTS1", unit: "VA, A, V" },
    ],
    tested: ["TIC historique"],
  },
  recognises: (message, memory) => {
    const body = objectOf(message);
    if (body) return ticIn(body) !== undefined;
    if (typeof message.value !== "string") return false;
    const before = memory.known("tic", message.topic) as Left | undefined;
    return isTicText(message.value) || (before !== undefined && isFresh(before, message.at));
  },

  decode(message, settings, memory) {
    const body = objectOf(message);
    if (body) {
      const tic = ticIn(body);
      return tic ? decodeTic(tic, message, settings, memory) : NOTHING;
    }
    const text = message.bytes ? message.bytes.toString("latin1") : String(message.value ?? "");
    const before = memory.of<Left>("tic", message.topic, () => ({ text: "", at: 0 }));
    const { groups, left, damaged } = groupsIn(isFresh(before, message.at) ? before.text : "", text);
    before.text = left;
    before.at = message.at;
    // One line is wrong: its register would be missing in the sum, or another's.
    if (damaged !== undefined) return refused("damaged", damaged);
    return groups.size > 0 ? readings(measuresOf(groups, message, settings, memory)) : NOTHING;
  },
};

/** When a piece came last, and its last line where that has not ended. */
interface Left {
  text: string;
  at: number;
}
/** A piece that is older than this has lost its next one. */
const LEFT_MS = 30_000;

function isFresh(before: Left, at: number): boolean {
  return Math.abs(at - before.at) <= LEFT_MS;
}

/** The object of labels, alone or under `TIC`. */
function ticIn(body: Body): Body | undefined {
  const tic = objectAt(body, "TIC");
  if (tic) return tic;
  return OWN.some((label) => Object.hasOwn(body, label)) ? body : undefined;
}

/** The readings of an object of labels: `{"PAPP": 180}`, or `{"PAPP": {"value": 180}}`. */
export function decodeTic(tic: Body, message: Message, settings: DecodeSettings, memory: Memory): Decoded {
  const groups: Groups = new Map();
  let keys = 0;
  for (const label in tic) {
    if (++keys > MOST_LABELS) break;
    const said = tic[label];
    const value = isBody(said) && Object.hasOwn(said, "value") ? (said as Body).value : said;
    if (typeof value === "string" || typeof value === "number") groups.set(label, { value: String(value) });
  }
  return readings(measuresOf(groups, message, settings, memory));
}
const MOST_LABELS = 200;

function measuresOf(groups: Groups, message: Message, settings: DecodeSettings, memory: Memory): DraftReading[] {
  const value = (label: string): string | undefined => groups.get(label)?.value;
  const draft: DraftReading = {};
  putRegisters(draft, groups, message, memory);
  put(draft, "exportWh", wattHours(value("EAIT")));

  const whole: DraftPhase = {};
  put(whole, "apparentVa", watts(value("PAPP")) ?? watts(value("SINSTS")));
  const phases = [1, 2, 3].map((phase) => phaseOf(groups, phase));
  const isThreePhase = phases.slice(1).some((phase) => Object.keys(phase).length > 0);
  put(whole, "currentA", amps(value("IINST")));
  putElectrical(draft, isThreePhase ? whole : { ...phases[0], ...whole });
  if (isThreePhase) phases.forEach((phase, index) => putPhase(draft, index, phase));
  if (!says(draft)) return [];

  draft.role = "grid";
  put(draft, "serial", (value("ADCO") ?? value("ADSC"))?.slice(0, LONGEST_SERIAL));
  // Only standard frames have a stamp; a lower-case letter says that the clock was not set.
  const at = digitInstantOf(groups.get("DATE")?.stamp ?? value("DATE"), settings.zone, message.at);
  if (at !== undefined && !isAhead(at, message.at)) draft.at = at;
  return [draft];
}

const LONGEST_SERIAL = 20;

function phaseOf(groups: Groups, phase: number): DraftPhase {
  const draft: DraftPhase = {};
  const first = (...labels: readonly string[]): string | undefined =>
    labels.map((label) => groups.get(`${label}${phase}`)?.value).find((value) => value !== undefined);
  put(draft, "currentA", amps(first("IINST", "IRMS")));
  put(draft, "voltageV", volts(first("URMS")));
  put(draft, "apparentVa", watts(first("SINSTS")));
  return draft;
}

function putRegisters(draft: DraftReading, groups: Groups, { topic, at }: Message, memory: Memory): void {
  const known = memory.of<Registers>("tic registers", topic, () => new Map());
  const said = [...CONTRACTS.flat(), ...SUPPLIER].filter((label) => groups.has(label));
  for (const label of said) {
    const wh = wattHours(groups.get(label)?.value);
    if (wh !== undefined) known.set(label, { wh, at });
  }
  const now = (label: string): number | undefined => {
    const register = known.get(label);
    return register && at - register.at <= FRESH_MS ? register.wh : undefined;
  };

  const contract = CONTRACTS.find((labels) => labels.some((label) => said.includes(label))) ?? [];
  const all = contract.map(now);
  put(draft, "importWh", wattHours(groups.get("EAST")?.value) ?? (all.includes(undefined) ? undefined : sum(all)));
  const isStandard = said.some((label) => label.startsWith("EASF"));
  const tariffs = (isStandard ? SUPPLIER : contract).flatMap((label, index) => {
    const importWh = now(label);
    // The supplier has ten places, most of them empty.
    return importWh === undefined || (isStandard && importWh === 0) ? [] : [{ name: String(index + 1), importWh }];
  });
  if (contract.length !== 1 && tariffs.length > 0) draft.tariffs = tariffs;
}
