import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, before, beforeEach, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import { Daemon } from "../../../src/daemon/daemon.ts";
import { ping } from "../../../src/daemon/ping.ts";
import { generateSigningKey, issueTicket, sodiumReady } from "../../../src/identity/index.ts";
import type { UpRequest } from "../../../src/local-api/node-api.ts";
import type { SocketAddress } from "../../../src/protocol/address.ts";
import type { NetmapEntry } from "../../../src/protocol/messages.ts";
import { MeshdError } from "../../../src/protocol/errors.ts";
import { type FakeWorld, fakeWorld, TestMesh } from "./fakes.ts";

before(sodiumReady);

describe("daemon", () => {
  let stateDir: string;
  let mesh: TestMesh;
  let world: FakeWorld;
  let daemon: Daemon;

  const load = (): Promise<Daemon> =>
    Daemon.load({ stateDir, version: "1", log: pino({ level: "silent" }), surroundings: world.surroundings });
  const up = (request: UpRequest = {}) => daemon.up(request, () => undefined);
  const started = (count: number) => eventually(() => world.starts() === count);

  async function eventually(condition: () => boolean): Promise<void> {
    for (let tries = 0; tries < 300 && !condition(); tries++) await sleep(5);
    assert.ok(condition());
  }

  /** A node that has joined and is connected. */
  async function join_(request: UpRequest = {}): Promise<void> {
    const done = up({ authKey: mesh.authKey, ...request });
    await started(1);
    world.control().accept(mesh);
    await done;
  }

  const failure =
    (code: string, exitCode: number, pattern = /./) =>
    (error: unknown) =>
      error instanceof MeshdError && error.code === code && error.exitCode === exitCode && pattern.test(error.message);

  beforeEach(async () => {
    stateDir = mkdtempSync(join(tmpdir(), "meshd-daemon-"));
    mesh = new TestMesh();
    world = fakeWorld();
    daemon = await load();
  });
  afterEach(async () => {
    await daemon.stop();
    rmSync(stateDir, { recursive: true });
  });

  it("does not call its disk unwritable for a damaged file that was set aside", async () => {
    writeFileSync(join(stateDir, "networks.json"), "garbage");
    await join_();
    await eventually(() => existsSync(join(stateDir, "networks.json.unusable")));
    // What it says of that comes a turn later.
    await sleep(5);
    assert.deepEqual((await daemon.status()).health, []);
  });

  it("joins with a key: device before registration, then addresses and names", async () => {
    assert.equal(daemon.state, "needs-login");
    const stages: string[] = [];
    const done = daemon.up({ authKey: mesh.authKey, hostname: "laptop" }, (line) => stages.push(line.stage));
    await started(1);
    assert.equal(world.engine().tun?.name, "meshd0");
    assert.equal(daemon.state, "starting");
    world.control().accept(mesh, [mesh.peer("nas", "100.64.0.2").entry]);
    const status = await done;
    assert.equal(status.state, "running");
    assert.deepEqual(status.self?.ips, ["100.64.0.1"]);
    assert.equal(status.coordinator?.url, "https://192.0.2.1:443");
    assert.deepEqual(stages, ["starting", "registering", "configuring"]);
    assert.deepEqual(world.host, ["tun meshd0 100.64.0.1 100.64.0.0/10 fd7a:1::/48", "dns laptop nas"]);
    assert.deepEqual(world.engine().self, ["100.64.0.1/32"]);
    assert.equal(world.control().options.hostname, "laptop");
    assert.deepEqual(world.control().tickets, ["main"]);
  });

  it("keeps key, port, mesh and netmap across a restart without a coordinator", async () => {
    const peer = mesh.peer("nas", "100.64.0.2");
    const done = up({ authKey: mesh.authKey });
    await started(1);
    world.control().accept(mesh, [peer.entry]);
    await done;
    const { key } = world.control();
    await daemon.stop();
    assert.ok(world.engine().closed);
    assert.equal(world.host.at(-1), "dns stopped");

    daemon = await load();
    assert.ok(daemon.wantsToRun);
    await daemon.resume();
    await eventually(() => daemon.state === "running");
    assert.equal(world.control().key, key);
    assert.equal(world.engine().options.port, 41641);
    assert.equal(world.control().options.netmap?.header.version, 1);
    assert.equal(world.control().options.auth, undefined);
    assert.equal(world.engine().peers.size, 1);
    assert.notDeepEqual(world.engine().options.bootId, undefined);
    for (const file of ["identity.json", "settings.json", "mesh.json", "netmap"]) {
      assert.equal(statSync(join(stateDir, file)).mode & 0o777, 0o600, file);
    }
  });

  it("adds, updates, reconnects and removes peers as the netmap says", async () => {
    await join_();
    const peer = mesh.peer("nas", "100.64.0.2");
    const { key } = world.control();
    world.control().emit(mesh.netmap(key, [peer.entry, peer.presence(1)]));
    const [[handle, options] = assert.fail()] = [...world.engine().peers];
    assert.deepEqual(options.prefixes, ["100.64.0.2/32"]);
    world.control().emit(mesh.netmap(key, [peer.entry, peer.presence(1)]));
    assert.deepEqual(world.engine().reconnected, []);
    world.control().emit(mesh.netmap(key, [peer.entry, peer.presence(2)]));
    assert.deepEqual(world.engine().reconnected, [handle]);
    world.control().emit(mesh.netmap(key, []));
    assert.equal(world.engine().peers.size, 0);
  });

  it("probes and asks for a punch when a peer becomes active", async () => {
    await join_();
    const peer = mesh.peer("nas", "100.64.0.2");
    world.control().emit(mesh.netmap(world.control().key, [peer.entry, peer.presence(1)]));
    const [handle = assert.fail()] = [...world.engine().peers.keys()];
    const sentBefore = world.engine().sent.length;
    world.engine().emit({ type: "peer-active", peer: handle, reason: "outbound" });
    assert.deepEqual(world.control().punches, [peer.key]);
    const probes = world.engine().sent.slice(sentBefore);
    assert.ok(probes.some(({ address, data }) => address === "203.0.113.9:41641" && data[0] === 16));
    assert.ok(world.engine().expectedStun.length > 0);
  });

  it("meets a peer that asks for it at that peer's relay", async () => {
    await join_();
    const { key } = world.control();
    const relays = ["main", "near", "far"].map((relay, index) => ({
      ...{ kind: "relay", relay, key: generateSigningKey().publicKey, region: "", tcpAddresses: [] },
      ...{ udpAddresses: [`192.0.2.${index + 1}:443` as SocketAddress], away: false, offered: false },
    })) satisfies readonly NetmapEntry[];
    const peer = mesh.peer("nas", "100.64.0.2");
    const presence = { ...peer.presence(1), homeRelay: "far" } as NetmapEntry;
    world.control().emit(mesh.netmap(key, [...relays.slice(1), peer.entry, presence]));
    for (const { relay, key: relayKey } of relays) {
      const fields = { nodeKey: key, relayKey, notBeforeUnixMs: 0, notAfterUnixMs: Date.now() + 60_000 };
      world.control().emit({ kind: "ticket", relay, ticket: issueTicket(mesh.root, fields) });
    }
    const isGreeted = (from: number) =>
      world
        .engine()
        .sent.slice(from)
        .some(({ address, data }) => address === "192.0.2.3:443" && data[0] === 17);
    const before = world.engine().sent.length;
    world.control().emit({ kind: "punch-notice", peer: peer.key, candidates: [], attempt: 1, observed: [] });
    assert.ok(isGreeted(before));
  });

  it("offers a relay as long as it is asked to", async () => {
    await join_();
    assert.deepEqual([(await daemon.status()).self?.offeredRelay, world.servers.length], [undefined, 0]);
    await up({ offerRelay: true, relayPort: 5000 });
    assert.deepEqual(world.control().offers.at(-1), ["198.51.100.7:5000"]);
    world.control().emit({ kind: "relay-offer-answer", status: "unreachable", relay: "", udpAddresses: [] });
    const { self, health } = await daemon.status();
    assert.equal(self?.offeredRelay?.state, "unreachable");
    assert.match(health.join(), /open UDP port 5000/);
    await daemon.stop();
    assert.deepEqual([world.control().offers.at(-1), world.servers[0]?.closed], [[], true]);

    daemon = await load();
    await daemon.resume();
    await eventually(() => world.servers.length === 2);
    world.control().accept(mesh);
    await up({ offerRelay: false });
    assert.deepEqual([(await daemon.status()).self?.offeredRelay, world.servers[1]?.closed], [undefined, true]);
  });

  it("tells the coordinator its endpoints", async () => {
    await join_();
    assert.deepEqual(world.control().endpoints.at(-1), { candidates: 1, homeRelay: "" });
    assert.deepEqual((await daemon.status()).self?.endpoints, ["198.51.100.7:41641"]);
  });

  it("tells coordinator, engine and peers when the host moved to another network", async () => {
    await join_();
    await eventually(() => world.control().endpoints.length > 0);
    const published = world.control().endpoints.length;
    world.addresses = [{ name: "eth0", ip: "203.0.113.7", prefixLength: 24 }];
    world.tellNews({ lost: [2], overrun: false, clockJumped: false });
    assert.deepEqual(world.control().networkChanges, [{ moved: true }]);
    assert.equal(world.engine().rebinds, 1);
    assert.equal(world.control().endpoints.length, published + 1);
    world.tellNews({ lost: [], overrun: false, clockJumped: false });
    assert.equal(world.engine().rebinds, 1);
  });

  it("pings with the whole of the path that the reply came over", async () => {
    await join_();
    world.control().emit(mesh.netmap(world.control().key, [mesh.peer("nas", "100.64.0.2").entry]));
    const [peer] = [...daemon.runningNode().peers.all()];
    assert.ok(peer);
    peer.pathById.set(7, { id: 7, kind: "relay", relay: 1 });
    const path = { id: 7, rttMs: 9, mtuBytes: 1386, sinceMs: 0, alive: true, active: true, rxBytes: 0, txBytes: 0 };
    const stats = { peer: peer.handle, connected: true, rxBytes: 0, txBytes: 0, paths: [path] };
    Object.assign(world.engine(), { pingReply: { rttMs: 2, path: 7 }, statsReply: { peers: [stats], drops: {} } });
    const request = { node: "nas", count: 1, intervalMs: 10, timeoutMs: 10, untilDirect: false };
    const lines = ping(daemon.runningNode(), request, new AbortController().signal);
    const since = "1970-01-01T00:00:00.000Z";
    const relay = { kind: "relay-udp", address: "192.0.2.1:443", relay: "main" };
    assert.deepEqual((await lines.next()).value, { seq: 1, rttMs: 2, path: { ...relay, rttMs: 2, mtu: 1386, since } });
  });

  it("changes settings of a connected node without a new connection, where that can be", async () => {
    await join_();
    await up({ shieldsUp: true, acceptDns: false });
    assert.equal(world.starts(), 1);
    assert.equal(world.engine().shieldsUp, true);
    assert.equal(world.host.at(-1), "dns stopped");
    const done = up({ port: 5000 });
    await started(2);
    world.control().accept(mesh);
    await done;
    assert.equal(world.engine().port, 5000);
    assert.equal(world.engine().shieldsUp, true);
  });

  it("keeps the host's name that it joined with, and asks for another where one is given", async () => {
    await join_();
    const { hostname } = JSON.parse(readFileSync(join(stateDir, "settings.json"), "utf8")) as { hostname: string };
    assert.equal(hostname, world.control().options.hostname);
    const done = up({ hostname: "other" });
    await started(2);
    assert.equal(world.control().options.hostname, "other");
    world.control().accept(mesh);
    await done;
  });

  it("passes on why the coordinator refused, and forgets what never was", async () => {
    const done = up({ authKey: mesh.authKey });
    await started(1);
    world.control().refuse("key-used");
    await assert.rejects(done, failure("key-used", 1));
    await eventually(() => world.engine().closed);
    assert.equal(daemon.state, "needs-login");
    assert.equal(existsSync(join(stateDir, "mesh.json")), false);
    assert.deepEqual((await daemon.status()).health, ["refused: key-used"]);
  });

  it("needs a new key after it was removed, and takes the device down", async () => {
    await join_();
    world.control().refuse("node-removed");
    await eventually(() => daemon.state === "needs-login");
    assert.ok(world.engine().closed);
    assert.equal(world.engine().tun, undefined);
    assert.equal(existsSync(join(stateDir, "netmap")), false);
    await assert.rejects(up(), failure("needs-login", 2));
  });

  it("times out with the addresses it tried, and goes on trying", async () => {
    await assert.rejects(up({ authKey: mesh.authKey, timeoutMs: 30 }), failure("timeout", 5, /192\.0\.2\.1:443/));
    assert.equal(daemon.state, "starting");
    world.control().accept(mesh);
    await eventually(() => daemon.state === "running");
  });

  it("gives up at once where waiting does not help", async () => {
    const done = up({ authKey: mesh.authKey });
    await started(1);
    const error = new MeshdError("wrong-coordinator", 1, "not the coordinator of that key");
    world.control().emit({ kind: "disconnected", error, retryInMs: 1000 });
    await assert.rejects(done, failure("wrong-coordinator", 1));
    assert.equal(daemon.state, "needs-login");
  });

  it("goes down with its identity kept, which ends an up that waits", async () => {
    const waiting = up({ authKey: mesh.authKey });
    await started(1);
    await daemon.down();
    await assert.rejects(waiting, failure("interrupted", 1));
    await assert.rejects(async () => daemon.runningNode(), failure("not-connected", 1));
  });

  it("is another node after logout, and told the coordinator", async () => {
    await join_();
    const before_ = (await daemon.status()).self?.key;
    const control = world.control();
    assert.equal(await daemon.logout(), true);
    assert.ok(control.loggedOut);
    assert.equal(daemon.state, "needs-login");
    assert.notEqual((await daemon.status()).self?.key, before_);
  });

  it("stays in its mesh when given the key of another", async () => {
    await join_();
    await assert.rejects(up({ authKey: new TestMesh().authKey }), failure("other-mesh", 1));
    assert.equal(daemon.state, "running");
  });

  it("takes the key of another mesh where the first one's coordinator never answered", async () => {
    const waiting = assert.rejects(up({ authKey: new TestMesh().authKey }), failure("interrupted", 1));
    await started(1);
    const done = up({ authKey: mesh.authKey });
    await Promise.all([waiting, started(2)]);
    assert.deepEqual(world.control().options.rootKey, mesh.root.publicKey);
    world.control().accept(mesh);
    assert.equal((await done).state, "running");
  });

  it("keeps the key that it waits with when a setting changes", async () => {
    await assert.rejects(up({ authKey: mesh.authKey, timeoutMs: 30 }), failure("timeout", 5));
    const { auth } = world.control().options;
    const done = up({ hostname: "other" });
    await started(2);
    assert.ok(auth !== undefined);
    assert.deepEqual(world.control().options.auth?.keyId, auth.keyId);
    world.control().accept(mesh);
    await done;
  });

  it("has nothing to complain about after a logout that was asked for", async () => {
    await join_();
    await daemon.logout();
    assert.deepEqual((await daemon.status()).health, []);
  });

  it("says what stands in the way of the engine, and does not keep the setting that failed", async () => {
    const systemError = (code: string) => Object.assign(new Error(code), { code });
    world.openError = systemError("EADDRINUSE");
    await assert.rejects(up({ authKey: mesh.authKey, port: 777 }), failure("port-taken", 1, /777.*--port/));
    world.openError = systemError("EPERM");
    await assert.rejects(up({ authKey: mesh.authKey }), failure("not-permitted", 4));
    await join_();
    assert.equal(world.engine().options.port, 0);
  });

  it("knows before it joins which prefixes collide with a network of the host", async () => {
    world.routes = [{ destination: "100.64.0.0/10", device: "wwan0" }];
    const done = up({ authKey: mesh.authKey });
    await started(1);
    const { collisionWith } = world.control().options;
    assert.match(collisionWith(["fd7a:1::/48", "100.64.0.0/10"]) ?? "", /collide with 100\.64\.0\.0\/10 on wwan0/);
    assert.equal(collisionWith(["10.77.0.0/16"]), undefined);
    world.control().accept(mesh);
    await assert.rejects(done, failure("collision", 1));
  });

  it("refuses prefixes that collide with a network of the host", async () => {
    world.routes = [{ destination: "100.64.0.0/10", device: "wwan0" }];
    const done = up({ authKey: mesh.authKey });
    await started(1);
    world.control().accept(mesh);
    await assert.rejects(done, failure("collision", 1, /100\.64\.0\.0\/10 on wwan0/));
    assert.deepEqual(world.host, []);
  });

  it("never replaces a damaged identity, or settings", async () => {
    for (const file of ["identity.json", "settings.json", "mesh.json"]) {
      const path = join(stateDir, file);
      const kept = existsSync(path) ? readFileSync(path) : undefined;
      for (const text of ["", "{", '{"version":"2"}', '{"version":1,"nodeSeed":"AA","port":"x","rootKey":7}', "[]"]) {
        writeFileSync(path, text);
        await assert.rejects(load(), failure("corrupt-state", 1, /damaged.*(delete|restore)/), `${file} ${text}`);
        assert.equal(readFileSync(path, "utf8"), text);
      }
      rmSync(path);
      if (kept !== undefined) writeFileSync(path, kept);
    }
  });

  it("sets damaged settings and mesh aside, and goes on as before from their copies", async () => {
    await join_({ hostname: "laptop", shieldsUp: true });
    await eventually(() => existsSync(join(stateDir, "mesh.json.copy")));
    for (const file of ["settings.json", "mesh.json"]) {
      for (const text of ["", "{", '{"version":1,"port":"x","rootKey":7}', "\0".repeat(4096)]) {
        await daemon.stop();
        const path = join(stateDir, file);
        const before = readFileSync(path);
        writeFileSync(path, text);
        daemon = await load();
        assert.ok(daemon.wantsToRun, `${file} ${text}`);
        assert.deepEqual(readFileSync(path), before);
        assert.equal(readFileSync(`${path}.unusable`, "utf8"), text);
      }
    }
    await daemon.resume();
    assert.match((await daemon.status()).state, /^(?:starting|running)$/);
    // What was removed by hand does not come back.
    await daemon.stop();
    rmSync(join(stateDir, "mesh.json"));
    daemon = await load();
    assert.equal(daemon.hasJoined, false);
  });

  it("goes on as it last ran on a disk that is full", async () => {
    await join_({ hostname: "laptop" });
    await eventually(() => existsSync(join(stateDir, "mesh.json.copy")));
    await daemon.stop();
    for (const file of ["settings.json", "settings.json.copy", "port"]) {
      symlinkSync("/dev/full", join(stateDir, `${file}.new`));
    }
    daemon = await load();
    await daemon.resume({ hostname: "other" });
    assert.match(daemon.state, /^(?:starting|running)$/);
    assert.equal(world.control().options.hostname, "other");
    const { hostname } = JSON.parse(readFileSync(join(stateDir, "settings.json"), "utf8")) as { hostname: string };
    assert.equal(hostname, "laptop");
  });

  it("starts without a netmap that was damaged", async () => {
    await join_();
    await daemon.stop();
    writeFileSync(join(stateDir, "netmap"), "torn");
    writeFileSync(join(stateDir, "tickets.json"), "torn");
    daemon = await load();
    await daemon.resume();
    assert.equal(world.control().options.netmap, undefined);
    assert.equal(daemon.state, "starting");
  });

  it("starts anew after the engine stopped by itself", async () => {
    await join_();
    world.engine().emit({ type: "fatal", reason: "panic" });
    await started(2);
    assert.equal(daemon.state, "running");
  });

  it("starts anew after its network interface was deleted", async () => {
    await join_();
    world.engine().emit({ type: "tun-closed", reason: "ENODEV" });
    await started(2);
    assert.equal(daemon.state, "running");
  });

  it("tries again where the engine cannot start anew yet", async () => {
    await join_();
    world.openError = Object.assign(new Error("EBUSY"), { code: "EBUSY" });
    world.engine().emit({ type: "fatal", reason: "panic" });
    await sleep(1200);
    assert.match((await daemon.status()).health.join(), /./);
    await started(2);
  });

  it("does not start a second node beside the one that the user started after the engine stopped", async () => {
    await join_();
    world.engine().emit({ type: "fatal", reason: "panic" });
    const done = up();
    await started(2);
    world.control().accept(mesh);
    await done;
    await sleep(1200);
    assert.equal(world.starts(), 2);
  });
});
