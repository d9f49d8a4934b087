import type { IPublishPacket, MqttClient } from "mqtt";
import { generate } from "mqtt-packet";

/** mqtt.js acknowledges a message, and only then looks at the next; told that it failed, it leaves the acknowledging to us. */
const ACKNOWLEDGED_LATER = new Error("acknowledged when it is kept");

interface UnderWay {
  readonly packet: IPublishPacket;
  isKept: boolean;
}

/**
 * Takes up to `window` messages at once, so that storage makes them durable together, and acknowledges them in the order they
 * came in, as MQTT demands. `onMessage` resolves when the message is kept. After the first that rejects, nothing is acknowledged.
 */
export function acknowledgeWhenKept(
  client: MqttClient,
  window: number,
  onMessage: (packet: IPublishPacket) => Promise<void>,
  { onKept, onFailed }: { onKept(): void; onFailed(error: unknown): void },
): void {
  const underWay: UnderWay[] = [];
  let waiting: (() => void) | undefined;
  let failed = false;

  const acknowledge = (): void => {
    const acknowledgements: Buffer[] = [];
    while (underWay[0]?.isKept) {
      const { qos, messageId } = underWay[0].packet;
      underWay.shift();
      if (qos === 1) acknowledgements.push(generate({ cmd: "puback", ...(messageId && { messageId }) }));
    }
    if (acknowledgements.length > 0) client.stream.write(Buffer.concat(acknowledgements));
    const next = waiting;
    waiting = undefined;
    next?.();
  };

  client.handleMessage = (packet, done) => {
    const one: UnderWay = { packet, isKept: false };
    underWay.push(one);
    onMessage(packet).then(
      () => {
        if (failed || !client.connected) return;
        one.isKept = true;
        onKept();
        if (underWay[0] === one) acknowledge();
      },
      (error: unknown) => {
        if (failed) return;
        failed = true;
        onFailed(error);
      },
    );
    const next = (): void => done(ACKNOWLEDGED_LATER);
    if (underWay.length < window) next();
    else waiting = next;
  };
}
