import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectAsync, type MqttClient } from "mqtt";
import { onTestFinished } from "vitest";
import { freePort } from "./node-red-process";
import { until } from "./until";

/** A Mosquitto of our own on a free port, which keeps every message for a session that is away. */
export async function startMosquitto(
  program: string,
  extra = "allow_anonymous true",
): Promise<{ readonly url: string; readonly client: MqttClient }> {
  const folder = mkdtempSync(join(tmpdir(), "vatio-mosquitto-"));
  const port = await freePort();
  const config = join(folder, "mosquitto.conf");
  writeFileSync(config, `listener ${port} 127.0.0.1\nmax_queued_messages 0\npersistence false\nuser root\n${extra}\n`);
  const child = spawn(program, ["-c", config], { stdio: "ignore" });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const url = `mqtt://127.0.0.1:${port}`;
  let client: MqttClient | undefined;
  await until("Mosquitto", async () => {
    client = await connectAsync(url, {}, false).catch(() => undefined);
    return client !== undefined;
  });
  if (!client) throw new Error("Mosquitto does not answer");
  onTestFinished(async () => {
    await client?.endAsync(true);
    child.kill();
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });
  return { url, client };
}
