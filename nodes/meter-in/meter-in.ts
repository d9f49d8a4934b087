import type { NodeAPI, NodeDef } from "node-red";
import { hash } from "node:crypto";
import { beyond } from "../../lib/energy/credible";
import { quarterOf } from "../../lib/energy/quarter";
import type { Reading, Role } from "../../lib/energy/reading";
import { EnergyError } from "../../lib/errors";
import { decode, type RawMessage, type Reason } from "../../lib/meters/decode";
import { makeMemory } from "../../lib/meters/memory";
import { meterName } from "../../lib/meters/meter-name";
import { toReadings } from "../../lib/meters/to-readings";
import type { MqttMessage } from "../../lib/mqtt/broker";
import type { Delivery } from "../../lib/storage/energy-store";
import { borrowBroker, borrowSite } from "../shared/borrow";
import { defineNode, type Message, type Output } from "../shared/define-node";
import { onFlows } from "../shared/on-flows";
import { showBroker } from "../shared/show-broker";
import { sendComputed } from "./computed";
import { mountDiscover } from "./discover-routes";
import { makeMeterSettings, type MeterDef } from "./meter-settings";
import { showMeters } from "./meter-status";
import { reachesStore } from "./reaches-store";

interface MeterInDef extends NodeDef, MeterDef {
  readonly site?: string;
  readonly broker?: string;
}

interface Understood {
  readonly output: Output;
  readonly readings: readonly Reading[];
  /** Powers that no meter could have: kept for a person to look at. */
  readonly aside: readonly Reading[];
  /** All of them by the device itself. */
  readonly stamped: boolean;
}

/** Powers of one meter that are kept aside in a quarter of an hour. */
const MOST_ASIDE = 10;

const NOTHING_SAID: Understood = { output: undefined, readings: [], aside: [], stamped: true };

