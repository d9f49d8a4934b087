import { NOTHING, readings, type DraftPhase, type DraftReading } from "../decoded";
import type { DecodeSettings, Family } from "../family";
import { amps, cosine, hertz, net, put, putElectrical, putPhase, says, sum, volts } from "../measures";
import { objectAt, objectOf, type Body, type Message } from "../message";
import { scaled, within } from "../numbers";
import { instantOf, localInstantOf } from "../stamps";

/** Grott passes registers on as integers: tenths of W, V and A, … */
const TENTH = 0.1;
/** … hundredths of Hz and of a battery's V, … */
const HUNDREDTH = 0.01;
/** … and tenths of kWh. */
const TENTH_KWH = 100;

/** Registers by their names in the layouts of the many models, the best first. */
const POWER = ["pvpowerout", "op_watt", "pac", "pvgridpower"];
const PRODUCED = ["pvenergytotal", "eactotal", "eactot", "epvtotal", "epvTotal"];
const VOLTAGES = [["pvgridvoltage", "outputvolt"], ["pvgridvoltage2"], ["pvgridvoltage3"]];
const CURRENTS = [["pvgridcurrent", "OP_Curr"], ["pvgridcurrent2"], ["pvgridcurrent3"]];
const POWERS = [["pvgridpower"], ["pvgridpower2"], ["pvgridpower3"]];
const FREQUENCY = ["pvfrequentie", "outputfreq", "frequency"];
const TO_USER = ["pactousertot", "ptousertotal", "pactouserr"];
const TO_GRID = ["pactogridtot", "ptogridtotal", "pactogridr"];
const TO_LOAD = ["plocaloadtot", "ptoloadtotal", "plocaloadr"];
const USER_TOTAL = ["etouser_tot", "etousertotal"];
const GRID_TOTAL = ["etogrid_tot", "etogridtotal"];
const LOAD_TOTAL = ["elocalload_tot", "eloadtotal"];
const CHARGING = ["p1charge1", "pcharge1", "bdc1_pchr"];
const DISCHARGING = ["pdischarge1", "bdc1_pdischr", "BatDischarWatt"];
const CHARGED = ["eharge1_tot", "echrtotal", "bdc1_echrtotal"];
const DISCHARGED = ["edischarge1_tot", "edischrtotal", "bdc1_edischrtotal", "ebatDischarTotal"];
const SOC = ["SOC", "batterySoc", "bdc1_soc", "bms_soc"];

/** `energy/growatt` of the proxy Grott: {"device", "time", "buffered", "values"}, the inverter's registers unscaled. */
export const growatt: Family = {
  profile: "growatt",
  about: {
    name: "Growatt (Grott)",
    topics: ["energy/growatt", "energy/growatt/<device>", "energy/meter"],
    fields: [
      { measure: "powerW", from: "pvpowerout, pactousertot, pactogridtot, pos_rev_act_power", unit: "0.1 W" },
      { measure: "importWh", from: "pvenergytotal, etouser_tot, pos_act_energy", unit: "0.1 kWh" },
      { measure: "exportWh", from: "etogrid_tot, edischarge1_tot, rev_act_energy", unit: "0.1 kWh" },
      { measure: "electrical", from: "pvgridvoltage, pvgridcurrent, pvfrequentie", unit: "0.1 V, 0.1 A, 0.01 Hz" },
      { measure: "socPercent", from: "SOC, batterySoc", unit: "%" },
    ],
    tested: [],
    switchedBy: "generic",
  },
  recognises: (message) => {
    const body = objectOf(message);
    if (!body || objectAt(body, "values") === undefined || typeof body.device !== "string") return false;
    return "buffered" in body || message.parts.includes("growatt");
  },

  decode(message, settings) {
    const body = objectOf(message);
    const values = body && objectAt(body, "values");
    if (!values) return NOTHING;
    const at = stampOf(body, message, settings);
    // A record that was kept while no one listened is of its own time, or of none.
    if (body.buffered === "yes" && at === undefined) return NOTHING;
    const drafts = isMeter(values) ? [meter(values)] : inverter(values);
    for (const draft of drafts) {
      if (typeof body.device === "string" && body.device !== "") {
        draft.name = body.device.slice(0, 100);
        draft.serial = draft.name;
      }
      put(draft, "at", at);
    }
    return readings(drafts.filter(says));
  },
};

function stampOf(body: Body, { at, retained }: Message, { zone }: DecodeSettings): number | undefined {
  if (body.buffered !== "yes") return localInstantOf(body.time, zone, at, retained);
  const then = instantOf(body.time, zone, at);
  return then !== undefined && then <= at ? then : undefined;
}

