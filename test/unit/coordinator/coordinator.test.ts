// A whole coordinator over real sockets on the loopback, with nodes that speak the control channel.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { get } from "node:http";
import { createServer } from "node:net";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import pino from "pino";
import { type Coordinator, type CoordinatorOptions, startCoordinator } from "../../../src/coordinator/index.ts";
import { FakeServerEngine } from "../../../src/engine/fake.ts";
import {
  type AuthKey,
  generateSigningKey,
  parseAuthKey,
  relayIdOf,
  meshIdOf,
  sodiumReady,
} from "../../../src/identity/index.ts";
import type { CreatedKey, KeyStatus, NodeRecord, RelayRecord } from "../../../src/local-api/admin-api.ts";
import { createLocalApiClient } from "../../../src/local-api/index.ts";
import type { SocketAddress } from "../../../src/protocol/address.ts";
import { TestNode } from "./test-node.ts";

before(sodiumReady);

const directory = mkdtempSync(join(tmpdir(), "meshd-coordinator-"));
after(() => {
  rmSync(directory, { recursive: true });
});

function optionsIn(name: string, changes: Partial<CoordinatorOptions> = {}): CoordinatorOptions {
  const stateDir = join(directory, name);
  return {
    stateDir,
    socketPath: join(directory, `${name}.sock`),
    listen: { host: "127.0.0.1", port: 0 },
    stunListen: { host: "127.0.0.1", port: 3478 },
    hasRelay: true,
    clientRate: 0,
    takesOffers: true,
    version: "0.1.0",
    log: pino({ level: process.env.TEST_LOG_LEVEL ?? "silent" }, pino.destination(2)),
    recentLog: () => [],
    openEngine: (options, handlers) => new FakeServerEngine(options, handlers),
    credentials: () => ({ pid: 1, uid: 0, gid: 0 }),
    onFatal: (error) => {
      throw error;
    },
    ...changes,
  };
}

async function running(name: string, changes: Partial<CoordinatorOptions> = {}) {
  const options = optionsIn(name, changes);
  const coordinator = await startCoordinator(options);
  const admin = createLocalApiClient(options.socketPath, "coordinator");
  const invite = async (request: object = { reusable: true }): Promise<AuthKey> =>
    parseAuthKey(((await admin.request("POST", "/v1/keys", request)) as CreatedKey).key);
  return { options, coordinator, admin, invite, [Symbol.asyncDispose]: () => coordinator.stop() };
}

function firstKeyOf(coordinator: Coordinator): AuthKey {
  assert.ok(coordinator.firstKey !== undefined);
  return parseAuthKey(coordinator.firstKey);
}

const candidate = (address: string) => ({ kind: "host" as const, address: address as SocketAddress });

void test("two nodes join with the first key, see each other come, move and go within 100 ms", async () => {
  await using mesh = await running("pair");
  const invitation = firstKeyOf(mesh.coordinator);
  const a = new TestNode("laptop");
  const b = new TestNode("Laptop.local");
  assert.equal((await a.connect(invitation)).status, "ok");
  await a.hears("netmap-update");
  const { mesh: entry, self } = a.view;
  assert.ok(entry !== undefined && self !== undefined);
  assert.deepEqual([self.hostname, self.ips[0]], ["laptop", "100.64.0.1"]);
  assert.equal(entry.ipv4Prefix, "100.64.0.0/10");
  assert.match(entry.ipv6Prefix, /^fd[0-9a-f]{2}:.*::\/48$/);
  assert.deepEqual(entry.coordinators, [`127.0.0.1:${String(mesh.coordinator.controlPort)}`]);
  const relayAddress = `127.0.0.1:${String(mesh.coordinator.controlPort)}`;
  assert.deepEqual(entry.stunServers, ["127.0.0.1:3478", relayAddress]);
  assert.deepEqual(a.view.relays.get("main")?.udpAddresses, [relayAddress]);
  assert.equal((await a.hears("ticket-grant")).relay, "main");

  assert.equal((await b.connect(invitation)).status, "ok");
  assert.ok((await a.until(({ peers }) => peers.get(b.nodeKey)?.presence?.online === true)) < 100);
  assert.equal(a.view.peers.get(b.nodeKey)?.hostname, "laptop-1");
  await b.until(({ peers }) => peers.get(a.nodeKey)?.presence?.online === true);

  b.say({
    kind: "endpoints",
    candidates: ["203.0.113.9:1", "127.0.0.1:1", "100.64.0.9:1"].map(candidate),
    homeRelay: "main",
  });
  assert.ok((await a.until(({ peers }) => peers.get(b.nodeKey)?.presence?.homeRelay === "main")) < 100);
  // Loopback and overlay addresses are no way to anybody.
  assert.deepEqual(a.view.peers.get(b.nodeKey)?.presence?.candidates, [candidate("203.0.113.9:1")]);

  a.say({ kind: "punch-request", peer: b.nodeKey, candidates: [candidate("198.51.100.1:2")], attempt: 7 });
  const [toA, toB] = await Promise.all([a.hears("punch-notice"), b.hears("punch-notice")]);
  assert.deepEqual([toB.peer, toB.candidates, toB.attempt], [a.nodeKey, [candidate("198.51.100.1:2")], 7]);
  assert.deepEqual([toA.peer, toA.candidates, toA.attempt], [b.nodeKey, [candidate("203.0.113.9:1")], 7]);

  await b.disconnect();
  assert.ok((await a.until(({ peers }) => peers.get(b.nodeKey)?.presence?.online === false)) < 200);
});

