import assert from "node:assert/strict";
import { test } from "node:test";
import { acceptableClaims } from "../../../src/coordinator/claims.ts";
import { parseListenAddress, udpBindings } from "../../../src/coordinator/listen-address.ts";
import { meshEntryOf, relayEntriesOf } from "../../../src/coordinator/mesh-addresses.ts";
import { rankAddresses } from "../../../src/coordinator/own-addresses.ts";
import { type OverlayPrefix, parseOverlayPrefix } from "../../../src/coordinator/prefixes.ts";
import type { SocketAddress } from "../../../src/protocol/address.ts";

function prefix(text: string, family: 4 | 6): OverlayPrefix {
  const parsed = parseOverlayPrefix(text, family);
  if ("problem" in parsed) throw new Error(parsed.problem);
  return parsed;
}

const overlay = { ipv4: prefix("100.64.0.0/10", 4), ipv6: prefix("fd7a:1:2::/48", 6) };

void test("--listen takes a port with or without an address", () => {
  assert.deepEqual(parseListenAddress(":443", "--listen"), { port: 443 });
  assert.deepEqual(parseListenAddress("*:443", "--listen"), { port: 443 });
  assert.deepEqual(parseListenAddress("192.0.2.1:0", "--listen"), { host: "192.0.2.1", port: 0 });
  assert.deepEqual(parseListenAddress("[2001:DB8::1]:443", "--listen"), { host: "2001:db8::1", port: 443 });
  for (const wrong of ["443", "host:443", "2001:db8::1:443", ":65536", "[192.0.2.1]:1", ":", "", "[]:1"]) {
    assert.throws(() => parseListenAddress(wrong, "--listen"), { exitCode: 2, message: /--listen/ }, wrong);
  }
  assert.deepEqual(udpBindings({ port: 443 }), ["0.0.0.0:443", "[::]:443"]);
  assert.deepEqual(udpBindings({ host: "2001:db8::1", port: 1 }), ["[2001:db8::1]:1"]);
});

void test("own addresses: public before private, the default route's first, none of the mesh, loopback last resort", () => {
  const found = [
    { interfaceName: "lo", ip: "127.0.0.1" },
    { interfaceName: "lo", ip: "::1" },
    { interfaceName: "docker0", ip: "172.17.0.1" },
    { interfaceName: "eth1", ip: "10.0.0.5" },
    { interfaceName: "eth0", ip: "192.168.1.5" },
    { interfaceName: "meshd0", ip: "100.64.0.1" },
    { interfaceName: "meshd0", ip: "fd7a:1:2::1" },
    { interfaceName: "eth0", ip: "fe80::1" },
    { interfaceName: "eth0", ip: "2001:db8::5" },
    { interfaceName: "eth2", ip: "198.51.100.5" },
    { interfaceName: "eth3", ip: "198.51.100.6" },
  ];
  assert.deepEqual(rankAddresses(found, ["198.51.100.6", "192.168.1.5"], [overlay.ipv4, overlay.ipv6]), [
    "198.51.100.6",
    "198.51.100.5",
    "2001:db8::5",
    "192.168.1.5",
    "10.0.0.5",
    "172.17.0.1",
  ]);
  assert.deepEqual(rankAddresses(found.slice(0, 2), [], []), ["127.0.0.1", "::1"]);
});

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

void test("own addresses: none of a tunnel, unless that is the host's uplink", () => {
  const found = [
    { interfaceName: "meshd1", ip: "100.100.0.1", isTunnel: true },
    { interfaceName: "wwan0", ip: "198.51.100.9", isTunnel: true },
    { interfaceName: "eth0", ip: "192.168.1.5", isTunnel: false },
  ];
  assert.deepEqual(rankAddresses(found, ["192.168.1.5"], []), ["192.168.1.5"]);
  assert.deepEqual(rankAddresses(found, ["198.51.100.9"], []), ["198.51.100.9", "192.168.1.5"]);
});
