import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { renderMetrics } from "../../../src/daemon/metrics.ts";
import { pingRequestFrom } from "../../../src/daemon/ping.ts";
import { buildStatus, NO_STATS, type StatusInput } from "../../../src/daemon/status.ts";
import type { PeerStats } from "../../../src/engine/index.ts";
import { generateSigningKey, nodeKeyOf, sodiumReady } from "../../../src/identity/index.ts";
import { parseSocketAddress } from "../../../src/protocol/address.ts";
import { TestMesh } from "./fakes.ts";

before(sodiumReady);

const DIRECT = parseSocketAddress("203.0.113.9:41641") ?? assert.fail();

function input(stats: Partial<PeerStats>, patch: Partial<StatusInput> = {}): StatusInput {
  const mesh = new TestMesh();
  const key = nodeKeyOf(generateSigningKey());
  const peer = mesh.peer("nas", "100.64.0.2");
  const { view } = mesh.netmap(key, [peer.entry, peer.presence(1)]);
  const published = [
    { id: 2, kind: "direct", address: DIRECT },
    { id: 1, kind: "relay", relay: 7 },
  ] as const;
  return {
    version: "0.1.0",
    state: "running",
    key,
    hostname: "host",
    view,
    endpoints: ["198.51.100.7:41641"],
    homeRelay: "main",
    coordinator: { host: "192.0.2.1", port: 443 },
    connected: true,
    health: [],
    stats: {
      drops: { "no-route": 2 },
      peers: [{ peer: 5, connected: true, rxBytes: 10, txBytes: 20, rxPackets: 1, txPackets: 2, paths: [], ...stats }],
    },
    peer: () => ({ handle: 5, published, pathById: new Map(published.map((path) => [path.id, path])) }),
    relay: (handle) => (handle === 7 ? { relay: "main", kind: "relay-udp", address: "192.0.2.1:443" } : undefined),
    ...patch,
  };
}

const path = (id: number, active: boolean, alive = true) => ({
  id,
  alive,
  active,
  rttMs: 12.3456,
  loss: 0,
  mtuBytes: 1400,
  rxBytes: 0,
  txBytes: 0,
  sinceMs: 0,
});
const DIRECT_STATUS = {
  kind: "direct",
  address: "203.0.113.9:41641",
  rttMs: 12.346,
  mtu: 1400,
  since: "1970-01-01T00:00:00.000Z",
};
const RELAY_STATUS = { ...DIRECT_STATUS, kind: "relay-udp", address: "192.0.2.1:443", relay: "main" };

describe("status", () => {
  it("has the shape that scripts read", () => {
    const given = input({ paths: [path(1, false), path(2, true)], cipher: "AES", kx: "ML", lastHandshakeMs: 1000 });
    const status = buildStatus(given);
    assert.deepEqual(status.self, {
      name: "laptop",
      dnsName: "laptop.mesh",
      key: `nodekey:${given.key}`,
      ips: ["100.64.0.1"],
      tags: [],
      endpoints: ["198.51.100.7:41641"],
      homeRelay: "main",
    });
    assert.deepEqual(status.coordinator, { url: "https://192.0.2.1:443", connected: true, netmapVersion: 1 });
    assert.deepEqual(status.drops, { "no-route": 2 });
    const [peer] = status.peers;
    assert.ok(peer);
    const { key, ...rest } = peer;
    assert.match(key, /^nodekey:[\w-]{43}$/);
    assert.deepEqual(rest, {
      name: "nas",
      dnsName: "nas.mesh",
      ips: ["100.64.0.2"],
      tags: [],
      online: true,
      lastSeen: "1970-01-01T00:00:01.000Z",
      routes: [],
      path: DIRECT_STATUS,
      paths: [DIRECT_STATUS, RELAY_STATUS],
      tls: { cipher: "AES", kx: "ML" },
      rxBytes: 10,
      txBytes: 20,
      lastHandshake: "1970-01-01T00:00:01.000Z",
    });
  });

  it("names the relay in use, and no path before the first connection or without a live one", () => {
    const pathOf = (stats: Partial<PeerStats>) => buildStatus(input(stats)).peers[0]?.path;
    assert.deepEqual(pathOf({ paths: [path(1, true)] }), RELAY_STATUS);
    assert.deepEqual(pathOf({ paths: [path(1, true)], connected: false }), { kind: "none" });
    assert.deepEqual(pathOf({ paths: [path(1, true, false)] }), { kind: "none" });
    assert.deepEqual(pathOf({}), { kind: "none" });
  });

  it("is whole before a mesh is known", () => {
    const status = buildStatus(
      input({}, { view: undefined, coordinator: undefined, state: "needs-login", stats: NO_STATS }),
    );
    assert.equal(status.self?.name, "host");
    assert.deepEqual([status.peers, status.coordinator], [[], undefined]);
  });
});

describe("metrics", () => {
  it("are in Prometheus' text format", () => {
    const status = buildStatus(input({ paths: [path(2, true)] }));
    const text = renderMetrics({ ...status, version: 'a"b\\' });
    assert.match(text, /^meshd_info\{version="a\\"b\\\\",state="running"\} 1$/m);
    assert.match(text, /^meshd_peers\{path="direct"\} 1$/m);
    assert.match(text, /^meshd_peer_rtt_seconds\{peer="nas"\} 0\.012346$/m);
    assert.match(text, /^meshd_dropped_packets_total\{reason="no-route"\} 2$/m);
    for (const line of text.trimEnd().split("\n")) {
      assert.match(line, /^(# (HELP|TYPE) \w+ .+|[a-z_]+(\{[^}]*\})? [\d.e+-]+)$/, line);
    }
  });
});

describe("ping requests", () => {
  it("are checked", () => {
    const good = { node: "nas", count: 1, intervalMs: 1000, timeoutMs: 5000, untilDirect: false };
    assert.deepEqual(pingRequestFrom(good), good);
    for (const bad of [
      {},
      { ...good, node: "" },
      { ...good, count: 0 },
      { ...good, intervalMs: 9 },
      { ...good, timeoutMs: 60_001 },
      { ...good, count: 1.5 },
    ]) {
      assert.throws(() => pingRequestFrom(bad), { exitCode: 2 });
    }
  });
});