void test("a removed node hears goodbye, vanishes from the others at once, loses its relay session and may not come back", async () => {
  let engine: FakeServerEngine | undefined;
  await using mesh = await running("removal", {
    openEngine: (options, handlers) => (engine = new FakeServerEngine(options, handlers)),
  });
  const invitation = await mesh.invite();
  const a = new TestNode("a");
  const b = new TestNode("b");
  await a.connect(invitation);
  await b.connect(invitation);
  await a.until(({ peers }) => peers.has(b.nodeKey));
  const [took] = await Promise.all([
    a.until(({ peers }) => !peers.has(b.nodeKey)),
    b.hears("goodbye"),
    mesh.admin.request("DELETE", "/v1/nodes/b"),
  ]);
  assert.ok(took < 100);
  assert.equal((await b.hears("goodbye")).reason, "removed");
  assert.deepEqual(engine?.revoked, [relayIdOf(meshIdOf(invitation.rootKey), b.nodeKey)]);
  assert.equal((await b.connect(invitation, { secret: false })).status, "node-removed");
  assert.equal((await b.connect(invitation)).status, "ok");
  await assert.rejects(mesh.admin.request("DELETE", "/v1/nodes/zzz"), { code: "no-such-node", exitCode: 1 });
});

void test("a relay that a member offers is told to all while it answers, and goes with its member", async () => {
  await using mesh = await running("offers");
  const invitation = firstKeyOf(mesh.coordinator);
  const [a, b] = [new TestNode("anchor"), new TestNode("laptop")];
  for (const node of [a, b]) assert.equal((await node.connect(invitation)).status, "ok");
  a.say({ kind: "relay-offer", udpAddresses: ["127.0.0.1:9" as SocketAddress] });
  assert.equal((await a.hears("relay-revocations")).full, true);
  assert.equal((await a.hears("relay-offer-answer")).status, "checking");
  const records = async () => (await mesh.admin.request("GET", "/v1/relays")) as readonly RelayRecord[];
  assert.deepEqual(
    (await records()).map(({ name, state, offeredBy }) => [name, state, offeredBy]),
    [["anchor", "unreachable", "anchor"]],
  );
  a.say({ kind: "relay-offer", udpAddresses: [] });
  for (let tries = 0; tries < 100 && (await records()).length > 0; tries++) await sleep(10);
  assert.deepEqual(await records(), []);
  // Only relays that joined by a token may say where they see nodes.
  a.say({ kind: "relay-observations", observations: [{ nodeKey: b.nodeKey, ip: "203.0.113.66" }] });
  await b.until(({ peers }) => peers.get(a.nodeKey)?.presence?.online === false);
});

void test("a node that logs out is gone; one that is renamed is seen by its new name", async () => {
  await using mesh = await running("logout");
  const invitation = await mesh.invite();
  const [a, b] = [new TestNode("a"), new TestNode("b")];
  await a.connect(invitation);
  await b.connect(invitation);
  await mesh.admin.request("POST", "/v1/nodes/b/rename", { name: "bee" });
  await a.until(({ peers }) => peers.get(b.nodeKey)?.hostname === "bee");
  await b.until(({ self }) => self?.hostname === "bee");
  b.say({ kind: "logout" });
  assert.equal((await b.hears("goodbye")).reason, "removed");
  await a.until(({ peers }) => !peers.has(b.nodeKey));
  const nodes = (await mesh.admin.request("GET", "/v1/nodes")) as readonly NodeRecord[];
  assert.deepEqual(
    nodes.map(({ name, online }) => [name, online]),
    [["a", true]],
  );
});

void test("who shows a wrong key or a wrong signature is refused with the reason; a newer session replaces the older", async () => {
  await using mesh = await running("refusals");
  const single = await mesh.invite({});
  const stranger = new TestNode("stranger");
  assert.equal((await stranger.connect(single, { secret: false })).status, "key-required");
  assert.equal((await stranger.connect(single, { signWith: generateSigningKey() })).status, "bad-signature");
  const a = new TestNode("a");
  assert.equal((await a.connect(single)).status, "ok");
  assert.equal((await stranger.connect(single)).status, "key-used");
  const expiring = await mesh.invite({ expiresInMs: 1 });
  assert.equal((await stranger.connect(expiring)).status, "key-expired");
  const revoked = await mesh.invite();
  const keys = (await mesh.admin.request("GET", "/v1/keys")) as readonly KeyStatus[];
  await mesh.admin.request("DELETE", `/v1/keys/${keys.at(-1)?.id ?? ""}`);
  assert.equal((await stranger.connect(revoked)).status, "key-revoked");
  await assert.rejects(stranger.connect({ ...revoked, rootKey: generateSigningKey().publicKey }), {
    failure: "wrong-coordinator",
  });

  const goodbye = a.hears("goodbye");
  const second = new TestNode("a");
  Object.assign(second, { key: a.key, disco: a.disco });
  assert.equal((await second.connect(single, { secret: false })).status, "ok");
  assert.equal((await goodbye).reason, "replaced");
  const nodes = (await mesh.admin.request("GET", "/v1/nodes")) as readonly NodeRecord[];
  assert.deepEqual(
    nodes.map(({ online }) => online),
    [true],
  );
});

