// Publishes whole numbers of watts as kW, QoS 1, as fast as the broker takes them: PORT, how many messages, how many topics.
import { connectAsync } from "mqtt";

const [port, messages, topics] = process.argv.slice(2).map(Number);
/** What may be on its way to the broker at a time. */
const IN_FLIGHT = 2_000;

const client = await connectAsync(`mqtt://127.0.0.1:${port}`);
let sent = 0;
let acknowledged = 0;
await new Promise((resolve, reject) => {
  const more = () => {
    while (sent < messages && sent - acknowledged < IN_FLIGHT) {
      client.publish(`bench/${sent % topics}`, String((sent + 1) / 1_000), { qos: 1 }, (error) => {
        if (error) return reject(error);
        acknowledged += 1;
        if (acknowledged === messages) resolve();
        else if (acknowledged % 500 === 0) more();
      });
      sent += 1;
    }
  };
  more();
});
await client.endAsync();
