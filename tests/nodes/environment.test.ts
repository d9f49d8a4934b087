import { afterEach, expect, it } from "vitest";
import energyBroker from "../../nodes/energy-broker/energy-broker";
import energySite from "../../nodes/energy-site/energy-site";
import energyStore from "../../nodes/energy-store/energy-store";
import meterIn from "../../nodes/meter-in/meter-in";
import { startFlow } from "../support/flow";
import { startBroker } from "../support/mqtt-broker";
import { until } from "../support/until";

const NAMES = ["VATIO_PORT", "VATIO_ROOM", "VATIO_USER", "VATIO_PASSWORD"] as const;
afterEach(() => {
  for (const name of NAMES) Reflect.deleteProperty(process.env, name);
});

it("fills in environment variables wherever they stand in a text, secrets too", async () => {
  const mqtt = await startBroker({ user: "installer-7", password: "s3cret" });
  process.env.VATIO_PORT = new URL(mqtt.url).port;
  process.env.VATIO_ROOM = "kitchen";
  process.env.VATIO_USER = "7";
  process.env.VATIO_PASSWORD = "s3cret";

  const { received } = await startFlow(
    [energySite, energyBroker, meterIn, energyStore],
    [
      { id: "site", type: "energy-site", name: "House of the ${VATIO_ROOM}" },
      { id: "broker", type: "energy-broker", url: "mqtt://127.0.0.1:${VATIO_PORT}" },
      {
        id: "meter",
        type: "meter-in",
        site: "site",
        broker: "broker",
        topic: "house/${VATIO_ROOM}/power",
        meter: "${VATIO_ROOM}, all of it",
        wires: [["out"], []],
      },
      { id: "out", type: "helper" },
    ],
    { credentials: { broker: { user: "installer-${VATIO_USER}", password: "${VATIO_PASSWORD}" } } },
  );
  await until("a reading", async () => {
    await mqtt.client.publishAsync("house/kitchen/power", "0.5", { qos: 1 });
    return received("out").length > 0;
  });
  expect(received("out")[0]).toMatchObject({ topic: "kitchen, all of it", payload: { powerW: 500 } });
});
