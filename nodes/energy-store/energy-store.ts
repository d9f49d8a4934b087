import type { NodeDef } from "node-red";
import { parseReading } from "../../lib/energy/reading";
import { asError, EnergyError } from "../../lib/errors";
import { borrowSite } from "../shared/borrow";
import { defineNode, type Message } from "../shared/define-node";
import { allowedFile } from "./allowed-file";
import { answerQuery } from "./answer-query";
import { importFile, parseImportWish } from "./import-file";

interface EnergyStoreDef extends NodeDef {
  readonly site?: string;
  /** Where imports may lie besides the user directory; nowhere when empty. */
  readonly importFolder?: string;
}

interface StoreMessage extends Message {
  readonly query?: unknown;
  readonly import?: unknown;
}

/** How often the status may change: it is for eyes. */
const STATUS_EVERY_MS = 1_000;

/**
 * Input: a reading or a list of them; passed on at once, kept durably, and only then acknowledged where it came from.
 * With `msg.query`: the answer instead. With `msg.import`: a file of this machine is imported, and what became of it sent.
 */
export default defineNode<EnergyStoreDef>("energy-store", (context) => {
  const { RED, def, status } = context;
  const site = borrowSite(context);
  const folders = [RED.settings.userDir ?? process.cwd(), ...(def.importFolder ? [def.importFolder] : [])] as const;
  let stored = 0;
  let shownAt = 0;
  status("waiting", "waiting");

  return {
    input: async (msg: StoreMessage, send) => {
      if (msg.import !== undefined) {
        const wish = parseImportWish(msg.import);
        const file = await allowedFile(wish.file, folders);
        status("waiting", "importing", { percent: 0 });
        const payload = await importFile(site, { ...wish, file }, ({ bytes, bytesDone, rows }) => {
          if (bytesDone > 0) status("waiting", "importing", { percent: Math.floor((100 * bytesDone) / bytes) });
          else status("waiting", "importingRows", { rows });
        });
        status("ok", wish.report ? "reported" : "imported");
        return { ...msg, payload };
      }
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
