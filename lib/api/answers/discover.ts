import { randomUUID } from "node:crypto";
import { asError } from "../../errors";
import { makeDiscovery, type Discovery } from "../../meters/discover";
import type { FoundDevice, FoundMeter } from "../../meters/found-devices";
import type { Broker, OverhearFailure } from "../../mqtt/broker";
import { Refused, type Sentence } from "../refused";
import type { DiscoveryDoc, FoundDeviceDoc } from "../types";
import { toInstant, toKilo } from "../wire";

/** A broker in our hands until it is given back. */
export interface LentBroker {
  readonly broker: Pick<Broker, "overhear">;
  giveBack(): Promise<void>;
}

export interface DiscoveryWish {
  /** The id of its config node; empty: the one for nodes that name none. */
  readonly broker: string;
  /** How much longer to listen before the answer. */
  readonly seconds: number;
  /** IANA zone of the answer's instants, and of stamps that name none. */
  readonly zone: string;
}

export interface DiscoveryHost {
  /** Throws where there is no such broker. */
  lend(broker: string): LentBroker;
  /** Epoch ms. */
  now(): number;
  onProblem(error: Error): void;
  /** Longest run, and how long it goes on while nobody asks. */
  readonly runMs?: number;
  readonly unaskedMs?: number;
}

/** What devices brokers carry; whoever asks while a broker is listened to joins in. */
export interface Discoveries {
  /**
   * Listens on and answers what was heard since the run began; refuses with the reason where the broker cannot be heard. A run
   * ends after half a minute, or when nobody asks any more: its connection goes with it.
   */
  ask(wish: DiscoveryWish, gone?: AbortSignal): Promise<DiscoveryDoc>;
}

export function makeDiscoveries(host: DiscoveryHost): Discoveries {
  const runs = new Map<string, Run>();

  const start = (broker: string, zone: string): Run => {
    const forget = (): void => {
      if (runs.get(broker) === run) runs.delete(broker);
    };
    const run = openRun(host.lend(broker), { ...host, zone, forget });
    runs.set(broker, run);
    return run;
  };

  return {
    ask: async ({ broker, seconds, zone }, gone) => {
      const run = runs.get(broker) ?? start(broker, zone);
      await run.listenOn(seconds * 1000, gone);
      const failure = run.failure();
      if (failure) throw new Refused("not-ready", FAILURES[failure], { field: "broker" });
      return toDoc(run, zone);
    },
  };
}

const FAILURES: Record<OverhearFailure, Sentence> = {
  "wrong-password": "brokerPassword",
  "unknown-host": "brokerUnknownHost",
  "refused-tls": "brokerTls",
  unreachable: "brokerUnreachable",
  "storage-busy": "brokerUnreachable",
  "refuses-all": "brokerRefusesAll",
};

interface Run extends Pick<Discovery, "found"> {
  readonly id: string;
  /** Resolves after this time, or before it when the run is over or the asker is gone. */
  listenOn(ms: number, gone?: AbortSignal): Promise<void>;
  leftMs(): number;
  isOver(): boolean;
  /** Why it heard nothing at all. */
  failure(): OverhearFailure | undefined;
}

interface RunSettings extends DiscoveryHost {
  readonly zone: string;
  /** Whoever asks next begins anew. */
  forget(): void;
}

function openRun(
  { broker, giveBack }: LentBroker,
  { zone, forget, now, onProblem, runMs = 30_000, unaskedMs = 3_000 }: RunSettings,
): Run {
  const discovery = makeDiscovery(zone);
  const endsAt = performance.now() + runMs;
  const over = new AbortController();
  let listened = false;
  let failure: OverhearFailure | undefined;
  let askers = 0;
  let unasked: NodeJS.Timeout | undefined;

  /** Those who wait are told; whoever asks in a moment is, too, where somebody may. */
  const end = (told: "now" | "later", reason?: OverhearFailure): void => {
    if (over.signal.aborted) return;
    failure = reason;
    clearTimeout(longest);
    clearTimeout(unasked);
    if (told === "now" || askers > 0) forget();
    else setTimeout(forget, unaskedMs);
    over.abort();
    close()
      .finally(giveBack)
      .catch((error: unknown) => onProblem(asError(error)));
  };
  const longest = setTimeout(() => end("later"), runMs);
  const close = broker.overhear({
    onMessage: (topic, payload, retained) => discovery.hear({ topic, payload, at: now(), retained }),
    onListening: () => (listened = true),
    // A broker that goes for a moment in the middle is waited for.
    onFailed: (reason) => (listened ? undefined : end("later", reason)),
    onClosed: () => end("now"),
  });

  return {
    id: randomUUID(),
    found: discovery.found,
    listenOn: async (ms, gone) => {
      clearTimeout(unasked);
      askers += 1;
      await firstOf(ms, over.signal, gone);
      askers -= 1;
      if (askers > 0) return;
      if (over.signal.aborted) forget();
      else unasked = setTimeout(() => end("now"), unaskedMs);
    },
    leftMs: () => (over.signal.aborted ? 0 : Math.max(0, endsAt - performance.now())),
    isOver: () => over.signal.aborted,
    failure: () => failure,
  };
}

/** Resolves when the time is up or one of the signals comes. */
function firstOf(ms: number, ...signals: readonly (AbortSignal | undefined)[]): Promise<void> {
  if (signals.some((signal) => signal?.aborted)) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      for (const signal of signals) signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    for (const signal of signals) signal?.addEventListener("abort", done);
  });
}

function toDoc(run: Run, zone: string): DiscoveryDoc {
  const { devices, topics, otherTopics, more } = run.found();
  return {
    run: run.id,
    listening: !run.isOver(),
    secondsLeft: Math.ceil(run.leftMs() / 1000),
    topics,
    otherTopics,
    more,
    devices: devices.map((device) => toDeviceDoc(device, zone)),
  };
}

function toDeviceDoc(device: FoundDevice, zone: string): FoundDeviceDoc {
  const { id, profile, family, topic, name, namesItself, role, saysRole, messages, at, retained } = device;
  return {
    id: String(id),
    name,
    family,
    topic,
    profile,
    meter: namesItself ? "" : name,
    role,
    saysRole,
    meters: device.meters.map((meter) => toMeterDoc(meter, name)),
    messages,
    at: toInstant(at, zone),
    retained,
  };
}

function toMeterDoc(meter: FoundMeter, device: string): FoundDeviceDoc["meters"][number] {
  const { name = device, channel, role, powerW, importWh, exportWh, volumeM3 } = meter;
  return {
    meter: channel === undefined ? name : `${name}/${channel}`,
    ...(role !== undefined && { role }),
    ...(powerW !== undefined && { kw: toKilo(powerW) }),
    ...(importWh !== undefined && { importKwh: toKilo(importWh) }),
    ...(exportWh !== undefined && { exportKwh: toKilo(exportWh) }),
    ...(volumeM3 !== undefined && { m3: volumeM3 }),
  };
}
