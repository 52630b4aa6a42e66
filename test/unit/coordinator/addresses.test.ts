import assert from "node:assert/strict";
import { test } from "node:test";
import { acceptableClaims } from "../../../src/coordinator/claims.ts";
import { meshEntryOf, relayEntriesOf } from "../../../src/coordinator/mesh-addresses.ts";
import { type OverlayPrefix, parseOverlayPrefix } from "../../../src/coordinator/prefixes.ts";
import type { SocketAddress } from "../../../src/protocol/address.ts";

function prefix(text: string, family: 4 | 6): OverlayPrefix {
  const parsed = parseOverlayPrefix(text, family);
  if ("problem" in parsed) throw new Error(parsed.problem);
  return parsed;
}

const overlay = { ipv4: prefix("100.64.0.0/10", 4), ipv6: prefix("fd7a:1:2::/48", 6) };

void test("the netmap names every address; STUN servers only where a NAT would be seen", () => {
  const addresses = { hosts: ["vpn.example.org", "198.51.100.5", "10.0.0.5"], ips: ["198.51.100.5", "10.0.0.5"] };
  const services = { controlPort: 443, stunPort: 3478, relay: { port: 443, key: new Uint8Array(32) } };
  const entry = meshEntryOf(addresses, services, overlay);
  assert.deepEqual(entry.coordinators, ["vpn.example.org:443", "198.51.100.5:443", "10.0.0.5:443"]);
  assert.deepEqual(entry.stunServers, ["198.51.100.5:3478", "198.51.100.5:443"]);
  assert.deepEqual(relayEntriesOf(addresses, services)[0]?.udpAddresses, ["198.51.100.5:443", "10.0.0.5:443"]);
  const withoutRelay = { controlPort: 443, stunPort: 3478 };
  assert.deepEqual(meshEntryOf({ hosts: ["10.0.0.5"], ips: ["10.0.0.5"] }, withoutRelay, overlay).stunServers, [
    "10.0.0.5:3478",
  ]);
  assert.deepEqual(relayEntriesOf(addresses, withoutRelay), []);
});

void test("claims that would turn the mesh on somebody's own host or link are left out", () => {
  const claim = (address: string) => ({ kind: "host" as const, address: address as SocketAddress });
  const wrong = [
    "127.0.0.1:1",
    "0.0.0.0:1",
    "169.254.1.1:1",
    "224.0.0.1:1",
    "255.255.255.255:1",
    "100.64.0.9:1",
    "[::1]:1",
    "[::]:1",
    "[fe80::1]:1",
    "[ff02::1]:1",
    "[fd7a:1:2::5]:1",
  ];
  const right = ["192.168.0.7:1", "203.0.113.7:1", "[2001:db8::7]:1", "[fd00::7]:1"];
  const kept = acceptableClaims([...wrong, ...right].map(claim), [overlay.ipv4, overlay.ipv6]);
  assert.deepEqual(
    kept.map(({ address }) => address),
    right,
  );
  const many = Array.from({ length: 30 }, (_, i) => claim(`203.0.113.${String(i)}:1`));
  assert.equal(acceptableClaims(many, []).length, 16);
});
