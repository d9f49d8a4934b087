import type { NodeDef, NodeMessage } from "node-red";
import { adviseSite } from "../../lib/site/advise-site";
import { openSchedule } from "../../lib/advice/schedule";
import { EnergyError } from "../../lib/errors";
import { parseNumber } from "../../lib/parse-number";
import { adviceText } from "../../lib/texts/advice-text";
import { borrowSite } from "../shared/borrow";
import { defineNode, type Message } from "../shared/define-node";
import { leased } from "../shared/leased";

interface SavingsAdvisorDef extends NodeDef {
  readonly site?: string;
  /** Cron text on the site's wall clock; empty: on input only. */
  readonly schedule?: string;
  readonly shiftKwh?: string;
}

const EVERY_MORNING = "0 7 * * *";
/** A new node answers soon, not tomorrow morning, but lets the meters say their names first. */
const FIRST_MS = 30_000;
/** What was due while nobody was there to do it, as another instance was not any more, is done if it was so lately. */
const LATELY_MS = 60_000;

/** Output: all advice in one message, the payload an array. */
export default defineNode<SavingsAdvisorDef>("savings-advisor", (context) => {
  const { node, def, status, fail } = context;
  const site = borrowSite(context);
  const shiftKwh = parseNumber(def.shiftKwh, "shiftKwh", 1);
  if (shiftKwh < 0) throw new EnergyError("invalid-config", "shiftKwh must be 0 or more", { field: "shiftKwh" });

  return leased(context, site, () => {
    const run = async (msg?: Message): Promise<NodeMessage | undefined> => {
      const advised = await adviseSite(site, shiftKwh);
      if ("daysMissing" in advised) {
        status("waiting", "needsDays", { days: advised.daysMissing });
        return undefined;
      }
      const { advice } = advised;
      await site.adviser.publish(node.id, advice);
      status("ok", "advised", { number: advice.length });
      const { language, name } = site.settings;
      const payload = advice.map((one) => ({ ...one, ...adviceText(one, language, site.settings) }));
      return { ...msg, topic: name, payload };
    };
    const report = (error: unknown): void => node.error(fail(error).message);
    const runAlone = async (): Promise<void> => {
      const msg = await run();
      if (msg) node.send(msg);
    };
    const runFirst = async (): Promise<void> => {
      const { length } = await site.store.advice();
      if (length > 0) status("ok", "advised", { number: length });
      else await runAlone();
    };

    const runDue = async (): Promise<void> => {
      await runAlone();
      await site.store.remember(node.id, "ranAt", site.now());
    };
    const runMissed = async (due: number): Promise<void> => {
      const { ranAt } = await site.store.recall(node.id);
      if (typeof ranAt === "number" && ranAt < due) await runDue();
    };

    const schedule = (def.schedule ?? EVERY_MORNING).trim();
    const job =
      schedule === "" ? undefined : openSchedule(schedule, site.settings.zone, () => void runDue().catch(report));
    const due = job?.lastDue() ?? -Infinity;
    if (site.now() - due < LATELY_MS) runMissed(due).catch(report);
    const first = setTimeout(() => void runFirst().catch(report), FIRST_MS);
    status("waiting", "waiting");

    return {
      input: (msg) => run(msg),
      close: () => {
        clearTimeout(first);
        job?.close();
      },
    };
  });
});
