import { describe, expect, it } from "vitest";
import type { ErrorCode } from "../../lib/errors";
import type { BrokerFailure } from "../../lib/mqtt/broker";
import brokerEnglish from "../../nodes/energy-broker/locales/en-US/energy-broker.json";
import brokerSpanish from "../../nodes/energy-broker/locales/es-ES/energy-broker.json";
import siteEnglish from "../../nodes/energy-site/locales/en-US/energy-site.json";
import siteSpanish from "../../nodes/energy-site/locales/es-ES/energy-site.json";

// A record, so that a new code without a line here does not compile.
const FAILURES: Readonly<Record<ErrorCode | "unexpected", true>> = {
  "invalid-config": true,
  "invalid-reading": true,
  "invalid-query": true,
  "invalid-command": true,
  "no-answer": true,
  "query-too-long": true,
  "storage-busy": true,
  "storage-failed": true,
  "storage-damaged": true,
  "broker-offline": true,
  "channel-failed": true,
  forbidden: true,
  unexpected: true,
};
const STATES: Readonly<Record<BrokerFailure | "connecting", true>> = {
  connecting: true,
  "wrong-password": true,
  "unknown-host": true,
  "refused-tls": true,
  unreachable: true,
  "storage-busy": true,
};

describe.each([
  ["English", siteEnglish["energy-site"], brokerEnglish["energy-broker"]],
  ["Spanish", siteSpanish["energy-site"], brokerSpanish["energy-broker"]],
])("in %s", (_, site, broker) => {
  it("every failure has a text that all nodes share", () => {
    expect(Object.keys(site.failure).sort()).toEqual(Object.keys(FAILURES).sort());
  });

  it("every state of a broker has one", () => {
    expect(Object.keys(broker.state).sort()).toEqual(Object.keys(STATES).sort());
  });
});
