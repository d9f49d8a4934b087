import { parseCommand } from "../../lib/automation/command";
import { offerStandby } from "../../lib/site/standby-device";
import { openSwitchedDevice, type DeviceView } from "../../lib/site/switched-device";
import { borrowBroker, borrowSite } from "../shared/borrow";
import { defineNode, type Message, type NodeHandlers } from "../shared/define-node";
import { leased } from "../shared/leased";
import { showBroker } from "../shared/show-broker";
import { makeDeviceSettings, parseRaisedMeans, type AutomationActionDef } from "./action-settings";

/** Input: what the device shall do. Output 1: each command as it goes out. Output 2: the device's state once it is known. */
export default defineNode<AutomationActionDef>("automation-action", (context) => {
  const { RED, node, def, status, ignored } = context;
  const settings = makeDeviceSettings(node.id, def);
  const raisedMeans = parseRaisedMeans(def.raisedMeans);
  if (!settings) {
    status("waiting", "chooseDevice");
    return { input: () => void ignored("noDevice") };
  }

  const site = borrowSite(context);
  const broker = borrowBroker(context);
  const clock = new Intl.DateTimeFormat(site.settings.language, {
    timeZone: site.settings.zone,
    timeStyle: "medium",
    hourCycle: "h23",
  });

  const standBy = (handOver: (msg: object) => void): (() => void) =>
    offerStandby(site, settings, (on) => handOver({ _msgid: RED.util.generateId(), payload: on }));
  const start = (): NodeHandlers => {
    let view: DeviceView | undefined;
    const show = (): void => {
      if (!view?.online) return;
      const { state, unanswered, silent } = view;
      const { pending, waitsUntil } = state;
      if (pending && waitsUntil !== undefined) {
        return status("waiting", pending.on ? "onAt" : "offAt", { time: clock.format(waitsUntil) });
      }
      if (pending) return status("waiting", pending.on ? "switchingOn" : "switchingOff");
      if (silent) return status("waiting", "silent");
      status(state.state !== "unknown" ? "ok" : unanswered ? "failed" : "waiting", state.state);
    };

    // What asked for a command travels on with it, until the device is settled.
    let cause: { readonly on: boolean; readonly msg: Message } | undefined;
    const carry = (said: { topic: string; payload: unknown }, on = cause?.on): Message =>
      cause && cause.on === on
        ? { ...RED.util.cloneMessage(cause.msg), ...said }
        : { _msgid: RED.util.generateId(), ...said };

    const device = openSwitchedDevice(site, broker, settings, {
      sent: (command, on) => node.send([carry(command, on), null]),
      settled: (state) => {
        node.send([null, carry({ topic: settings.name, payload: state })]);
        cause = undefined;
      },
      changed: (changed) => {
        view = changed;
        show();
      },
      problem: (error) => node.warn(error.message),
    });

    const endShow = showBroker(context, broker, show);

    return {
      input: async (msg) => {
        const command = parseCommand(msg, raisedMeans, site.now());
        if (command.kind === "refused") return void ignored(command.why);
        cause = { on: command.on, msg };
        await device.wish(command.on, "input");
      },
      close: (removed) => {
        endShow();
        return device.close(removed);
      },
    };
  };
  return leased(context, site, start, standBy);
});
