import type { NodeAPI } from "node-red";
import { randomUUID } from "node:crypto";
import { asError, EnergyError } from "../../lib/errors";
import type { Broker, BrokerSettings } from "../../lib/mqtt/broker";
import { openBroker } from "../../lib/mqtt/open-broker";
import { parseNumber } from "../../lib/parse-number";
import { onFlows } from "./on-flows";
import { userFile } from "./user-file";

export interface BrokerDef {
  readonly url?: string;
  readonly clientId?: string;
  readonly version?: string;
  readonly persistent?: boolean;
  readonly group?: string;
  readonly connections?: string;
  readonly verify?: boolean;
  readonly ca?: string;
  readonly cert?: string;
}

export interface BrokerSecrets {
  readonly user?: string;
  readonly password?: string;
  readonly key?: string;
  readonly passphrase?: string;
}

/** What is remembered of a config node's session, at one broker and under one name. */
interface Session {
  readonly clientId: string;
  /** Without the login that an address may hold. */
  readonly host?: string;
  readonly filters: readonly string[];
}
type Sessions = Readonly<Record<string, Session>>;

const PROTOCOLS = ["mqtt:", "mqtts:", "ws:", "wss:"];

/** A broker that connects once the flows run, holds while they change, and keeps its session in the user directory. */
export function openNodeBroker(RED: NodeAPI, id: string, def: BrokerDef, secrets: BrokerSecrets): Broker {
  const file = userFile<Sessions>(RED, "mqtt-sessions.json");
  const clientId = def.clientId || (file.read()?.[id]?.clientId ?? `vatio-${randomUUID().slice(0, 13)}`);
  const settings = makeBrokerSettings(def, secrets, clientId);
  const { host } = new URL(settings.url);
  const warn = (message: string): void => RED.log.warn(`[vatio] ${message}`);
  const save = (filters: readonly string[]): void => {
    try {
      file.write({ ...file.read(), [id]: { clientId, host, filters } });
    } catch (error) {
      warn(`mqtt-sessions.json was not written: ${asError(error).message}`);
    }
  };
  const before = file.read()?.[id];
  if (!before) save([]);
  const filters = before?.clientId === clientId && before.host === host ? before.filters : [];

  const broker = openBroker(settings, { load: () => filters, save, warn });
  const { hold, release } = broker;
  const ends = [onFlows(RED, "flows:stopping", hold), onFlows(RED, "flows:started", release)];
  return {
    ...broker,
    close: async () => {
      for (const end of ends) end();
      await broker.close();
    },
  };
}

/** The settings that a form's texts mean, or an `invalid-config` error that names the field. */
function makeBrokerSettings(def: BrokerDef, secrets: BrokerSecrets, clientId: string): BrokerSettings {
  const connections = parseNumber(def.connections, "connections", 1);
  if (!Number.isInteger(connections) || connections < 1 || connections > 16) {
    throw new EnergyError("invalid-config", `connections must be 1 to 16, got ${connections}`, {
      field: "connections",
    });
  }
  return {
    url: parseUrl(def.url || "mqtt://localhost:1883"),
    ...(secrets.user && { user: secrets.user }),
    ...(secrets.password && { password: secrets.password }),
    tls: {
      verify: def.verify !== false,
      ...(def.ca && { ca: def.ca }),
      ...(def.cert && { cert: def.cert }),
      ...(secrets.key && { key: secrets.key }),
      ...(secrets.passphrase && { passphrase: secrets.passphrase }),
    },
    clientId,
    version: def.version === "4" ? 4 : 5,
    persistent: def.persistent !== false,
    ...(def.group && { group: def.group }),
    connections,
  };
}

function parseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && PROTOCOLS.includes(url.protocol) && url.hostname) return text;
  // A password that somebody wrote into it must not reach the log.
  const shown = text.replace(/^([a-z]+:\/\/)?.*@/is, "$1…@");
  throw new EnergyError("invalid-config", `url must look like mqtt://host:1883 or mqtts://host:8883, got "${shown}"`, {
    field: "url",
  });
}