void test("after a restart: same root key, names and addresses, netmaps go on, no second first key", async () => {
  const a = new TestNode("a");
  const first = await running("restart");
  const invitation = firstKeyOf(first.coordinator);
  await a.connect(invitation);
  await a.hears("netmap-update");
  const held = a.netmap?.header.version ?? 0;
  const self = a.view.self;
  const bye = a.hears("goodbye");
  await first.coordinator.stop();
  assert.equal((await bye).reason, "shutting-down");

  await using second = await running("restart", { listen: { host: "127.0.0.1", port: first.coordinator.controlPort } });
  assert.equal(second.coordinator.firstKey, undefined);
  assert.deepEqual(second.coordinator.prefixes, first.coordinator.prefixes);
  assert.equal((await a.connect(invitation, { secret: false })).status, "ok");
  await a.hears("netmap-update");
  assert.deepEqual(a.view.self, self);
  assert.ok((a.netmap?.header.version ?? 0) > held);
  await a.disconnect();
  // Within one run, a node that comes back gets what has changed only.
  await a.connect(invitation, { secret: false });
  assert.equal((await a.hears("netmap-update")).full, false);
});

void test("a state restored from a backup goes on in a new epoch", async () => {
  const a = new TestNode("a");
  {
    await using mesh = await running("backup");
    const invitation = firstKeyOf(mesh.coordinator);
    await a.connect(invitation);
    for (let port = 1; port <= 30; port++) {
      a.say({ kind: "endpoints", candidates: [candidate(`203.0.113.9:${String(port)}`)], homeRelay: "" });
    }
    await a.until(({ version }) => version > 30);
  }
  // As if the versions had never been reserved.
  const database = new DatabaseSync(join(directory, "backup", "coordinator.db"));
  database.exec("update mesh set version_reserved = 0");
  database.close();
  {
    await using mesh = await running("backup");
    const invitation = await mesh.invite();
    assert.equal((await a.connect(invitation)).status, "ok");
    assert.equal((await a.hears("netmap-update")).full, true);
    assert.deepEqual([a.view.epoch, a.view.version < 30], [2, true]);
  }
});

void test("tells Prometheus how it stands, and which nodes it refused for what", async () => {
  await using mesh = await running("metrics");
  const a = new TestNode("a");
  await a.connect(await mesh.invite());
  await a.hears("netmap-update");
  const once = await mesh.invite({ reusable: false });
  await new TestNode("b").connect(once);
  assert.equal((await new TestNode("c").connect(once)).status, "key-used");
  assert.equal((await new TestNode("d").connect(once, { signWith: a.key })).status, "bad-signature");
  const text = await new Promise<string>((resolve, reject) => {
    get({ socketPath: mesh.options.socketPath, path: "/metrics", headers: { host: "localhost" } }, (response) => {
      response
        .setEncoding("utf8")
        .toArray()
        .then((parts) => {
          resolve(parts.join(""));
        }, reject);
    });
  });
  for (const line of [
    "meshd_coordinator_nodes 2",
    "meshd_coordinator_nodes_online 2",
    "meshd_coordinator_sessions 2",
    'meshd_auth_failures_total{reason="key-used"} 1',
    'meshd_auth_failures_total{reason="bad-signature"} 1',
    "meshd_relay_clients 0",
    "meshd_relay_forwarded_bytes_total 0",
  ]) {
    assert.ok(text.split("\n").includes(line), `${line} is not in\n${text}`);
  }
  assert.match(text, /^meshd_netmap_updates_total [1-9]\d*$/m);
});

void test("what is in the way of a start is said in one line, with the exit code for it", async () => {
  await using mesh = await running("busy");
  assert.equal(statSync(mesh.options.stateDir).mode & 0o777, 0o700);
  await assert.rejects(startCoordinator(optionsIn("busy")), { code: "state-dir-in-use", exitCode: 1 });
  const taken = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => taken.once("listening", resolve));
  const address = taken.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  await assert.rejects(
    startCoordinator(optionsIn("taken", { listen: { host: "127.0.0.1", port } })),
    (error: Error) => {
      assert.match(error.message, new RegExp(`TCP 127.0.0.1:${String(port)} is taken`));
      return true;
    },
  );
  taken.close();
  await assert.rejects(startCoordinator(optionsIn("prefix", { ipv4Prefix: "10.0.0.1/8" })), { exitCode: 2 });
  await mesh.coordinator.stop();
  await assert.rejects(startCoordinator(optionsIn("busy", { ipv4Prefix: "10.0.0.0/8" })), { code: "prefix-fixed" });
});
