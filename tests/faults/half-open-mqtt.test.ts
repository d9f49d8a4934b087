import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { startCable } from "../support/cable";
import { startMosquitto } from "../support/mosquitto";
import { startNodeRedProcess } from "../support/node-red-process";
import { itNeeds } from "../support/requires";
import { storedPowers } from "../support/stored-powers";
import { until } from "../support/until";

/** FAULTS.md, row 6, half-open. `FULL=1` does it more often. */
const TIMES = process.env.FULL ? 10 : 1;
const STEP_MS = 20;
const TOPIC = "energy/consumption";
/** By a quiet connection's keepalive, and what a loaded machine adds. */
const BACK_MS = 20_000;

itNeeds(
  "mosquitto",
  `connections to a broker that fall silent ${TIMES} times, which nobody is told of, are given up within ${BACK_MS / 1_000} s: nothing is lost or doubled`,
  async (program) => {
    const { url, client } = await startMosquitto(program);
    const cable = await startCable(Number(new URL(url).port));
    const userDir = mkdtempSync(join(tmpdir(), "vatio-half-open-"));
    onTestFinished(() => rmSync(userDir, { recursive: true, force: true }));
    const file = join(userDir, "vatio", "home.db");
    const running = await startNodeRedProcess(userDir, [
      { id: "tab", type: "tab", label: "half-open" },
      { id: "broker", type: "energy-broker", url: `mqtt://127.0.0.1:${cable.port}`, persistent: true },
      { id: "meter", z: "tab", type: "meter-in", broker: "broker", topic: TOPIC, wires: [["store"], []] },
      { id: "store", z: "tab", type: "energy-store", wires: [[]] },
    ]);
    // Of no stamp: what is delivered again is known by its packet alone.
    const publish = (watts: number) => client.publishAsync(TOPIC, String(watts / 1_000), { qos: 1 });
    await until("a first reading", async () => {
      await publish(1);
      return count(file) > 0;
    });
    let said = 1;
    const talk = new AbortController();
    const speaking = (async () => {
      while (!talk.signal.aborted) {
        await publish((said += 1));
        await new Promise((resolve) => setTimeout(resolve, STEP_MS));
      }
    })();

    for (let time = 0; time < TIMES; time += 1) {
      const before = count(file);
      await until("some readings", () => count(file) > before + 50);
      cable.silence();
      const [began, silent] = [performance.now(), said];
      await until("what was said since", () => storedPowers(file).includes(silent + 50), 3 * BACK_MS);
      const tookMs = Math.round(performance.now() - began);
      console.info(`back after ${tookMs} ms`);
      expect(tookMs).toBeLessThan(BACK_MS);
    }
    talk.abort();
    await speaking;
    await until("the last one", () => storedPowers(file).includes(said));
    const powers = storedPowers(file).filter((watts) => watts > 1);
    expect(powers.sort((a, b) => a - b)).toEqual(Array.from({ length: said - 1 }, (_, index) => index + 2));
    expect(await running.stop()).toBe(0);
  },
  60_000 + TIMES * 4 * BACK_MS,
);

const count = (file: string): number => storedPowers(file).length;