/** Output 1: a reading a message. Output 2: what could not be decoded or believed, with the reason in `msg.reason`. */
const meterIn = defineNode<MeterInDef>("meter-in", (context) => {
  const { RED, node, def, status } = context;
  const site = borrowSite(context);
  const settings = makeMeterSettings(def, site.settings);
  const { role, reversed, covers, described, maxPowerW, staleMs } = settings;
  const { zone, language } = site.settings;
  const memory = makeMemory();
  const shown = showMeters(context, {
    language,
    staleMs,
    now: () => site.now(),
    toCheck: (meter) => site.quarantine.open(meter),
  });

  /** A device may say only now and then what it measures. */
  const roleOf = (meter: string, said: Role | undefined): Role => {
    const known = memory.of<{ role: Role }>("role", meter, () => ({ role: "load" }));
    if (said) known.role = said;
    return known.role;
  };

  /** What the message says, as messages for the two outputs; `msg` is reused for the first. */
  const understand = (raw: RawMessage, msg: Message): Understood => {
    const decoded = decode(raw, settings.decode, memory);
    if (decoded.kind === "nothing") return NOTHING_SAID;
    const refuse = (reason: Reason | "too-many-meters", detail: string): Understood => {
      shown.refused();
      return { ...NOTHING_SAID, output: [null, { ...msg, reason, detail }] };
    };
    if (decoded.kind === "refused") return refuse(decoded.reason, decoded.detail);
    const said = toReadings(decoded.readings, {
      nameOf: (device) => meterName(raw.topic, settings.filter, settings.meter, device),
      ...(role && { role }),
      roleOf,
      reversed,
      covers,
      zone,
      retained: raw.retained === true,
      stamp: (meter) => (site.meters.admits(meter) ? site.meters.stamp(meter, raw.at) : raw.at),
    });
    const stranger = said.find(({ reading }) => !site.meters.admits(reading.meter));
    if (stranger) return refuse("too-many-meters", stranger.reading.meter);
    for (const { reading, role } of said) site.meters.describe({ key: reading.meter, role, ...described });

    const { believed, aside } = beyond(
      said.map(({ reading }) => reading),
      maxPowerW,
    );
    return {
      output: [
        believed.map((reading) => ({ ...msg, topic: reading.meter, payload: reading })),
        aside.map((reading) => ({
          ...msg,
          topic: reading.meter,
          payload: reading,
          reason: "beyond-maximum",
          detail: `${reading.powerW} W, at most ${maxPowerW} W`,
        })),
      ],
      readings: believed,
      aside,
      stamped: decoded.readings.every(({ at }) => at !== undefined),
    };
  };

  /** A meter that is out of its mind says so in a few values. */
  const setAside = async (aside: readonly Reading[]): Promise<void> => {
    const few = aside.filter(({ meter, at }) => {
      const counted = memory.of("beyond", meter, () => ({ quarter: 0, count: 0 }));
      if (counted.quarter !== quarterOf(at)) Object.assign(counted, { quarter: quarterOf(at), count: 0 });
      counted.count += 1;
      return counted.count <= MOST_ASIDE;
    });
    if (few.length > 0) await site.store.setAside(few, "beyond");
  };

  if (described.formula) {
    node.on(
      "close",
      sendComputed(node, site, { key: settings.meter.trim(), role: role ?? "load", ...described }, shown),
    );
    status("waiting", "waiting");
  } else if (settings.filter !== "") {
    const broker = borrowBroker(context);
    node.on(
      "close",
      showBroker(context, broker, () => status("waiting", "waiting")),
    );
    let stored = false;
    let closed = false;
    node.on("close", () => void (closed = true));
    const lookForStore = (): void => void (stored = reachesStore(RED, node));
    node.on("close", onFlows(RED, "flows:started", lookForStore));

    /** Resolves when the broker may forget the message; rejects when it must deliver it again. */
    const onMessage = async (message: MqttMessage): Promise<void> => {
      await site.meters.ready();
      const { topic, payload, retain, qos } = message;
      const msg: Message = { _msgid: RED.util.generateId(), topic, payload, ...(retain && { retain }) };
      const { output, readings, aside, stamped } = understand(
        { topic, payload, at: site.now(), retained: retain },
        msg,
      );
      await setAside(aside);
      if (closed) throw new EnergyError("storage-busy", "the flows changed before a reading was on its way");
      if (readings.length === 0 || qos === 0 || !stored) {
        if (output) node.send(output);
        if (readings.length > 0) shown.heard(readings);
        return;
      }

      // (meter, at) tells the doubles of what the device stamped; the rest is known by its delivery.
      const delivery = stamped ? undefined : toDelivery(message, node.id);
      const underWay = delivery && site.deliveries.underWay(delivery);
      const outcome = underWay ?? site.deliveries.open(msg._msgid, readings.length, delivery);
      if (output && !underWay) node.send(output);
      if ((await outcome) === "not-stored") shown.notStored();
      shown.heard(readings);
    };
    node.on("close", broker.subscribe(settings.filter, onMessage));
  } else status("waiting", "waiting");

  return {
    input: async (msg) => {
      if (described.formula) return void context.ignored("computed");
      await site.meters.ready();
      const topic = typeof msg.topic === "string" ? msg.topic : "";
      const { payload } = msg;
      const { output, readings, aside } = understand(
        { topic, payload: payload as RawMessage["payload"], at: site.now() },
        msg,
      );
      await setAside(aside);
      if (readings.length > 0) shown.heard(readings);
      return output;
    },
    close: shown.stop,
  };
});

/** The node, and what its form asks before any is deployed. */
export default (RED: NodeAPI): void => {
  mountDiscover(RED);
  meterIn(RED);
};

/** How a redelivery is told from a new reading that looks the same; another node with the same topic has its own. */
function toDelivery({ session, packetId, topic, payload, dup }: MqttMessage, node: string): Delivery | undefined {
  if (packetId === undefined) return undefined;
  return { session, packetId, dup, hash: hash("sha1", Buffer.concat([Buffer.from(`${node}\0${topic}\0`), payload])) };
}
