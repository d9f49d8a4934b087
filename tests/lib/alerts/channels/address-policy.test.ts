import { describe, expect, it } from "vitest";
import { closedToInside } from "../../../../lib/alerts/channels/address-policy";

describe("closedToInside", () => {
  it.each([
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "0.1.2.3",
    "169.254.169.254",
    "169.254.0.1",
    "100.100.100.200",
    "192.0.0.192",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "0:0:0:0:0:0:0:1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::ffff:169.254.169.254",
    "::ffff:0.0.0.0",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::7f00:1",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
    "fe80::1",
    "fe80::1%eth0",
    "febf::1",
    "fec0::1",
    "ff02::1",
    "fd00:ec2::254",
    "not an address",
    "",
  ])("keeps webhooks from %s", (address) => {
    expect(closedToInside(address)).toBe(false);
  });

  it.each([
    "192.168.1.20",
    "10.0.0.1",
    "172.16.5.4",
    "100.64.0.1",
    "93.184.216.34",
    "::ffff:192.168.1.20",
    "fd12:3456::1",
    "2606:4700::1111",
  ])("lets webhooks reach %s", (address) => {
    expect(closedToInside(address)).toBe(true);
  });
});
