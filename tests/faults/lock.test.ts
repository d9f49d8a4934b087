import Database from "better-sqlite3";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import automationAction from "../../nodes/automation-action/automation-action";
import energyBroker from "../../nodes/energy-broker/energy-broker";
import energyStore from "../../nodes/energy-store/energy-store";
import meterIn from "../../nodes/meter-in/meter-in";
import { startFlow } from "../support/flow";
import { startBroker } from "../support/mqtt-broker";
import { startPlug } from "../support/plug";
import { storedPowers } from "../support/stored-powers";
import { until } from "../support/until";

/** FAULTS.md, row 5, in short: longer than a commit waits, so that ingest must give up and come back. */
const LOCKED_MS = 12_000;
const MESSAGES = 300;

describe("a database that another process has locked", () => {
  it(`delays no command in ${LOCKED_MS / 1000} s, and loses no reading`, async () => {
    const mqtt = await startBroker();
    const plug = await startPlug(mqtt.client, "tasmota");
    const { userDir, send, received, status } = await startFlow(
      [energyBroker, meterIn, energyStore, automationAction],
      [
        { id: "broker", type: "energy-broker", url: mqtt.url },
        {
          id: "meter",
          type: "meter-in",
          broker: "broker",
          unit: "W",
          topic: "energy/consumption",
          wires: [["store"], []],
        },
        { id: "store", type: "energy-store", wires: [[]] },
        {
          id: "switch",
          type: "automation-action",
          broker: "broker",
          profile: "tasmota",
          device: "heater",
          wires: [[], ["states"]],
        },
        { id: "states", type: "helper" },
      ],
    );
    const file = join(userDir, "vatio", "home.db");
    await until("the subscription", () => mqtt.isAwaited("energy/consumption"));
    await until("a first reading", async () => {
      await mqtt.client.publishAsync("energy/consumption", "0", { qos: 1 });
      return storedPowers(file).length > 0;
    });
    await send("switch", { payload: true });
    const before = plug.commands.length;

    const other = new Database(file);
    other.exec("BEGIN IMMEDIATE");
    const lockedAt = Date.now();
    for (let index = 1; index <= MESSAGES; index += 1) {
      mqtt.client.publish("energy/consumption", String(index), { qos: 1 });
    }

    const delays: number[] = [];
    for (let on = false; Date.now() - lockedAt < LOCKED_MS; on = !on) {
      const askedAt = performance.now();
      await send("switch", { payload: on });
      delays.push(performance.now() - askedAt);
      expect(received("states").at(-1)?.payload).toMatchObject({ state: on ? "on" : "off" });
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    expect(status("meter")).toMatchObject({ text: expect.stringContaining("storage-busy") as string });
    other.exec("ROLLBACK");
    other.close();

    expect(plug.commands.length - before).toBe(delays.length);
    // Slack for a busy machine; a command that waited for the lock would take seconds.
    expect(Math.max(...delays)).toBeLessThan(1_000);
    await until("all readings", () => new Set(storedPowers(file)).size === MESSAGES + 1, 30_000);
    const powers = storedPowers(file).filter((power) => power > 0);
    expect(powers.sort((a, b) => a - b)).toEqual(Array.from({ length: MESSAGES }, (_, index) => index + 1));
  }, 90_000);
});
