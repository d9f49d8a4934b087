import { pbkdf2Sync, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { brokerSettings, hear, openTestBroker } from "../../support/open-test-broker";
import { makeCertificate } from "../../support/certificate";
import { startMosquitto } from "../../support/mosquitto";
import { freePort } from "../../support/node-red-process";
import { describeNeeds, itNeeds } from "../../support/requires";
import { until } from "../../support/until";

/** Every way in that an `energy-broker` offers, at a real Mosquitto. */
describeNeeds("mosquitto", "at Mosquitto", () => {
  itNeeds("mosquitto", "speaks MQTT 3.1.1 and 5 over TCP and web sockets, with TLS and without", async (program) => {
    const { certFile, keyFile, cert } = makeCertificate();
    const [ws, mqtts, wss] = [await freePort(), await freePort(), await freePort()];
    const tls = `certfile ${certFile}\nkeyfile ${keyFile}`;
    const { url, client } = await startMosquitto(
      program,
      [
        "allow_anonymous true",
        `listener ${ws} 127.0.0.1\nprotocol websockets`,
        `listener ${mqtts} 127.0.0.1\n${tls}`,
        `listener ${wss} 127.0.0.1\nprotocol websockets\n${tls}`,
      ].join("\n"),
    );
    const ways = [url, `ws://127.0.0.1:${ws}`, `mqtts://127.0.0.1:${mqtts}`, `wss://127.0.0.1:${wss}`];
    for (const way of ways) {
      for (const version of [4, 5] as const) {
        const broker = openTestBroker(brokerSettings(way, { version, tls: { verify: true, ca: cert } }));
        const heard = await hear(broker, "meters/+");
        await until(`${way} in version ${version}`, async () => {
          await client.publishAsync("meters/grid", "1.25", { qos: 1 });
          return heard.some(({ text }) => text === "1.25");
        });
        await broker.publish("commands", "ON", { expirySeconds: 5 });
        await broker.close();
      }
    }
  });

  itNeeds(
    "mosquitto",
    "shows a client certificate, and says that TLS is refused where it has none",
    async (program) => {
      const { certFile, keyFile, cert, key } = makeCertificate();
      const [mqtts, wss] = [await freePort(), await freePort()];
      const tls = `cafile ${certFile}\ncertfile ${certFile}\nkeyfile ${keyFile}\nrequire_certificate true`;
      await startMosquitto(
        program,
        `allow_anonymous true\nlistener ${mqtts} 127.0.0.1\n${tls}\nlistener ${wss} 127.0.0.1\nprotocol websockets\n${tls}`,
      );
      for (const url of [`mqtts://127.0.0.1:${mqtts}`, `wss://127.0.0.1:${wss}`]) {
        const known = openTestBroker(brokerSettings(url, { tls: { verify: true, ca: cert, cert, key } }));
        known.release();
        await until(`the client certificate at ${url}`, known.connected);

        // TLS 1.3 tells a client that it is refused after its handshake is done.
        const stranger = openTestBroker(brokerSettings(url, { tls: { verify: true, ca: cert } }));
        stranger.release();
        await until(`the refusal at ${url}`, () => stranger.failure() !== undefined);
        expect(stranger.failure()).toBe("refused-tls");
      }
    },
  );

  itNeeds("mosquitto", "says in MQTT 3.1.1 and 5 that the password is wrong", async (program) => {
    const folder = mkdtempSync(join(tmpdir(), "vatio-login-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const logins = join(folder, "logins");
    const salt = randomBytes(12);
    const hash = pbkdf2Sync("right", salt, 101, 64, "sha512").toString("base64");
    writeFileSync(logins, `house:$7$101$${salt.toString("base64")}$${hash}\n`);
    const { url } = await startMosquitto(program, `allow_anonymous true\npassword_file ${logins}`);

    for (const version of [4, 5] as const) {
      const login = { version, user: "house" };
      const right = openTestBroker(brokerSettings(url, { ...login, password: "right" }));
      right.release();
      await until(`the right password in version ${version}`, right.connected);

      const wrong = openTestBroker(brokerSettings(url, { ...login, password: "other" }));
      wrong.release();
      await until(`the refusal in version ${version}`, () => wrong.failure() !== undefined);
      expect(wrong.failure()).toBe("wrong-password");
    }
  });

  itNeeds("mosquitto", "says that TLS is refused where the certificate is not one of a server", async (program) => {
    const { certFile, keyFile, cert } = makeCertificate("extendedKeyUsage=clientAuth");
    const port = await freePort();
    await startMosquitto(
      program,
      `allow_anonymous true\nlistener ${port} 127.0.0.1\ncertfile ${certFile}\nkeyfile ${keyFile}`,
    );
    const broker = openTestBroker(brokerSettings(`mqtts://127.0.0.1:${port}`, { tls: { verify: true, ca: cert } }));
    broker.release();
    await until("the refusal", () => broker.failure() !== undefined);
    expect(broker.failure()).toBe("refused-tls");
  });

  itNeeds("mosquitto", "is given by MQTT 5, too, what came while it was away", async (program) => {
    const { url, client } = await startMosquitto(program);
    const settings = brokerSettings(url, { version: 5 });
    const first = openTestBroker(settings);
    const heard = await hear(first, "meters/+");
    await until("the subscription", async () => {
      await client.publishAsync("meters/grid", "before", { qos: 1 });
      return heard.length > 0;
    });
    await first.close();
    for (const text of ["1", "2", "3"]) await client.publishAsync("meters/grid", text, { qos: 1 });

    const second = await hear(openTestBroker(settings), "meters/+");
    await until("what was kept", () => second.length >= 3);
    expect(second.map(({ text }) => text)).toEqual(["1", "2", "3"]);
  });

  itNeeds("mosquitto", "shares one subscription among parallel connections, each message once", async (program) => {
    const { url, client } = await startMosquitto(program);
    const heard = await hear(openTestBroker(brokerSettings(url, { connections: 3 })), "meters/+");
    await until("all three", async () => {
      await client.publishAsync("meters/grid", "probe", { qos: 1 });
      return new Set(heard.map(({ session }) => session)).size === 3;
    });
    const texts = Array.from({ length: 300 }, (_, index) => String(index));
    await Promise.all(texts.map((text) => client.publishAsync("meters/grid", text, { qos: 1 })));
    const counted = () => heard.map(({ text }) => text).filter((text) => text !== "probe");
    await until("all of them", () => counted().length >= 300);
    expect(counted().sort()).toEqual(texts.sort());
  });

  itNeeds("mosquitto", "shares the messages of a named group with another Node-RED", async (program) => {
    const { url, client } = await startMosquitto(program);
    const [one, other] = [
      await hear(openTestBroker(brokerSettings(url, { group: "plant" })), "meters/+"),
      await hear(openTestBroker(brokerSettings(url, { group: "plant" })), "meters/+"),
    ];
    await until("both", async () => {
      await client.publishAsync("meters/grid", "probe", { qos: 1 });
      return one.length > 0 && other.length > 0;
    });
    const texts = Array.from({ length: 100 }, (_, index) => String(index));
    for (const text of texts) await client.publishAsync("meters/grid", text, { qos: 1 });
    const counted = () => [...one, ...other].map(({ text }) => text).filter((text) => text !== "probe");
    await until("all of them", () => counted().length >= 100);
    expect(counted().sort()).toEqual(texts.sort());
  });
});
