import type { NodeDef } from "node-red";
import { parseReading } from "../../lib/energy/reading";
import { asError, EnergyError } from "../../lib/errors";
import { borrowSite } from "../shared/borrow";
import { defineNode, type Message } from "../shared/define-node";
import { answerQuery } from "./answer-query";

interface EnergyStoreDef extends NodeDef {
  readonly site?: string;
}

interface StoreMessage extends Message {
  readonly query?: unknown;
}

/** How often the status may change: it is for eyes. */
const STATUS_EVERY_MS = 1_000;

/**
 * Input: a reading or a list of them; passed on at once, kept durably, and only then acknowledged where it came from.
 * With `msg.query`: the answer instead.
 */
export default defineNode<EnergyStoreDef>("energy-store", (context) => {
  const { status } = context;
  const site = borrowSite(context);
  let stored = 0;
  let shownAt = 0;
  status("waiting", "waiting");

  return {
    input: async (msg: StoreMessage, send) => {
      if (msg.query !== undefined) return { ...msg, payload: await answerQuery(site, msg.query) };

      const taken = site.deliveries.take(msg._msgid);
      try {
        const readings = Array.isArray(msg.payload) ? msg.payload.map(parseReading) : [parseReading(msg.payload)];
        send(msg);
        const delivery = taken?.delivery && {
          ...taken.delivery,
          hash: `${taken.delivery.hash} ${readings[0]?.meter ?? ""}`,
        };
        const aside = await site.keep({ readings, ...(delivery && { delivery }) });
        taken?.settle();

        stored += readings.length - aside.length;
        const now = site.now();
        if (now - shownAt < STATUS_EVERY_MS) return;
        shownAt = now;
        if (aside.length > 0) status("alert", "setAside", { count: aside.length });
        else status("ok", "stored", { count: stored });
      } catch (error) {
        // What no store will ever keep must not come again and again, and hold up everything behind it.
        const isReadingsFault = error instanceof EnergyError && error.code === "invalid-reading";
        taken?.settle(isReadingsFault ? undefined : asError(error));
        throw error;
      }
    },
  };
});
