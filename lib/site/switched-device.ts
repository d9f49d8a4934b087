import { isFresh } from "../alerts/freshness";
import { asObject, type DeviceProfile, type Outgoing } from "../automation/profiles/profile";
import { runSwitch, type RunningSwitch } from "../automation/run-switch";
import type { Outcome, SwitchSettings, SwitchState, Turned } from "../automation/switching";
import { EnergyError, asError } from "../errors";
import type { Broker, BrokerState } from "../mqtt/broker";
import type { DeviceState } from "../automation/devices";
import type { LiveEvent } from "../api/live";
import { rememberNewest } from "./remember-newest";
import type { Site } from "./site";

export interface SwitchedDeviceSettings {
  /** Of the node: what the device remembers and what it is called in the API. */
  readonly id: string;
  readonly name: string;
  readonly profile: DeviceProfile;
  readonly switching: Omit<SwitchSettings, "confirmable">;
  /** A meter whose power says that the device is on. */
  readonly proof?: { readonly meter: string; readonly aboveW: number };
}

/** What a device tells whoever opened it. */
export interface SwitchedDeviceListener {
  /** A command goes out; called again for each try. */
  sent(command: Outgoing, on: boolean): void;
  /** A wish ended, or the device changed by itself. */
  settled(state: DeviceState): void;
  /** Anything that a status might show changed. */
  changed(view: DeviceView): void;
  /** Something went wrong that stops nothing. */
  problem(error: Error): void;
}

export interface DeviceView {
  readonly state: DeviceState;
  /** Commands go out and reports come in; so they do while ingest alone waits for storage. */
  readonly online: boolean;
  /** The last command was never confirmed. */
  readonly unanswered: boolean;
  /** The input should have repeated and did not. */
  readonly silent: boolean;
}

export interface SwitchedDevice {
  /** Resolves when the device confirmed or has to wait, or a newer wish took over; rejects `no-answer`, `broker-offline`. */
  wish(on: boolean, from: "input" | "person"): Promise<Outcome>;
  /** `removed`: it is gone for good, and nobody else would end its alert. */
  close(removed: boolean): Promise<void>;
}

