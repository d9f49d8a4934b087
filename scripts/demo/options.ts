import { parseArgs } from "node:util";

export interface DemoOptions {
  readonly help: boolean;
  readonly port: number;
  /** A real broker to use instead of our own. */
  readonly brokerUrl?: string;
  readonly brokerPort: number;
  readonly language: Language;
}

export type Language = "en-US" | "es-ES";

/** What a machine says of its language. */
interface Environment {
  readonly LC_ALL?: string | undefined;
  readonly LC_MESSAGES?: string | undefined;
  readonly LANG?: string | undefined;
}

export const HELP = `Usage: npm start -- [options]

Runs Node-RED with Vatio, an MQTT broker and a simulated house, all on this machine alone.

  --port N           where Node-RED listens (1880; any free port if that is taken)
  --broker URL       use this broker instead of our own: mqtt://user:password@host:1883
  --broker-port N    where our own broker listens (1883; any free port if that is taken)
  --language en|es   language of the site (the machine's own)
  --help             this text
`;

/** The options on the command line, or an error whose message says which is wrong. */
export function parseOptions(args: readonly string[], env: Environment): DemoOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: "string", default: "1880" },
      broker: { type: "string" },
      "broker-port": { type: "string", default: "1883" },
      language: { type: "string", default: env.LC_ALL || env.LC_MESSAGES || env.LANG || "en" },
      help: { type: "boolean", default: false },
    },
  });
  return {
    help: values.help,
    port: parsePort(values.port, "--port"),
    brokerPort: parsePort(values["broker-port"], "--broker-port"),
    language: values.language.toLowerCase().startsWith("es") ? "es-ES" : "en-US",
    ...(values.broker !== undefined && { brokerUrl: parseBroker(values.broker) }),
  };
}

function parsePort(text: string, option: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new Error(`${option} must be a port from 0 to 65535, got "${text}"`);
  return port;
}

function parseBroker(text: string): string {
  if (!/^(mqtts?|wss?):\/\/./.test(text) || !URL.canParse(text)) {
    throw new Error(`--broker must be a URL such as mqtt://localhost:1883, got "${text}"`);
  }
  return text;
}