/** The first of these registers that the layout has. */
function first(values: Body, names: readonly string[], factor: number): number | undefined {
  for (const name of names) {
    const raw = values[name];
    const value = raw === undefined ? undefined : scaled(raw, factor);
    if (value !== undefined) return value;
  }
  return undefined;
}

function inverter(values: Body): DraftReading[] {
  const solar: DraftReading = { role: "solar" };
  put(solar, "powerW", first(values, POWER, TENTH));
  put(solar, "importWh", first(values, PRODUCED, TENTH_KWH));
  putConnection(solar, values);

  const grid: DraftReading = { role: "grid", channel: "grid" };
  put(grid, "powerW", net(first(values, TO_USER, TENTH), first(values, TO_GRID, TENTH)));
  put(grid, "importWh", first(values, USER_TOTAL, TENTH_KWH));
  put(grid, "exportWh", first(values, GRID_TOTAL, TENTH_KWH));

  const battery: DraftReading = { role: "battery", channel: "battery" };
  // Off-grid models give one power, positive when the battery is discharged.
  const given = first(values, ["BatWatt"], -TENTH);
  put(battery, "powerW", given ?? net(first(values, CHARGING, TENTH), first(values, DISCHARGING, TENTH)));
  put(battery, "importWh", first(values, CHARGED, TENTH_KWH));
  put(battery, "exportWh", first(values, DISCHARGED, TENTH_KWH));
  if (says(battery)) {
    put(battery, "socPercent", within(first(values, SOC, 1), 0, 100));
    const voltageV = volts(first(values, ["bat_Volt", "bdc1_vbat", "bms_batteryvolt"], HUNDREDTH));
    if (voltageV) putElectrical(battery, { voltageV });
  }

  const home: DraftReading = { role: "load", channel: "home" };
  put(home, "powerW", first(values, TO_LOAD, TENTH));
  put(home, "importWh", first(values, LOAD_TOTAL, TENTH_KWH));
  return [solar, grid, battery, home];
}

/** At night the inverter has let go of the grid: 0 V and 0 Hz are not measured. */
function putConnection(draft: DraftReading, values: Body): void {
  const frequencyHz = hertz(first(values, FREQUENCY, HUNDREDTH));
  if (frequencyHz !== undefined) putElectrical(draft, { frequencyHz });
  const phases = [0, 1, 2].map((phase) => phaseOf(values, phase));
  if (phases.slice(1).some((phase) => phase.voltageV !== undefined)) {
    phases.forEach((phase, index) => putPhase(draft, index, phase));
  } else {
    const { powerW: _, ...only } = phases[0] ?? {};
    putElectrical(draft, only);
  }
}

function phaseOf(values: Body, index: number): DraftPhase {
  const phase: DraftPhase = {};
  const voltageV = volts(first(values, VOLTAGES[index] ?? [], TENTH));
  if (!voltageV) return phase;
  put(phase, "voltageV", voltageV);
  put(phase, "currentA", amps(first(values, CURRENTS[index] ?? [], TENTH)));
  put(phase, "powerW", first(values, POWERS[index] ?? [], TENTH));
  return phase;
}

function isMeter(values: Body): boolean {
  return "act_power_l1" in values || "pos_rev_act_power" in values;
}

/** Made once: names put together again for each message are slow to look up. */
const METER_PHASES = [1, 2, 3].map((number) => ({
  power: [`act_power_l${number}`],
  voltage: [`voltage_l${number}`],
  current: [`Current_l${number}`],
  factor: [`powerfactor_l${number}`],
}));

/** The record of a smart meter beside the inverter. */
function meter(values: Body): DraftReading {
  const draft: DraftReading = { role: "grid" };
  const phases = METER_PHASES.map((keys): DraftPhase => {
    const phase: DraftPhase = {};
    put(phase, "powerW", first(values, keys.power, TENTH));
    put(phase, "voltageV", volts(first(values, keys.voltage, TENTH)));
    put(phase, "currentA", amps(first(values, keys.current, TENTH)));
    put(phase, "powerFactor", cosine(first(values, keys.factor, 0.001)));
    return phase;
  });
  put(draft, "powerW", first(values, ["pos_rev_act_power"], TENTH) ?? sum(phases.map(({ powerW }) => powerW)));
  put(draft, "importWh", first(values, ["pos_act_energy"], TENTH_KWH));
  put(draft, "exportWh", first(values, ["rev_act_energy"], TENTH_KWH));
  const frequencyHz = hertz(first(values, ["frequency"], TENTH));
  if (frequencyHz !== undefined) putElectrical(draft, { frequencyHz });
  phases.forEach((phase, index) => {
    // A phase that is not wired has no voltage.
    if (phase.voltageV !== 0) putPhase(draft, index, phase);
  });
  return draft;
}
