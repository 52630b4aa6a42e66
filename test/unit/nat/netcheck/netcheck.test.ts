// One check against simulated NATs and servers that serve what docs/protocol.md says of STUN.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  explainReport,
  Netcheck,
  type NetcheckFindings,
  type NetcheckInput,
  type NetcheckTransmit,
} from "../../../../src/nat/netcheck/index.ts";
import { formatSocketAddress, type SocketAddress, splitSocketAddress } from "../../../../src/protocol/index.ts";
import { Nat, type NatBehaviour } from "../../../sim/nat.ts";
import { seededRandom } from "../../../sim/random.ts";
import { answerStun } from "./stun-server.ts";

const LAN_IP = "192.168.1.10";
const PORT = 41641;
const FRESH_PORTS = [50_011, 42_102, 60_333, 38_404, 55_005];
const [A443, A3478, B443, B3478] = [
  formatSocketAddress("203.0.113.1", 443),
  formatSocketAddress("203.0.113.1", 3478),
  formatSocketAddress("203.0.113.2", 443),
  formatSocketAddress("203.0.113.2", 3478),
] as const;
const ONE_WAY_MS = 10;
/** What a report has that no check waits for. */
const SLOW = { portMapping: [], mappingLifetimeSeconds: null } as const;

const HARD = { mapping: "address-and-port-dependent", filtering: "address-and-port-dependent" } as const;
const HOME: NatBehaviour = {
  mapping: "endpoint-independent",
  filtering: "address-and-port-dependent",
  allocation: "random",
  hairpin: false,
  timeoutMs: 60_000,
};

interface World {
  readonly servers?: readonly SocketAddress[];
  readonly nat?: Partial<NatBehaviour>;
  readonly input?: Partial<NetcheckInput>;
  readonly udpBlocked?: boolean;
  readonly answerTcp?: number | undefined;
  readonly portal?: { status: number; redirectHost: string | undefined };
}

/** Runs a check to its end. */
function check({ servers = [A443, A3478, B443, B3478], nat: behaviour = {}, ...world }: World) {
  const random = seededRandom(7);
  const nat = new Nat({ ...HOME, ...behaviour }, "198.51.100.7", random);
  const ports = [PORT, ...FRESH_PORTS];
  const queue: { at: number; run: () => void }[] = [];
  const sent: NetcheckTransmit[] = [];
  let now = 0;
  const input: NetcheckInput = {
    servers,
    relays: [{ name: "main", udp: servers.slice(0, 1), tcp: [{ host: "203.0.113.1", port: 443 }] }],
    freshPorts: FRESH_PORTS,
    port: PORT,
    extent: "all",
    localIps: [LAN_IP],
    ...world.input,
  };
  const netcheck = new Netcheck({ input, random: (length) => random.bytes(length), now });
  const later = (delayMs: number, run: () => void): void => void queue.push({ at: now + delayMs, run });
  const arrive = (data: Uint8Array, from: SocketAddress, outside: SocketAddress): void => {
    const inside = nat.inbound(from, outside, now);
    if (inside === undefined) return;
    netcheck.handleDatagram(ports.indexOf(splitSocketAddress(inside).port), data, from, now);
  };
  const serve = (data: Uint8Array, source: SocketAddress, server: SocketAddress): void => {
    const answer = answerStun({ data, source, server, servers });
    if (answer !== undefined) later(ONE_WAY_MS, () => arrive(answer.data, answer.from, answer.to));
  };
  const send = (transmit: NetcheckTransmit): void => {
    sent.push(transmit);
    if (transmit.kind === "tcp")
      later(25, () => netcheck.handleTcpResult(transmit.id, "answerTcp" in world ? world.answerTcp : 20, now));
    if (transmit.kind === "portal") later(25, () => netcheck.handlePortalResult(world.portal, now));
    if (transmit.kind !== "stun" || world.udpBlocked === true) return;
    const { socket, data, address } = transmit;
    const source = nat.outbound(formatSocketAddress(LAN_IP, ports[socket] ?? 0), address, now);
    if (source === undefined) return;
    if (splitSocketAddress(address).ip !== nat.publicIp) later(ONE_WAY_MS, () => serve(data, source, address));
    else if (nat.behaviour.hairpin) later(1, () => arrive(data, source, address));
  };
  let findings: NetcheckFindings | undefined;
  while (findings === undefined) {
    for (let next = netcheck.pollTransmit(); next !== undefined; next = netcheck.pollTransmit()) send(next);
    findings = netcheck.pollEvent();
    if (findings !== undefined) break;
    queue.sort((a, b) => a.at - b.at);
    const next = queue[0];
    const timeout = netcheck.pollTimeout();
    assert.ok(next !== undefined || timeout !== undefined, "a check always ends");
    if (next !== undefined && next.at <= (timeout ?? Infinity)) {
      queue.shift();
      now = next.at;
      next.run();
    } else {
      assert.ok((timeout ?? 0) >= now, "no timer in the past");
      now = timeout ?? now;
      netcheck.handleTimeout(now);
    }
  }
  assert.equal(netcheck.pollTimeout(), undefined);
  return { findings, sent, tookMs: now };
}

const BEHAVIOURS = ["endpoint-independent", "address-dependent", "address-and-port-dependent"] as const;

