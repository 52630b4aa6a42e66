import assert from "node:assert/strict";
import { test } from "node:test";
import { acceptCandidates, addressFilter, gatherCandidates, sameCandidates } from "../../../src/nat/index.ts";
import { type Candidate, MAX_CANDIDATES, parseSocketAddress, type SocketAddress } from "../../../src/protocol/index.ts";

function address(text: string): SocketAddress {
  const parsed = parseSocketAddress(text);
  assert.ok(parsed !== undefined, text);
  return parsed;
}

const interfaces = [
  { name: "lo", ip: "127.0.0.1", prefixLength: 8 },
  { name: "lo", ip: "::1", prefixLength: 128 },
  { name: "eth0", ip: "192.168.7.20", prefixLength: 24 },
  { name: "eth0", ip: "2001:db8:7::20", prefixLength: 64 },
  { name: "eth0", ip: "fe80::20", prefixLength: 64 },
  { name: "ppp0", ip: "203.0.113.9", prefixLength: 32 },
  { name: "mesh0", ip: "10.77.0.1", prefixLength: 32 },
  { name: "mesh0", ip: "100.64.0.1", prefixLength: 32 },
];
const allows = addressFilter({
  overlayPrefixes: ["100.64.0.0/10", "fd7a:115c:a1e0::/48"],
  interfaces,
  tunName: "mesh0",
});
const sources = { interfaces, port: 41641, reflexive: [], observed: [], configured: [] };

test("addresses that no probe may go to", () => {
  const forbidden = [
    "0.1.2.3",
    "127.0.0.53",
    "169.254.1.1",
    "192.0.0.1",
    "224.0.0.251",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "100.64.0.7",
    "100.127.255.255",
    "192.168.7.255",
    "192.168.7.0",
    "10.77.0.1",
    "[::1]",
    "[::]",
    "[fe80::1]",
    "[febf::1]",
    "[ff02::1]",
    "[fd7a:115c:a1e0::7]",
  ];
  for (const ip of forbidden) assert.equal(allows(address(`${ip}:1`)), false, ip);
});

test("addresses just beside those may be probed", () => {
  const allowed = [
    "1.0.0.0",
    "126.255.255.255",
    "128.0.0.1",
    "169.253.255.255",
    "192.0.1.1",
    "223.255.255.255",
    "100.63.255.255",
    "100.128.0.0",
    "192.168.7.254",
    "192.168.8.255",
    "10.77.0.2",
    "[::2]",
    "[fec0::1]",
    "[feff::1]",
    "[fd7a:115c:a1e1::7]",
    "[2001:db8::1]",
  ];
  for (const ip of allowed) assert.equal(allows(address(`${ip}:1`)), true, ip);
});

test("a point-to-point subnet has no broadcast address", () => {
  const link = (prefixLength: number) =>
    addressFilter({ overlayPrefixes: [], interfaces: [{ name: "wan", ip: "203.0.113.8", prefixLength }] });
  assert.equal(link(31)(address("203.0.113.9:1")), true);
  assert.equal(link(30)(address("203.0.113.11:1")), false);
});

test("own candidates: what the outside sees first, hosts by their interfaces, the mesh's own left out", () => {
  const gathered = gatherCandidates(
    {
      ...sources,
      reflexive: [address("198.51.100.7:4000"), address("203.0.113.9:41641")],
      observed: [address("198.51.100.7:4000"), address("198.51.100.7:4001")],
      configured: [address("198.51.100.99:41641")],
    },
    allows,
  );
  assert.deepEqual(gathered, [
    { kind: "configured", address: "198.51.100.99:41641" },
    { kind: "reflexive", address: "198.51.100.7:4000" },
    { kind: "host", address: "203.0.113.9:41641" },
    { kind: "observed", address: "198.51.100.7:4001" },
    { kind: "host", address: "192.168.7.20:41641" },
    { kind: "host", address: "[2001:db8:7::20]:41641" },
  ]);
});

test("at most sixteen, of them two observed", () => {
  const many = Array.from({ length: 30 }, (_, i) => ({ name: "eth0", ip: `10.0.1.${i + 1}`, prefixLength: 16 }));
  const observed = Array.from({ length: 5 }, (_, i) => address(`198.51.100.7:${4000 + i}`));
  const gathered = gatherCandidates({ ...sources, interfaces: many, observed }, allows);
  assert.equal(gathered.length, MAX_CANDIDATES);
  assert.equal(gathered.filter(({ kind }) => kind === "observed").length, 2);
});

test("claims of others: each once, none forbidden, sixteen at most", () => {
  const claim = (text: string): Candidate => ({ kind: "host", address: address(text) });
  const good = Array.from({ length: 20 }, (_, i) => claim(`198.51.100.${i + 1}:7`));
  const accepted = acceptCandidates([claim("127.0.0.1:7"), claim("198.51.100.1:7"), ...good], allows);
  assert.deepEqual(accepted, good.slice(0, MAX_CANDIDATES));
});

test("the same candidates in any order are the same", () => {
  const [a, b]: Candidate[] = ["198.51.100.1:7", "198.51.100.2:7"].map((text) => ({
    kind: "host",
    address: address(text),
  }));
  assert.ok(a && b);
  assert.equal(sameCandidates([a, b], [b, a]), true);
  assert.equal(sameCandidates([a], [b]), false);
  assert.equal(sameCandidates([a], [a, b]), false);
});
