import { NOTHING, readings, type DraftReading } from "../decoded";
import type { Family } from "../family";
import { put, says } from "../measures";
import { objectAt, objectOf, type Body } from "../message";
import { scaled } from "../numbers";
import { instantOf } from "../stamps";
import { writtenScale, type Quantity } from "../units";

/** `glow/<id>/SENSOR/electricitymeter` and `…/gasmeter`: the display of British meters. `day`, `week` and `month` start again; `cumulative` is the register. */
export const glow: Family = {
  profile: "glow",
  about: {
    name: "Hildebrand Glow",
    topics: ["glow/<id>/SENSOR/electricitymeter", "glow/<id>/SENSOR/gasmeter"],
    fields: [
      { measure: "powerW", from: "electricitymeter.power.value", unit: "kW, units" },
      { measure: "importWh", from: "electricitymeter.energy.import.cumulative", unit: "kWh, units" },
      { measure: "exportWh", from: "electricitymeter.energy.export.cumulative", unit: "kWh, units" },
      { measure: "volumeM3", from: "gasmeter.energy.import.cumulativevol", unit: "m³, cumulativevolunits" },
    ],
    tested: ["v1.8.12"],
  },
  recognises: (message) => {
    const { parts } = message;
    const at = parts.lastIndexOf("glow");
    if (at >= 0 && ["SENSOR", "STATE"].includes(parts[at + 2] ?? "")) return true;
    const body = objectOf(message);
    return body !== undefined && (meterIn(body, "electricitymeter") ?? meterIn(body, "gasmeter")) !== undefined;
  },

  decode(message, settings) {
    const body = objectOf(message);
    if (!body) return NOTHING;
    const { parts } = message;
    // The same box says both: its name is what stands before them.
    const sensor = parts.lastIndexOf("SENSOR");
    const name = sensor > 0 ? parts[sensor - 1] : undefined;
    const electricity = meterIn(body, "electricitymeter");
    const gas = meterIn(body, "gasmeter");
    const drafts = [electricity && electricityOf(electricity), gas && gasOf(gas)].filter(
      (draft) => draft !== undefined,
    );
    const meter = electricity ?? gas;
    for (const draft of drafts) {
      put(draft, "name", name);
      put(draft, "at", instantOf(meter?.timestamp, settings.zone, message.at));
    }
    return readings(drafts.filter(says));
  },
};

function meterIn(body: Body, name: string): Body | undefined {
  const meter = objectAt(body, name);
  return meter && (objectAt(meter, "energy") ?? objectAt(meter, "power")) ? meter : undefined;
}

function electricityOf(meter: Body): DraftReading {
  const draft: DraftReading = { role: "grid" };
  const power = objectAt(meter, "power") ?? {};
  const energy = objectAt(meter, "energy") ?? {};
  const imported = objectAt(energy, "import") ?? {};
  const exported = objectAt(energy, "export") ?? {};
  put(draft, "powerW", amount(power.value, power.units ?? "kW", "power"));
  put(draft, "importWh", amount(imported.cumulative, imported.units ?? "kWh", "energy"));
  put(draft, "exportWh", amount(exported.cumulative, exported.units ?? "kWh", "energy"));
  return draft;
}

/** Gas has a volume and, worked out from it, an energy: where the volume is said, it is the register. */
function gasOf(meter: Body): DraftReading {
  const draft: DraftReading = { channel: "gas", role: "gas" };
  const imported = objectAt(objectAt(meter, "energy") ?? {}, "import") ?? {};
  const volume =
    amount(imported.cumulativevol, imported.cumulativevolunits ?? "m3", "volume") ??
    amount(imported.cumulative, imported.units ?? "kWh", "volume");
  if (volume === undefined) put(draft, "importWh", amount(imported.cumulative, imported.units ?? "kWh", "energy"));
  put(draft, "volumeM3", volume);
  return draft;
}

function amount(value: unknown, unit: unknown, quantity: Quantity): number | undefined {
  const scale = writtenScale(unit);
  return scale?.quantity === quantity ? scaled(value, scale.factor) : undefined;
}
