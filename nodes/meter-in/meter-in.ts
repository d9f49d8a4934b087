import type { NodeDef } from "node-red";
import { hash } from "node:crypto";
import type { Reading } from "../../lib/energy/reading";
import { decode, type RawMessage, type Reason } from "../../lib/meters/decode";
import { meterName } from "../../lib/meters/meter-name";
import { toReadings } from "../../lib/meters/to-readings";
import type { MqttMessage } from "../../lib/mqtt/broker";
import type { Delivery } from "../../lib/storage/energy-store";
import { kilowattHours, kilowatts } from "../../lib/texts/render-text";
import { borrowBroker, borrowSite } from "../shared/borrow";
import { defineNode, type Message, type Output } from "../shared/define-node";
import { onFlows } from "../shared/on-flows";
import { makePaced } from "../shared/paced";
import { showBroker } from "../shared/show-broker";
import { makeMeterSettings, type MeterDef } from "./meter-settings";
import { reachesStore } from "./reaches-store";

interface MeterInDef extends NodeDef, MeterDef {
  readonly site?: string;
  readonly broker?: string;
}

interface Understood {
  readonly output: Output;
  readonly readings: readonly Reading[];
  /** All of them by the device itself. */
  readonly stamped: boolean;
}

/** Output 1: a reading a message. Output 2: what could not be decoded, with the reason in `msg.reason`. */
export default defineNode<MeterInDef>("meter-in", (context) => {
  const { RED, node, def, status } = context;
  const site = borrowSite(context);
  const settings = makeMeterSettings(def, site.settings.zone);
  const { language } = site.settings;
  const paced = makePaced();
  let refused = 0;
  let notStored = 0;

  const showReading = ([reading]: readonly Reading[]): void => {
    if (reading) paced.show(() => drawReading(reading));
  };
  const drawReading = ({ powerW, importWh, meter }: Reading): void => {
    if (notStored > 0) status("alert", "notStored", { count: notStored });
    else if (refused > 0) status("alert", "refused", { count: refused });
    else if (powerW !== undefined) status("ok", "power", { power: kilowatts(powerW, language), meter });
    else status("ok", "energy", { energy: kilowattHours(importWh ?? 0, language), meter });
  };

  /** What the message says, as messages for the two outputs; `msg` is reused for the first. */
  const understand = (raw: RawMessage, msg: Message): Understood => {
    const decoded = decode(raw, settings.decode);
    if (decoded.kind === "nothing") return { output: undefined, readings: [], stamped: true };
    const refuse = (reason: Reason, detail: string): Understood => {
      refused += 1;
      paced.show(() => status("alert", "refused", { count: refused }));
      return { output: [null, { ...msg, reason, detail }], readings: [], stamped: true };
    };
    if (decoded.kind === "refused") return refuse(decoded.reason, decoded.detail);
    const { role, reversed, gapLimitMs } = settings;
    const readings = toReadings(decoded.readings, {
      meter: meterName(raw.topic, settings.filter, settings.meter),
      role,
      reversed,
      retained: raw.retained === true,
      stamp: (meter) => (site.meters.admits(meter) ? site.meters.stamp(meter, raw.at) : raw.at),
    });
    const stranger = readings.find(({ meter }) => !site.meters.admits(meter));
    if (stranger) return refuse("too-many-meters", stranger.meter);
    for (const { meter } of readings) site.meters.describe({ key: meter, role, gapLimitMs });
    return {
      output: [readings.map((reading) => ({ ...msg, topic: reading.meter, payload: reading })), null],
      readings,
      stamped: decoded.readings.every(({ at }) => at !== undefined),
    };
  };

  if (settings.filter !== "") {
    const broker = borrowBroker(context);
    showBroker(context, broker, () => status("waiting", "waiting"));
    let stored = false;
    const lookForStore = (): void => void (stored = reachesStore(RED, node));
    node.on("close", onFlows(RED, "flows:started", lookForStore));

    /** Resolves when the broker may forget the message; rejects when it must deliver it again. */
    const onMessage = async (message: MqttMessage): Promise<void> => {
      await site.meters.ready();
      const { topic, payload, retain, qos } = message;
      const msg: Message = { _msgid: RED.util.generateId(), topic, payload, ...(retain && { retain }) };
      const { output, readings, stamped } = understand({ topic, payload, at: site.now(), retained: retain }, msg);
      if (readings.length === 0 || qos === 0 || !stored) {
        if (output) node.send(output);
        showReading(readings);
        return;
      }

      // (meter, at) tells the doubles of what the device stamped; the rest is known by its delivery.
      const delivery = stamped ? undefined : toDelivery(message, node.id);
      const underWay = delivery && site.deliveries.underWay(delivery);
      const outcome = underWay ?? site.deliveries.open(msg._msgid, readings.length, delivery);
      if (output && !underWay) node.send(output);
      if ((await outcome) === "not-stored") notStored += 1;
      showReading(readings);
    };
    node.on("close", broker.subscribe(settings.filter, onMessage));
  } else status("waiting", "waiting");

  return {
    input: async (msg) => {
      await site.meters.ready();
      const topic = typeof msg.topic === "string" ? msg.topic : "";
      const { payload } = msg;
      const { output, readings } = understand(
        { topic, payload: payload as RawMessage["payload"], at: site.now() },
        msg,
      );
      showReading(readings);
      return output;
    },
    close: paced.stop,
  };
});

/** How a redelivery is told from a new reading that looks the same; another node with the same topic has its own. */
function toDelivery({ session, packetId, topic, payload, dup }: MqttMessage, node: string): Delivery | undefined {
  if (packetId === undefined) return undefined;
  return { session, packetId, dup, hash: hash("sha1", Buffer.concat([Buffer.from(`${node}\0${topic}\0`), payload])) };
}
