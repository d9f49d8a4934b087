import { BlockList, isIP } from "node:net";

/** Whether a connection to this IP address is allowed. */
export type AddressPolicy = (address: string) => boolean;

/**
 * Where no webhook may go: this machine, link-local (and with it the metadata service of clouds), unspecified,
 * multicast and broadcast. Private LANs are allowed: that is where many receivers live.
 * `BlockList` checks an IPv4 address inside IPv6 (`::ffff:`) by the IPv4 rules; the other forms of one are closed whole.
 */
const CLOSED = new BlockList();
for (const [net, prefix] of [
  ["0.0.0.0", 8],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["224.0.0.0", 3],
] as const) {
  CLOSED.addSubnet(net, prefix, "ipv4");
}
// Metadata services outside of link-local: Alibaba, Oracle.
for (const address of ["100.100.100.200", "192.0.0.192"]) CLOSED.addAddress(address, "ipv4");
for (const [net, prefix] of [
  ["::", 96], // unspecified, loopback, IPv4-compatible
  ["::ffff:0:0:0", 96], // IPv4-translated
  ["64:ff9b::", 96], // NAT64
  ["64:ff9b:1::", 48], // NAT64, local
  ["2002::", 16], // 6to4
  ["2001::", 32], // Teredo
  ["fe80::", 10], // link-local
  ["fec0::", 10], // site-local, long gone
  ["ff00::", 8], // multicast
] as const) {
  CLOSED.addSubnet(net, prefix, "ipv6");
}
// The metadata service of AWS over IPv6.
CLOSED.addAddress("fd00:ec2::254", "ipv6");

export const closedToInside: AddressPolicy = (address) => {
  const bare = address.split("%")[0] ?? "";
  const family = isIP(bare);
  return family !== 0 && !CLOSED.check(bare, family === 4 ? "ipv4" : "ipv6");
};
