import { number, text } from "./discover-text.js";

const ROLES = ["auto", "grid", "load", "solar", "battery", "ev", "gas", "water", "heat"];
/** A gateway may have many meters. */
const MOST_LINES = 5;

function valuesOf(meter) {
  const values = [];
  if (meter.kw !== undefined) values.push(number(meter.kw, 3) + "\u00a0kW");
  if (meter.importKwh !== undefined) values.push(number(meter.importKwh, 1) + "\u00a0kWh");
  if (meter.exportKwh !== undefined)
    values.push(text("discover.exported", { energy: number(meter.exportKwh, 1) + "\u00a0kWh" }));
  if (meter.m3 !== undefined) values.push(number(meter.m3, 3) + "\u00a0m³");
  return values.join(" · ");
}

function linesOf(device) {
  const lines = device.meters.map((meter) => {
    const values = valuesOf(meter);
    return device.meters.length > 1 ? meter.meter + ": " + values : values;
  });
  const rest = lines.length - MOST_LINES;
  return rest > 0 ? [...lines.slice(0, MOST_LINES), text("discover.moreMeters", { count: rest })] : lines;
}

/** The role that its messages name, in words. */
function saidRoles(device) {
  const roles = new Set(device.meters.map((meter) => meter.role).filter(Boolean));
  return [...roles].map((role) => text("role." + role)).join(", ");
}

/** One device in the list. */
export function makeRow(device, usedTopics, onTick) {
  const id = "vatio-discover-" + device.id;
  const tick = $("<input>", { type: "checkbox", id: id }).on("change", onTick);
  const role = $("<select>", { "aria-label": text("label.role") });
  for (const one of ROLES) {
    const says = one === "auto" && device.saysRole ? saidRoles(device) : "";
    const label = says ? text("discover.says", { role: says }) : text("role." + one);
    role.append($("<option>", { value: one }).text(label));
  }
  role.val(device.saysRole ? "auto" : device.role);
  const name = $("<label>", { for: id });
  const make = $("<div>", { class: "vatio-discover-about" });
  const topic = $("<div>", { class: "vatio-discover-about" });
  const now = $("<td>");
  const heard = $("<td>", { class: "vatio-discover-about" });
  const element = $("<tr>").append(
    $("<td>").append(tick),
    $("<td>").append(name, make, topic),
    now,
    $("<td>").append(role),
    heard,
  );

  let shown = "";
  const row = {
    element: element,
    isTicked: () => tick.prop("checked"),
    isUsed: () => usedTopics.has(row.device.topic),
    tick: (on) => tick.prop("checked", on),
    /** As a node's settings. */
    settings: () => {
      const { topic, profile, meter } = row.device;
      return { topic: topic, profile: profile, meter: meter, role: role.val() };
    },
    show: (next) => {
      // Of a thousand meters most have said nothing since a second ago.
      const said = JSON.stringify(next);
      if (said === shown) return;
      shown = said;
      row.device = next;
      name.text(next.name);
      make.text(row.isUsed() ? next.family + " · " + text("discover.used") : next.family);
      topic.text(next.topic);
      now.empty().append(linesOf(next).map((line) => $("<div>").text(line)));
      heard.text(next.retained ? text("discover.kept") : text("discover.messages", { count: next.messages }));
    },
  };
  row.show(device);
  return row;
}
