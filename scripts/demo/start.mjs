// `npm start`: the whole of Vatio with a simulated house, on this machine alone.
import { HELP, parseOptions } from "./options.ts";
import { startDemo } from "./start-demo.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];

try {
  const options = parseOptions(process.argv.slice(2), process.env);
  if (options.help) console.log(HELP);
  else await run(options);
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

async function run(options) {
  let stopWanted = () => {};
  const stopped = new Promise((resolve) => (stopWanted = resolve));
  // A second Ctrl-C does not wait; what was written goes all the same.
  for (const signal of SIGNALS) process.once(signal, () => (stopWanted(), process.on(signal, () => process.exit(130))));

  const demo = await startDemo({ ...options, say: (text) => console.error(text) });
  console.log(banner(demo, options));
  demo.imported.catch((error) => console.error(`The days before today could not be imported: ${error.message}`));

  await stopped;
  console.log("\nStopping…");
  await demo.close();
  process.exit(0);
}

function banner({ url, brokerUrl }, { port, brokerPort, brokerUrl: foreign }) {
  const lines = ["", "  Vatio, with a simulated house", ""];
  if (new URL(url).port !== String(port) && port !== 0)
    lines.push(`  Port ${port} is taken, so Node-RED listens elsewhere:`);
  lines.push(`  Dashboard  ${url}/energy`, `  Flows      ${url}/`);
  if (foreign) lines.push(`  Broker     ${withoutPassword(foreign)}`);
  else {
    const elsewhere = new URL(brokerUrl).port !== String(brokerPort) && brokerPort !== 0;
    lines.push(`  Broker     ${brokerUrl}${elsewhere ? `  (port ${brokerPort} is taken)` : ""}`);
  }
  lines.push(
    "",
    "  Switch the heater off in the dashboard and see the grid fall.",
    "  Ctrl-C stops it all and leaves nothing behind.",
    "",
  );
  return lines.join("\n");
}

function withoutPassword(url) {
  const shown = new URL(url);
  if (shown.password) shown.password = "***";
  return shown.href;
}
