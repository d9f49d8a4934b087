// Publishes tenths of a watt as kW, QoS 1, as fast as the broker takes them or so many a second: PORT, how many messages, how many
// topics, and the rate. None says the same twice within 900,000.
// On a bare socket, so that the machine is left to what is measured.
import { connect } from "node:net";
import { once } from "node:events";
import { generate, parser } from "mqtt-packet";

const [port, messages, topics, rate = Infinity] = process.argv.slice(2).map(Number);
/** What may be on its way to the broker at a time; packet identifiers go round below. */
const IN_FLIGHT = 4_000;
const LARGEST_ID = 65_535;
/** No home carries more. */
const LARGEST = 900_000;
const TICK_MS = 20;

const socket = connect(port, "127.0.0.1");
await once(socket, "connect");
socket.write(generate({ cmd: "connect", clientId: `publisher-${process.pid}`, clean: true, keepalive: 0 }));
const startedAt = performance.now();
let sent = 0;
let acknowledged = 0;
let isConnected = false;

function more() {
  const due = Math.min(messages, rate * ((performance.now() - startedAt) / 1_000));
  const packets = [];
  while (sent < due && sent - acknowledged < IN_FLIGHT) {
    const payload = String(((sent % LARGEST) + 1) / 10_000);
    const messageId = (sent % LARGEST_ID) + 1;
    packets.push(generate({ cmd: "publish", topic: `bench/${sent % topics}`, payload, qos: 1, messageId }));
    sent += 1;
  }
  if (packets.length > 0) socket.write(Buffer.concat(packets));
}

const timer = Number.isFinite(rate) ? setInterval(() => isConnected && more(), TICK_MS) : undefined;
await new Promise((resolve, reject) => {
  socket.once("close", () => reject(new Error("the broker hung up")));
  const answers = parser();
  answers.on("packet", ({ cmd }) => {
    if (cmd === "puback") acknowledged += 1;
    if (cmd === "connack") isConnected = true;
    if (!timer && (cmd === "connack" || (sent < messages && sent - acknowledged <= IN_FLIGHT / 2))) more();
    if (acknowledged === messages) resolve();
  });
  socket.on("data", (data) => answers.parse(data));
});
clearInterval(timer);
socket.end(generate({ cmd: "disconnect" }));
