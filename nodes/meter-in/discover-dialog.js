// The dialog behind "Discover" in the form of meter-in, which fetches it when somebody wants it.
import { createBeside } from "./discover-nodes.js";
import { makeRow } from "./discover-row.js";
import { number, text } from "./discover-text.js";

const RUN_SECONDS = 30;

/** What was chosen beside the first device, until the form is saved. */
let others = [];

/** Lists what is on the broker that the form names. What is chosen first fills the form, the rest waits until it is saved. */
export function discover(node) {
  addStyle();
  showOthers([]);
  const broker = $("#node-input-broker").val();
  openDialog(node, !broker || broker === "_ADD_" ? "" : broker, ([first, ...rest]) => {
    for (const [key, value] of Object.entries(first))
      $("#node-input-" + key)
        .val(value)
        .trigger("change");
    showOthers(rest);
  });
}

/** A form was opened: what another chose is none of its. */
export function forget() {
  others = [];
}

/** What a form gives back when it is saved: that it changed, and what undoes the rest of it. */
export function save(node) {
  if (others.length === 0) return undefined;
  const shared = {};
  for (const key of ["site", "broker"]) {
    const value = $("#node-input-" + key).val();
    shared[key] = !value || value === "_ADD_" ? "" : value;
  }
  return { changed: true, history: [createBeside(node, others, shared)] };
}

function showOthers(chosen) {
  others = chosen;
  $("#node-input-discover-others").text(chosen.length > 0 ? text("discover.others", { count: chosen.length }) : "");
}

function addStyle() {
  const href = new URL("discover-dialog.css", import.meta.url).href;
  if ($("#vatio-discover-style").length === 0)
    $("<link>", { id: "vatio-discover-style", rel: "stylesheet", href: href }).appendTo("head");
}

/** Asks again and again while the run goes on; gives back how to stop. */
function listen(broker, onFound, onOver) {
  let request;
  let stopped = false;
  const ask = () => {
    request = $.ajax({
      url: "vatio/meter-in/discover",
      data: { broker: broker, seconds: 1 },
      contentType: "application/json",
      headers: { "X-Vatio": "1", "Accept-Language": RED.i18n.lang() },
      dataType: "json",
    });
    request.then(
      (found) => {
        if (stopped) return;
        onFound(found);
        if (found.listening) ask();
        else onOver();
      },
      (response) => {
        const problem = response.responseJSON;
        if (!stopped) onOver((problem && problem.detail) || text("discover.unanswered"));
      },
    );
  };
  ask();
  return () => {
    stopped = true;
    request.abort();
  };
}

function topicsInUse(editing, broker) {
  const nodes = RED.nodes.filterNodes({ type: "meter-in" });
  return new Set(nodes.filter((n) => n.id !== editing.id && (n.broker || "") === broker).map((n) => n.topic));
}

/** Lists what is found on a broker; `onUse` gets the settings of what was ticked. */
function openDialog(node, broker, onUse) {
  const used = topicsInUse(node, broker);
  const rows = new Map();
  let run;
  let stop;

  const bar = $("<progress>", { max: RUN_SECONDS, "aria-hidden": "true" });
  const count = $("<span>", { role: "status" });
  const problem = $("<p>", { class: "vatio-discover-problem", role: "alert" });
  const toggle = $("<button>", {
    type: "button",
    class: "red-ui-button red-ui-button-small",
    id: "vatio-discover-toggle",
  });
  const all = $("<input>", { type: "checkbox", id: "vatio-discover-all", "aria-label": text("discover.all") });
  const body = $("<tbody>");
  const heads = ["device", "now", "role", "heard"].map((key) =>
    $("<th>", { scope: "col" }).text(text("discover." + key)),
  );
  const table = $("<table>", { class: "vatio-discover-list" }).append(
    $("<thead>").append($("<tr>").append($("<th>").append(all), heads)),
    body,
  );

  const ticked = () => [...rows.values()].filter((row) => row.isTicked());
  const showTicked = () => {
    const many = ticked().length;
    all.prop({ checked: many > 0 && many === rows.size, indeterminate: many > 0 && many < rows.size });
    $("#node-dialog-ok")
      .toggleClass("disabled", many === 0)
      .attr("aria-disabled", String(many === 0))
      .text(many > 1 ? text("discover.useMany", { count: many }) : text("discover.use"));
  };
  all.on("change", () => {
    for (const row of rows.values()) row.tick(all.prop("checked") && !row.isUsed());
    showTicked();
  });

  const showFound = (found) => {
    if (found.run !== run) {
      run = found.run;
      rows.clear();
      body.empty();
    }
    const ids = new Set(found.devices.map((device) => device.id));
    for (const [id, row] of rows) {
      if (ids.has(id)) continue;
      row.element.remove();
      rows.delete(id);
    }
    for (const device of found.devices) {
      const known = rows.get(device.id);
      if (known) known.show(device);
      else {
        const row = makeRow(device, used, showTicked);
        rows.set(device.id, row);
        body.append(row.element);
      }
    }
    bar.val(RUN_SECONDS - found.secondsLeft);
    const said = text(found.more ? "discover.foundMore" : "discover.found", {
      meters: number(rows.size, 0),
      topics: number(found.topics, 0),
      others: number(found.otherTopics, 0),
    });
    // Said again each second, it would be read aloud each second.
    if (count.text() !== said) count.text(said);
    showTicked();
  };
  const over = (reason) => {
    stop = undefined;
    bar.hide();
    if (reason || rows.size === 0) problem.text(reason || text("discover.nothing"));
    toggle.text(text("discover.again"));
  };
  const start = () => {
    const config = RED.nodes.node(broker);
    problem.text(config && config.changed ? text("discover.undeployed") : "");
    bar.show().val(0);
    toggle.text(text("discover.stop"));
    stop = listen(broker, showFound, over);
  };
  const end = () => {
    if (stop) stop();
    stop = undefined;
  };
  toggle.on("click", () => {
    if (!stop) return start();
    end();
    over();
  });

  RED.tray.show({
    title: text("discover.title"),
    width: 940,
    buttons: [
      { id: "node-dialog-cancel", text: RED._("common.label.cancel"), click: () => RED.tray.close() },
      {
        id: "node-dialog-ok",
        text: text("discover.use"),
        class: "primary",
        click: () => {
          const chosen = ticked().map((row) => row.settings());
          RED.tray.close(() => chosen.length > 0 && onUse(chosen));
        },
      },
    ],
    open: (tray) => {
      const head = $("<div>", { class: "vatio-discover-head" }).append(bar, count, toggle);
      tray.find(".red-ui-tray-body").addClass("vatio-discover").append(head, problem, table);
      count.text(text("discover.listening"));
      showTicked();
      start();
    },
    close: end,
  });
}
