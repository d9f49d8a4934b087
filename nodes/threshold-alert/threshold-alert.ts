import type { NodeDef } from "node-red";
import type { News } from "../../lib/alerts/rule";
import { chosenChannels, makeRuleSettings, type RuleForm } from "../../lib/alerts/rule-settings";
import { makeWatches, type Findings, type Standing } from "../../lib/alerts/watches";
import { parseReading, type Reading } from "../../lib/energy/reading";
import { asError } from "../../lib/errors";
import { kilowatts } from "../../lib/texts/render-text";
import { borrowSite } from "../shared/borrow";
import { defineNode, type Look, type Message } from "../shared/define-node";
import { leased } from "../shared/leased";

interface ThresholdAlertDef extends NodeDef, RuleForm {
  readonly site?: string;
  readonly tellCleared?: boolean;
}

const TICK_MS = 1_000;
const LOOK: Record<Standing["kind"], Look> = {
  waiting: "waiting",
  normal: "ok",
  pending: "waiting",
  raised: "alert",
  silent: "alert",
};
const OUTPUT: Record<News["kind"], number> = { raised: 0, cleared: 1, silent: 2, heard: 2 };

/** Output 1: an alert was raised. Output 2: it is over. Output 3: a meter fell silent, or is heard again. */
export default defineNode<ThresholdAlertDef>("threshold-alert", (context) => {
  const { node, def, status, fail, ignored } = context;
  const site = borrowSite(context);
  const rule = makeRuleSettings(node.id, def, site.settings);
  const channels = chosenChannels(def.channels);
  const channelsWhenOver = def.tellCleared ? (channels ?? site.settings.channels.map(({ id }) => id)) : [];

  return leased(context, site, () => {
    let shown = "";
    const show = ({ kind, count, powerW }: Standing): void => {
      const idle = rule.threshold === undefined && rule.silentMs === undefined;
      const key = idle ? "noLimit" : count > 1 ? `${kind}Many` : kind;
      const values = { count, power: powerW === undefined ? "–" : kilowatts(powerW, site.settings.language) };
      const text = JSON.stringify([key, values]);
      if (text !== shown) status(idle ? "waiting" : LOOK[kind], key, values);
      shown = text;
    };

    /** Sends first: what switches something must not wait for a disk. */
    const act = async ({ news, memories }: Findings, msg?: Message, reading?: Reading): Promise<void> => {
      for (const { kind, alert } of news) {
        const said = { topic: alert.meter ?? site.settings.name, payload: alert, ...(reading && { reading }) };
        const outputs = [null, null, null].map((none, index) => (index === OUTPUT[kind] ? { ...msg, ...said } : none));
        node.send(outputs);
      }
      const told = news.map(({ kind, alert }) =>
        kind === "raised" || kind === "silent"
          ? site.alerts.raise(alert, channels)
          : site.alerts.clear(node.id, alert.meter, { kind: alert.kind, channels: channelsWhenOver }),
      );
      await Promise.all([...told, ...memories.map(({ key, memory }) => site.store.remember(node.id, key, memory))]);
    };

    const report = (error: unknown): void => {
      node.error(fail(asError(error)).message);
      shown = "";
    };
    let closed = false;
    // A rule that forgot warns too often; one that does not run, never.
    const recalled = site.store.recall(node.id).catch((error: unknown) => {
      report(error);
      return {};
    });
    const started = Promise.all([recalled, site.alerts.recall(node.id).catch(report)]).then(([remembered]) => {
      const watches = makeWatches({ rule, now: site.now, sitePowerW: site.live.sitePowerW, remembered });
      if (closed) return watches;
      show(watches.standing());
      act(watches.start()).catch(report);
      return watches;
    });
    const timer = setInterval(() => {
      void started.then((watches) => {
        if (closed) return;
        const findings = watches.tick();
        show(watches.standing());
        act(findings).catch(report);
      });
    }, TICK_MS);

    return {
      input: async (msg) => {
        const reading = parseReading(msg.payload);
        const watches = await started;
        const findings = watches.take(reading);
        if (typeof findings === "string") return void ignored(findings, { meter: reading.meter });
        if (findings.news.length > 0) show(watches.standing());
        await act(findings, msg, reading);
      },
      close: async (removed) => {
        closed = true;
        clearInterval(timer);
        if (!removed) return;
        // Nobody would ever clear them. Nothing is sent: a flow that is taken apart must switch nothing.
        const { news, memories } = (await started).end();
        await Promise.all([
          ...news.map(({ alert }) => site.alerts.clear(node.id, alert.meter, { kind: alert.kind })),
          // Brought back, it must not believe that they still stand.
          ...memories.map(({ key, memory }) => site.store.remember(node.id, key, memory)),
        ]);
      },
    };
  });
});
