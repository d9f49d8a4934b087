import type { MqttClient } from "mqtt";

/** How one family of plugs is told and answers. */
interface Language {
  readonly commands: string;
  /** What a message asks for; nothing when it only asks how things are. */
  wanted(payload: string): boolean | undefined;
  report(on: boolean): readonly (readonly [topic: string, payload: string])[];
}

const LANGUAGES = {
  tasmota: {
    commands: "cmnd/heater/POWER",
    wanted: (payload) => (payload === "" ? undefined : payload === "ON"),
    report: (on) => [
      ["stat/heater/RESULT", JSON.stringify({ POWER: on ? "ON" : "OFF" })],
      ["stat/heater/POWER", on ? "ON" : "OFF"],
    ],
  },
  "shelly-gen1": {
    commands: "shellies/heater/+/+/command",
    wanted: (payload) => payload === "on",
    report: (on) => [["shellies/heater/relay/0", on ? "on" : "off"]],
  },
  "shelly-gen2": {
    commands: "heater/rpc",
    wanted: (payload) => {
      const call = JSON.parse(payload) as { method: string; params: { on: boolean } };
      return call.method === "Switch.Set" ? call.params.on : undefined;
    },
    report: (on) => [
      ["heater/events/rpc", JSON.stringify({ method: "NotifyStatus", params: { "switch:0": { id: 0, output: on } } })],
    ],
  },
  zigbee2mqtt: {
    commands: "zigbee2mqtt/heater/set",
    wanted: (payload) => (JSON.parse(payload) as { state: string }).state === "ON",
    report: (on) => [["zigbee2mqtt/heater", JSON.stringify({ state: on ? "ON" : "OFF" })]],
  },
} satisfies Record<string, Language>;

export type PlugFamily = keyof typeof LANGUAGES;

/** A plug called `heater` that obeys and reports over MQTT, until it is told to be mute. */
export interface Plug {
  on: boolean;
  /** Hears nothing and says nothing, as when it is unplugged. */
  mute: boolean;
  /** Every command it was sent, also while mute. */
  readonly commands: readonly boolean[];
  /** Somebody presses its button. */
  press(): Promise<void>;
}

export async function startPlug(client: MqttClient, family: PlugFamily): Promise<Plug> {
  const language: Language = LANGUAGES[family];
  const commands: boolean[] = [];
  const report = async (): Promise<void> => {
    // Both at once: a device never reports an older state after a newer one.
    await Promise.all(
      language.report(plug.on).map(([topic, payload]) => client.publishAsync(topic, payload, { qos: 1 })),
    );
  };
  const plug = {
    on: false,
    mute: false,
    commands,
    press: async () => {
      plug.on = !plug.on;
      await report();
    },
  };
  client.on("message", (topic, payload, packet) => {
    if (!matches(language.commands, topic) || packet.retain) return;
    const wanted = language.wanted(payload.toString());
    if (wanted !== undefined) commands.push(wanted);
    if (plug.mute) return;
    plug.on = wanted ?? plug.on;
    void report();
  });
  // Back at the broker, a device says how it is: whoever asked before it came was not heard.
  client.on("connect", () => {
    if (!plug.mute) void report();
  });
  await client.subscribeAsync(language.commands, { qos: 1 });
  return plug;
}

function matches(filter: string, topic: string): boolean {
  return new RegExp(`^${filter.replaceAll("+", "[^/]+")}$`).test(topic);
}
