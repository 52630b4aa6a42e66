import assert from "node:assert/strict";
import { test } from "node:test";
import { parseListenAddress, udpBindings } from "../../../src/server/listen-address.ts";
import { rankAddresses } from "../../../src/server/own-addresses.ts";

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
  assert.deepEqual(rankAddresses(found, ["198.51.100.6", "192.168.1.5"], ["100.64.0.0/10", "fd7a:1:2::/48"]), [
    "198.51.100.6",
    "198.51.100.5",
    "2001:db8::5",
    "192.168.1.5",
    "10.0.0.5",
    "172.17.0.1",
  ]);
  assert.deepEqual(rankAddresses(found.slice(0, 2), [], []), ["127.0.0.1", "::1"]);
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
