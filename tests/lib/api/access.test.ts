import { describe, expect, it } from "vitest";
import { addressKey, anonymous, isThisMachine, type Asker, type Doors } from "../../../lib/api/access";

const from = (remoteAddress: string | undefined, host = "localhost", more: Partial<Asker> = {}): Asker => ({
  remoteAddress,
  httpVersion: "1.1",
  headers: { host },
  ...more,
});
const SHUT: Doors = { localMayControl: false, lanMayRead: false, lanHosts: [] };
const LAN: Doors = { ...SHUT, lanMayRead: true, lanHosts: ["energy.local", "[fd00::1]"] };

describe("isThisMachine", () => {
  it.each([
    ["127.0.0.1", true],
    ["127.8.9.1", true],
    ["::1", true],
    ["::ffff:127.0.0.1", true],
    ["::FFFF:127.0.0.1", true],
    ["192.168.1.5", false],
    ["::ffff:192.168.1.5", false],
    ["203.0.113.9", false],
    ["::", false],
    ["0.0.0.0", false],
    ["not an address", false],
    [undefined, false],
  ])("of the address %s: %s", (address, expected) => {
    expect(isThisMachine(from(address))).toBe(expected);
  });

  it("is never so by HTTP/1.0, which is how nginx asks for others by default", () => {
    expect(isThisMachine(from("127.0.0.1", "localhost", { httpVersion: "1.0" }))).toBe(false);
  });

  it("is never so by a version that nobody speaks here", () => {
    expect(isThisMachine(from("127.0.0.1", "localhost", { httpVersion: "2.0" }))).toBe(false);
  });

  it("is never so without a Host", () => {
    expect(isThisMachine(from("127.0.0.1", "", { headers: {} }))).toBe(false);
  });
});

describe("anonymous", () => {
  it.each([
    ["10.1.2.3", "energy.local:1880", ["read"]],
    ["172.31.255.255", "ENERGY.LOCAL", ["read"]],
    ["172.32.0.1", "energy.local", []],
    ["192.168.0.9", "energy.local", ["read"]],
    ["::ffff:192.168.0.9", "energy.local", ["read"]],
    ["fd12::9", "[fd00::1]:1880", ["read"]],
    ["fe80::9%eth0", "energy.local", ["read"]],
    ["2001:db8::1", "energy.local", []],
    ["192.168.0.9", "other.local", []],
    ["192.168.0.9", "energy.local.evil.example", []],
    ["203.0.113.9", "energy.local", []],
  ])("from %s at %s, with the LAN's door open, may %j", (address, host, scopes) => {
    expect(anonymous(from(address, host), LAN, true).scopes).toEqual(scopes);
    expect(anonymous(from(address, host), SHUT, true).scopes).toEqual([]);
  });

  it("reads on this machine only until somebody can log in, and with the switch controls as well", () => {
    const here = from("127.0.0.1");
    expect(anonymous(here, SHUT, false).scopes).toEqual(["read"]);
    expect(anonymous(here, SHUT, true).scopes).toEqual([]);
    expect(anonymous(here, { ...SHUT, localMayControl: true }, true).scopes).toEqual(["read", "control"]);
  });
});

describe("addressKey", () => {
  it.each([
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2:ffff::"],
    ["2001:db8::1", "2001:db8:0:0:9::9"],
    ["fe80::1%eth0", "fe80::2"],
  ])("counts %s and %s as one", (one, other) => {
    expect(addressKey(one)).toBe(addressKey(other));
  });

  it("tells networks apart", () => {
    expect(addressKey("2001:db8:0:1::1")).not.toBe(addressKey("2001:db8:0:2::1"));
    expect(addressKey("::1")).not.toBe(addressKey("192.0.2.1"));
  });
});