/** One device of a site behind one broker: commands out, reports in, remembered over restarts, offered to the dashboard. */
export function openSwitchedDevice(
  site: Pick<Site, "store" | "live" | "devices" | "alerts" | "now">,
  broker: Broker,
  settings: SwitchedDeviceSettings,
  listener: SwitchedDeviceListener,
): SwitchedDevice {
  const { id, name, profile, proof } = settings;
  const switching: SwitchSettings = {
    ...settings.switching,
    confirmable: profile.reports.length > 0 || proof !== undefined,
  };
  // The machine's clock never jumps, whatever happens to the time of day; people and the store get the time of day.
  const now = (): number => performance.now();
  const toDayTime = (at: number): number => Math.round(site.now() + at - now());

  let running: RunningSwitch | undefined;
  let closed = false;
  let connection: BrokerState = { kind: "connecting" };
  let unanswered = false;
  let alerted = true;
  let settled: DeviceState["state"] = "unknown";
  let shown = "";
  const memory = rememberNewest((turned) => site.store.remember(id, "turned", turned), listener.problem);
  const ends: (() => void)[] = [() => memory.close()];

  const deviceState = (): DeviceState => {
    const { known, wish, flight }: Partial<SwitchState> = running?.state() ?? {};
    const waitsUntil = flight ? undefined : wish?.waitsUntil;
    return {
      id,
      name,
      state: known ? (known.on ? "on" : "off") : "unknown",
      ...(wish && { pending: { on: wish.on, since: toDayTime(wish.since) } }),
      ...(known?.sure && { confirmedAt: toDayTime(known.at) }),
      ...(waitsUntil !== undefined && { waitsUntil: toDayTime(waitsUntil) }),
      ...(proof && { meter: proof.meter }),
    };
  };

  const show = (): void => {
    const state = deviceState();
    const silent = switching.repeatMs !== undefined && running !== undefined && running.state().repeatBy === undefined;
    const { confirmedAt: _, ...seen } = state;
    const online = isOnline(connection);
    const text = JSON.stringify([seen, online, unanswered, silent]);
    if (text === shown) return;
    shown = text;
    site.live.publish({ kind: "device", device: state });
    listener.changed({ state, online, unanswered, silent });
  };

  const keep = (work: Promise<unknown>): void => {
    work.catch((error: unknown) => {
      // That the broker is away, its state tells already.
      if (!(error instanceof EnergyError && error.code === "broker-offline")) listener.problem(asError(error));
    });
  };

  const settle = (): void => {
    const state = deviceState();
    settled = state.state;
    listener.settled(state);
  };

  const ended = (outcome: Outcome): void => {
    if (outcome === "waiting" || outcome === "superseded") return;
    unanswered = outcome === "no-answer" || outcome === "offline";
    if (unanswered) {
      alerted = true;
      const alert = { rule: id, severity: "warning", kind: "device-unknown", values: { device: name } } as const;
      keep(site.alerts.raise(alert));
    }
    settle();
  };

  const hear = (on: boolean, retained: boolean): void => {
    if (!retained) unanswered = false;
    running?.hear({ kind: "report", on, retained });
    if (retained || !alerted) return;
    alerted = false;
    keep(site.alerts.clear(id));
  };

  const changed = (): void => {
    const { known, wish }: Partial<SwitchState> = running?.state() ?? {};
    if (!wish && known?.sure && settled !== (known.on ? "on" : "off")) settle();
    show();
  };

  const hearMeter = (event: LiveEvent): void => {
    if (!proof || event.kind !== "reading" || event.reading.meter !== proof.meter) return;
    const { powerW, at } = event.reading;
    const dayTime = site.now();
    if (powerW === undefined || !isFresh(event.reading, dayTime)) return;

    const on = powerW > proof.aboveW;
    const saidAt = now() - (dayTime - at);
    const flight = running?.state().flight;
    const proves = flight ? flight.on === on && saidAt > flight.sentAt : profile.reports.length === 0;
    if (proves) hear(on, false);
  };

  const start = (turned: Turned): void => {
    running = runSwitch(turned, switching, {
      now,
      publish: async (on, expiresMs) => {
        const command = profile.command(on);
        listener.sent(command, on);
        const published = broker.publish(command.topic, command.payload, {
          expirySeconds: Math.ceil(expiresMs / 1000),
        });
        keep(published);
        await published;
      },
      remember: ({ onAt, offAt }) =>
        memory.remember({
          ...(onAt !== undefined && { onAt: toDayTime(onAt) }),
          ...(offAt !== undefined && { offAt: toDayTime(offAt) }),
        }),
      changed,
      ended,
    });
    for (const filter of profile.reports) {
      ends.push(
        broker.listen(filter, ({ topic, payload, retain }) => {
          const said = profile.parse(topic, payload.toString());
          if (said) hear(said === "on", retain);
        }),
      );
    }
    ends.push(
      broker.onState(connect),
      site.live.subscribe(({ event }) => hearMeter(event)),
    );
  };

  const connect = (state: BrokerState): void => {
    const before = isOnline(connection);
    connection = state;
    const online = isOnline(state);
    if (online !== before) running?.hear({ kind: "connection", online });
    // In a moment: the broker subscribes to the reports first.
    if (online && !before) keep(Promise.resolve().then(ask));
    show();
  };
  const ask = async (): Promise<void> => {
    if (!closed && profile.ask) await broker.publish(profile.ask.topic, profile.ask.payload, { expirySeconds: 10 });
  };

  const recall = async (): Promise<Turned> => {
    try {
      const [{ turned }] = await Promise.all([site.store.recall(id), site.alerts.recall(id)]);
      return recalled(turned, (day) => Math.min(now() + day - site.now(), now() + switching.confirmMs));
    } catch (error) {
      listener.problem(asError(error));
      // It may have turned this very moment: minimum times start again.
      return { onAt: now(), offAt: now() };
    }
  };
  const started = recall().then((turned) => {
    if (!closed) start(turned);
    return running;
  });

  const wish = async (on: boolean, from: "input" | "person"): Promise<Outcome> => {
    const outcome = (await (await started)?.wish(on, from)) ?? "superseded";
    if (outcome === "no-answer") throw new EnergyError("no-answer", `${name} did not answer: it may be on or off`);
    if (outcome === "offline") throw new EnergyError("broker-offline", `${name} was not told: the broker is away`);
    return outcome;
  };

  ends.push(
    site.devices.offer({
      id,
      state: deviceState,
      command: async (on) => {
        const outcome = await wish(on, "person");
        if (outcome === "superseded") throw new EnergyError("no-answer", `a newer command for ${name} took over`);
      },
    }),
  );

  return {
    wish,
    close: async (removed) => {
      closed = true;
      running?.close();
      for (const end of ends) end();
      if (removed) await site.alerts.clear(id);
    },
  };
}

function isOnline(state: BrokerState): boolean {
  return state.kind === "connected" || (state.kind === "failed" && state.failure === "storage-busy");
}

/** What was remembered, on the machine's clock. */
function recalled(value: unknown, toMachineTime: (at: number) => number): Turned {
  const { onAt, offAt } = asObject(value) ?? {};
  return {
    ...(typeof onAt === "number" && { onAt: toMachineTime(onAt) }),
    ...(typeof offAt === "number" && { offAt: toMachineTime(offAt) }),
  };
}
