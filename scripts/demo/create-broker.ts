import { Aedes, type AedesOptions } from "aedes";

/**
 * An MQTT broker that sets DUP on what it sent before, as MQTT wants it and aedes alone does not: without it nobody can tell
 * a redelivery from a new message with the same words. Source: MQTT 3.1.1, 3.3.1.1.
 */
export async function createBroker(options: AedesOptions = {}): Promise<Aedes> {
  /** What was written to each client and not yet acknowledged, by the broker's own count. */
  const sent = new Map<string, Set<number>>();

  const broker = await Aedes.createBroker({
    ...options,
    authorizeForward: (client, packet) => {
      if (packet.qos === 0) return packet;
      const counters = sent.get(client.id) ?? new Set();
      sent.set(client.id, counters);
      if (counters.has(packet.brokerCounter)) packet.dup = true;
      counters.add(packet.brokerCounter);
      return packet;
    },
  });
  broker.on("ack", (packet: object | undefined, client) => {
    if (packet && "brokerCounter" in packet) sent.get(client.id)?.delete(Number(packet.brokerCounter));
  });
  return broker;
}