test("every mapping with every filtering is recognised", () => {
  for (const mapping of BEHAVIOURS) {
    for (const filtering of BEHAVIOURS) {
      const { findings, tookMs, sent } = check({ nat: { mapping, filtering } });
      assert.deepEqual([findings.mapping, findings.filtering], [mapping, filtering], `${mapping}, ${filtering}`);
      assert.ok(tookMs < 2500 && sent.length < 40, "two seconds and a handful of packets");
    }
  }
});

test("allocation: preserving, sequential with its step, random", () => {
  const of = (nat: Partial<NatBehaviour>) => check({ nat }).findings.allocation;
  assert.deepEqual(of({ allocation: "preserving" }), { pattern: "preserving" });
  assert.deepEqual(of({ ...HARD, allocation: "sequential" }), { pattern: "sequential", step: 1 });
  assert.deepEqual(of({ ...HARD, allocation: "random" }), { pattern: "random" });
  assert.deepEqual(check({ input: { freshPorts: FRESH_PORTS.slice(0, 2) } }).findings.allocation, {
    pattern: "unknown",
  });
});

test("hairpinning is seen through any filter", () => {
  for (const filtering of BEHAVIOURS) {
    for (const hairpin of [true, false]) {
      assert.equal(check({ nat: { filtering, hairpin } }).findings.hairpin, hairpin, filtering);
    }
  }
});

test("no more is claimed than the servers can show", () => {
  const onePort = check({ servers: [A443] }).findings;
  assert.deepEqual([onePort.mapping, onePort.filtering], ["unknown", "unknown"]);
  const oneAddress = check({ servers: [A443, A3478] }).findings;
  assert.deepEqual([oneAddress.mapping, oneAddress.filtering], ["unknown", "address-and-port-dependent"]);
  const open = check({ servers: [A443, A3478], nat: { filtering: "endpoint-independent" } }).findings;
  assert.equal(open.filtering, "unknown", "open to the address, or to all");
  const hard = check({ servers: [A443, A3478], nat: HARD }).findings;
  assert.equal(hard.mapping, "address-and-port-dependent");
  const twoAddresses = check({ servers: [A443, B443], nat: HARD }).findings;
  assert.equal(twoAddresses.mapping, "address-dependent", "of the address at least");
});

test("a host without NAT", () => {
  const { findings } = check({ nat: { mapping: "none" }, servers: [A443, A3478], input: { localIps: [LAN_IP] } });
  assert.equal(findings.mapping, "endpoint-independent");
  assert.equal(findings.filtering, "address-and-port-dependent");
  assert.equal(findings.hairpin, null);
});

test("addresses and latencies", () => {
  const { findings } = check({});
  assert.deepEqual([findings.udp, findings.ipv4, findings.ipv6], [true, true, false]);
  assert.equal(findings.publicAddresses.length, 1);
  assert.deepEqual(findings.relays, [{ name: "main", udpMs: 20, tcpMs: 20 }]);
});

test("UDP blocked, with TCP and without, with a login page and without", () => {
  const blocked = { udpBlocked: true };
  const overTcp = check(blocked);
  assert.deepEqual([overTcp.findings.udp, overTcp.findings.captivePortal], [false, false]);
  assert.deepEqual(overTcp.findings.relays, [{ name: "main", udpMs: null, tcpMs: 20 }]);
  assert.match(explainReport({ ...overTcp.findings, ...SLOW }).join(), /UDP is blocked/);

  const nothing = { ...blocked, answerTcp: undefined };
  assert.equal(check(nothing).findings.captivePortal, null);
  const portal = check({ ...nothing, portal: { status: 302, redirectHost: "login.example" } });
  assert.equal(portal.findings.captivePortal, true);
  assert.match(explainReport({ ...portal.findings, ...SLOW }).join(), /login page/);
  assert.equal(check({ ...nothing, portal: { status: 200, redirectHost: undefined } }).findings.captivePortal, false);
});

test("a check that nobody waits for leaves out TCP and the login page", () => {
  const { findings, sent } = check({ input: { extent: "udp" } });
  assert.deepEqual(findings.relays, [{ name: "main", udpMs: 20, tcpMs: null }]);
  assert.equal(findings.mapping, "endpoint-independent");
  assert.ok(sent.every(({ kind }) => kind === "stun"));
  const blocked = check({ udpBlocked: true, input: { extent: "udp" } });
  assert.ok(blocked.sent.every(({ kind }) => kind === "stun"));
  assert.equal(blocked.findings.captivePortal, null);
});

test("the lifetime of mappings in words", () => {
  const words = (mappingLifetimeSeconds: number | null) =>
    explainReport({ ...check({}).findings, portMapping: [], mappingLifetimeSeconds }).join();
  assert.doesNotMatch(words(null), /idle mapping/);
  assert.match(words(0), /dies within 20 s/);
  assert.match(words(20), /20 s at least, which is little/);
  assert.match(words(60), /60 s at least\./);
});

test("IPv6 servers are left out where this host has no IPv6", () => {
  const servers = [A443, formatSocketAddress("2001:db8::1", 443)];
  const asked = (localIps: readonly string[]) =>
    check({ servers, input: { localIps } }).sent.some((each) => each.kind === "stun" && each.address.startsWith("["));
  assert.equal(asked([LAN_IP, "fe80::1"]), false);
  assert.equal(asked([LAN_IP, "2001:db8:7::1"]), true);
});

test("without any server a check says so at once", () => {
  const { findings, tookMs } = check({ servers: [], input: { servers: [], relays: [] } });
  assert.deepEqual([findings.udp, tookMs], [false, 0]);
});
