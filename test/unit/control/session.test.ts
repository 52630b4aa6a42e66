import assert from "node:assert/strict";
import { before, describe, it } from "node:test";

import { ChannelError } from "../../../src/channel/index.ts";
import { ControlSession, DEAD_AFTER_MS, HEARTBEAT_AFTER_MS } from "../../../src/control/session.ts";
import type { ControlAction } from "../../../src/control/session.ts";
import type { ControlEvent, ControlIdentity } from "../../../src/control/index.ts";
import {
  discoKeyFromSecret,
  nodeKeyOf,
  signingKeyFromSeed,
  sodiumReady,
  verify,
  meshIdOf,
} from "../../../src/identity/index.ts";
import { add, applyUpdate, emptySet, entryDigest, signHeader } from "../../../src/netmap/index.ts";
import type { NetmapState } from "../../../src/netmap/index.ts";
import { Secret, encodeNetmapEntry, nodeKeyBytes } from "../../../src/protocol/index.ts";
import type {
  AuthStatus,
  Candidate,
  MeshdError,
  NetmapUpdate,
  NodeMessage,
  SocketAddress,
} from "../../../src/protocol/index.ts";
import { SEEDS, fill, sampleEntries } from "../vectors/build.ts";

before(sodiumReady);

const root = () => signingKeyFromSeed(fill(32, SEEDS.root));
const node = () => signingKeyFromSeed(fill(32, SEEDS.nodeA));
const coordinator = { host: "198.51.100.1", port: 443 };
const transcript = fill(32, 0x55);
const auth = () => ({ keyId: fill(8, 1), secret: new Secret(fill(32, 2)) });
const prefixes = ["100.64.0.0/10", "fd7a:1::/48"];
const away = new ChannelError("unreachable", "198.51.100.1:443 cannot be reached (ECONNREFUSED)");

function fullNetmap(version: number, epoch = 1): NetmapUpdate {
  const entries = sampleEntries().map(encodeNetmapEntry);
  const set = emptySet();
  for (const entry of entries) add(set, entryDigest(entry));
  const header = signHeader(root(), { recipient: nodeKeyOf(node()), epoch, version, issuedAtUnixMs: 1 }, set);
  return { header, full: true, entries, removed: [] };
}

function netmapState(version: number): NetmapState {
  const applied = applyUpdate(
    { rootKey: root().publicKey, recipient: nodeKeyOf(node()) },
    undefined,
    fullNetmap(version),
  );
  assert.ok(applied.ok);
  return applied.state;
}

/** A session with a clock of its own and what came out of it since the last look. */
class Bench {
  now = 1_000_000;
  readonly session: ControlSession;

  constructor(changes: Partial<ControlIdentity> = {}, random = () => 0) {
    const identity: ControlIdentity = {
      ...{ rootKey: root().publicKey, node: node(), disco: discoKeyFromSecret(fill(32, SEEDS.discoA)) },
      ...{ bootId: fill(8, 3), hostname: "laptop", os: "linux", software: "0.1.0", coordinators: [coordinator] },
      collisionWith: () => undefined,
      ...changes,
    };
    this.session = new ControlSession(identity, this.now, random);
  }

  actions(): ControlAction[] {
    return drain(() => this.session.pollTransmit());
  }

  events(): ControlEvent[] {
    return drain(() => this.session.pollEvent());
  }

  /** Lets time pass up to the next timeout, and handles it. */
  wait(): number {
    const at = this.session.pollTimeout();
    assert.ok(at !== undefined);
    const passed = at - this.now;
    this.now = at;
    this.session.handleTimeout(this.now);
    return passed;
  }

  authenticate(): NodeMessage & { kind: "authenticate" } {
    this.actions();
    this.session.handleChannel(coordinator, transcript, this.now);
    this.greet();
    const [action] = this.actions();
    assert.ok(action?.kind === "send" && action.message.kind === "authenticate");
    return action.message;
  }

  greet(): void {
    this.session.handleMessage({ kind: "mesh-prefixes", prefixes }, this.now);
  }

  answer(status: AuthStatus, message = ""): void {
    this.session.handleMessage({ kind: "auth-result", status, message, coordinatorTimeMs: 77 }, this.now);
  }

  connect(): this {
    this.authenticate();
    this.answer("ok");
    this.actions();
    this.events();
    return this;
  }
}

function drain<T>(poll: () => T | undefined): T[] {
  const all: T[] = [];
  for (let next = poll(); next !== undefined; next = poll()) all.push(next);
  return all;
}

const kinds = (items: readonly (ControlAction | ControlEvent)[]) =>
  items.map((item) => (item.kind === "send" ? item.message.kind : item.kind));

describe("the mesh's prefixes", () => {
  const words = "100.64.0.0/10 collide with 100.64.0.0/10 on wwan0";
  const colliding = (asked: (readonly string[])[] = []): Partial<ControlIdentity> => ({
    collisionWith: (each) => {
      asked.push(each);
      return words;
    },
  });

  it("are heard before a key is used, and the key is not used where they collide", () => {
    const asked: (readonly string[])[] = [];
    const bench = new Bench({ auth: auth(), ...colliding(asked) });
    bench.actions();
    bench.session.handleChannel(coordinator, transcript, bench.now);
    assert.deepEqual(bench.actions(), []);
    bench.events();
    bench.greet();
    assert.deepEqual(asked, [prefixes]);
    assert.deepEqual(kinds(bench.actions()), ["disconnect"]);
    const [event] = bench.events();
    assert.ok(event?.kind === "refused");
    assert.equal(event.error.code, "collision");
    assert.match(event.error.message, /on wwan0 \(the auth key was not used\)$/);
    assert.equal(bench.session.pollTimeout(), undefined);
  });

  it("are not waited for by a member", () => {
    const bench = new Bench({ auth: auth(), netmap: netmapState(5), ...colliding() });
    bench.actions();
    bench.session.handleChannel(coordinator, transcript, bench.now);
    assert.deepEqual(kinds(bench.actions()), ["authenticate"]);
    bench.greet();
    bench.answer("ok");
    assert.deepEqual(kinds(bench.events()).slice(-1), ["connected"]);
  });

  it("are waited for no longer than a second: a coordinator of an earlier meshd does not name them", () => {
    const bench = new Bench({ auth: auth(), ...colliding() });
    bench.actions();
    bench.session.handleChannel(coordinator, transcript, bench.now);
    assert.equal(bench.wait(), 1000);
    assert.deepEqual(kinds(bench.actions()), ["authenticate"]);
  });

  it("come before anything else that needs an admitted node", () => {
    const bench = new Bench({ auth: auth() });
    bench.actions();
    bench.session.handleChannel(coordinator, transcript, bench.now);
    bench.events();
    bench.answer("ok");
    assert.deepEqual(kinds(bench.events()), ["disconnected"]);
  });
});

describe("authentication", () => {
  it("proves the node key over the transcript, and brings the auth key of a new node", () => {
    const bench = new Bench({ auth: auth() });
    assert.deepEqual(bench.actions(), [{ kind: "connect", coordinators: [coordinator] }]);
    const message = bench.authenticate();
    const context = {
      purpose: "control-node",
      meshId: meshIdOf(root().publicKey),
      verifier: root().publicKey,
    } as const;
    assert.ok(verify(nodeKeyBytes(message.nodeKey), context, transcript, message.signature));
    assert.deepEqual(message.auth?.secret.reveal(), fill(32, 2));
    assert.equal(message.resume, undefined);
    bench.now += 20;
    bench.answer("ok");
    const connected = { kind: "connected", coordinator, roundTripMs: 20, coordinatorTimeUnixMs: 77 };
    assert.deepEqual(bench.events().at(-1), connected);
    assert.deepEqual(bench.session.coordinator, coordinator);
  });

  it("of a known node resumes and keeps the auth key to itself, until it is asked for", () => {
    const netmap = netmapState(5);
    const bench = new Bench({ auth: auth(), netmap });
    assert.deepEqual(bench.actions(), [
      { kind: "connect", coordinators: [{ host: "203.0.113.1", port: 443 }, coordinator] },
    ]);
    const first = bench.authenticate();
    assert.equal(first.auth, undefined);
    assert.deepEqual(first.resume, netmap.signedHeader);
    bench.events();
    bench.answer("node-removed");
    assert.deepEqual(kinds(bench.actions()), ["disconnect", "connect"]);
    assert.deepEqual(kinds(bench.events()), ["connecting"]);
    assert.ok(bench.authenticate().auth);
    bench.answer("ok");
    assert.equal(bench.events().at(-1)?.kind, "connected");
  });

  it("refused, it says why and waits for another key", () => {
    const statuses: AuthStatus[] = [
      "key-required",
      "key-unknown",
      "key-used",
      "key-expired",
      "key-revoked",
      "node-removed",
    ];
    const messages = new Set<string>();
    for (const status of [...statuses, "bad-signature", "rejected", "full"] as const) {
      const bench = new Bench(status === "key-required" ? {} : { auth: auth() });
      bench.authenticate();
      bench.answer(status, "why");
      const event = bench.events().at(-1);
      assert.ok(event?.kind === "refused");
      assert.equal(event.error.code, status);
      assert.equal(event.error.exitCode, 1);
      messages.add(event.error.message);
      assert.deepEqual(kinds(bench.actions()), ["disconnect"]);
      assert.equal(bench.session.pollTimeout(), undefined);
      bench.session.handleNetworkChange(bench.now, false);
      assert.deepEqual(bench.actions(), []);
      bench.session.authenticate(auth(), [coordinator], bench.now);
      assert.deepEqual(kinds(bench.actions()), ["connect"]);
      assert.ok(bench.authenticate().auth);
    }
    assert.equal(messages.size, 9);
  });

  it("unanswered, it is given up", () => {
    const bench = new Bench();
    bench.authenticate();
    bench.events();
    assert.equal(bench.wait(), 10_000);
    assert.deepEqual(kinds(bench.actions()), ["disconnect"]);
    assert.deepEqual(kinds(bench.events()), ["disconnected"]);
  });
});

describe("reconnecting", () => {
  it("backs off from 0.2 s to 30 s, jittered", () => {
    for (const [random, factor] of [
      [() => 0, 0.5],
      [() => 1 - Number.EPSILON, 1],
    ] as const) {
      const bench = new Bench({}, random);
      const delays = Array.from({ length: 10 }, () => {
        bench.session.handleChannelFailure(away, bench.now);
        return bench.wait();
      });
      const expected = [200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000];
      assert.deepEqual(
        delays,
        expected.map((delay) => delay * factor),
      );
    }
  });

  it("starts over after a session that lasted, not after one that did not", () => {
    const bench = new Bench();
    for (let i = 0; i < 4; i++) {
      bench.session.handleChannelFailure(away, bench.now);
      bench.wait();
    }
    bench.connect();
    bench.session.handleChannelFailure(new ChannelError("closed", "it ended"), bench.now + 4_999);
    bench.now += 4_999;
    const short = bench.events().at(-1);
    assert.ok(short?.kind === "disconnected");
    assert.equal(short.retryInMs, 1600);
    bench.wait();
    bench.connect();
    bench.now += 5_000;
    bench.session.handleChannelFailure(new ChannelError("closed", "it ended"), bench.now);
    const event = bench.events().at(-1);
    assert.ok(event?.kind === "disconnected");
    assert.equal(event.retryInMs, 100);
    assert.equal(event.error.exitCode, 5);
  });

  it("is immediate when the network changed", () => {
    const bench = new Bench();
    bench.session.handleChannelFailure(away, bench.now);
    bench.actions();
    bench.session.handleNetworkChange(bench.now, false);
    assert.deepEqual(kinds(bench.actions()), ["connect"]);
    bench.session.handleNetworkChange(bench.now, false);
    assert.deepEqual(kinds(bench.actions()), ["disconnect", "connect"]);
  });

  it("follows the reason of a goodbye", () => {
    const minimum = { replaced: 15_000, overloaded: 2_500, "shutting-down": 100, unspecified: 100 } as const;
    for (const [reason, retryInMs] of Object.entries(minimum)) {
      const bench = new Bench().connect();
      bench.session.handleMessage({ kind: "goodbye", reason: reason as keyof typeof minimum, message: "" }, bench.now);
      const event = bench.events().at(-1);
      assert.ok(event?.kind === "disconnected");
      assert.equal(event.retryInMs, retryInMs, reason);
    }
    const bench = new Bench({ auth: auth() }).connect();
    bench.session.handleMessage({ kind: "goodbye", reason: "removed", message: "" }, bench.now);
    const event = bench.events().at(-1);
    assert.ok(event?.kind === "refused" && event.error.code === "node-removed");
    assert.equal(bench.session.coordinator, undefined);
  });

  it("ends for good", () => {
    const bench = new Bench().connect();
    bench.session.close();
    assert.deepEqual(kinds(bench.actions()), ["disconnect"]);
    assert.equal(bench.session.pollTimeout(), undefined);
    bench.session.handleChannelFailure(away, bench.now);
    bench.session.handleMessage({ kind: "heartbeat", sequence: 1, reply: false, coordinatorTimeMs: 0 }, bench.now);
    bench.session.authenticate(auth(), [coordinator], bench.now);
    assert.deepEqual(bench.actions(), []);
    assert.deepEqual(bench.events(), []);
  });
});

describe("a session", () => {
  it("beats after silence, and ends when nothing comes back", () => {
    const bench = new Bench().connect();
    assert.equal(bench.wait(), HEARTBEAT_AFTER_MS);
    assert.deepEqual(bench.actions(), [
      { kind: "send", message: { kind: "heartbeat", sequence: 1, reply: false, coordinatorTimeMs: 0 } },
    ]);
    bench.session.handleMessage({ kind: "heartbeat", sequence: 1, reply: true, coordinatorTimeMs: 5 }, bench.now);
    assert.deepEqual(bench.actions(), []);
    const lastHeard = bench.now;
    bench.wait();
    bench.wait();
    bench.wait();
    assert.equal(bench.now - lastHeard, DEAD_AFTER_MS);
    assert.deepEqual(kinds(bench.actions()), ["heartbeat", "heartbeat", "disconnect"]);
    assert.match(lastError(bench).message, /nothing heard for 25 s;/);
  });

  it("answers heartbeats", () => {
    const bench = new Bench().connect();
    bench.session.handleMessage({ kind: "heartbeat", sequence: 4, reply: false, coordinatorTimeMs: 5 }, bench.now);
    assert.deepEqual(bench.actions(), [
      { kind: "send", message: { kind: "heartbeat", sequence: 4, reply: true, coordinatorTimeMs: 0 } },
    ]);
  });

  it("is checked within seconds when the network changed", () => {
    const bench = new Bench().connect();
    bench.session.handleNetworkChange(bench.now, false);
    assert.deepEqual(kinds(bench.actions()), ["heartbeat"]);
    assert.equal(bench.wait(), 3_000);
    assert.deepEqual(kinds(bench.actions()), ["disconnect"]);
    const moved = new Bench().connect();
    moved.session.handleNetworkChange(moved.now, true);
    assert.deepEqual(kinds(moved.actions()), ["disconnect", "connect"]);
    const alive = new Bench().connect();
    alive.session.handleNetworkChange(alive.now, false);
    alive.session.handleMessage({ kind: "heartbeat", sequence: 1, reply: true, coordinatorTimeMs: 5 }, alive.now);
    assert.equal(alive.wait(), HEARTBEAT_AFTER_MS);
  });

  it("publishes endpoints once, and again after a reconnect; asks for tickets until they come", () => {
    const candidates: Candidate[] = [{ kind: "host", address: "192.0.2.1:5" as SocketAddress }];
    const bench = new Bench();
    bench.session.setEndpoints(candidates, "main");
    bench.session.requestTickets(["main", "other"]);
    assert.equal(bench.session.requestPunch({ peer: nodeKeyOf(root()), candidates, attempt: 1 }), false);
    assert.equal(bench.session.requestLogout(), false);
    bench.authenticate();
    bench.answer("ok");
    assert.deepEqual(kinds(bench.actions()), ["endpoints", "ticket-request"]);
    bench.session.setEndpoints([...candidates], "main");
    assert.deepEqual(bench.actions(), []);
    const ticket = { ticket: fill(3, 1), signature: fill(64, 1) };
    bench.events();
    bench.session.handleMessage({ kind: "ticket-grant", relay: "main", ticket }, bench.now);
    assert.deepEqual(bench.events(), [{ kind: "ticket", relay: "main", ticket }]);
    assert.equal(bench.session.requestPunch({ peer: nodeKeyOf(root()), candidates, attempt: 1 }), true);
    bench.session.handleChannelFailure(away, bench.now);
    bench.wait();
    bench.authenticate();
    bench.answer("ok");
    assert.deepEqual(bench.actions(), [
      { kind: "send", message: { kind: "endpoints", candidates, homeRelay: "main" } },
      { kind: "send", message: { kind: "ticket-request", relays: ["other"] } },
    ]);
  });

  it("offers a relay again after a reconnect, until it is withdrawn", () => {
    const udpAddresses = ["192.0.2.1:5" as SocketAddress];
    const bench = new Bench();
    bench.session.setRelayOffer(udpAddresses);
    bench.authenticate();
    bench.answer("ok");
    assert.deepEqual(bench.actions(), [{ kind: "send", message: { kind: "relay-offer", udpAddresses } }]);
    bench.session.setRelayOffer([...udpAddresses]);
    assert.deepEqual(bench.actions(), []);
    bench.events();
    const answer = { kind: "relay-offer-answer", status: "accepted", relay: "laptop", udpAddresses } as const;
    bench.session.handleMessage(answer, bench.now);
    assert.deepEqual(bench.events(), [answer]);
    bench.session.handleChannelFailure(away, bench.now);
    bench.wait();
    bench.authenticate();
    bench.answer("ok");
    assert.deepEqual(kinds(bench.actions()), ["relay-offer"]);
    bench.session.setRelayOffer([]);
    assert.deepEqual(kinds(bench.actions()), ["relay-offer"]);
    bench.events();
    bench.session.handleMessage(answer, bench.now);
    assert.deepEqual(bench.events(), []);
  });

  it("hands on netmaps and punch notices", () => {
    const bench = new Bench().connect();
    bench.session.handleMessage({ kind: "netmap-update", ...fullNetmap(3) }, bench.now);
    const [event] = bench.events();
    assert.ok(event?.kind === "netmap");
    assert.equal(event.view.version, 3);
    assert.equal(bench.session.netmap?.header.version, 3);
    const notice = { kind: "punch-notice", peer: nodeKeyOf(root()), candidates: [], observed: [], attempt: 2 } as const;
    bench.session.handleMessage(notice, bench.now);
    assert.deepEqual(bench.events(), [notice]);
  });

  it("gives up a coordinator whose netmap does not hold, and asks for a full one", () => {
    const bench = new Bench({ netmap: netmapState(5) }).connect();
    bench.session.handleMessage({ kind: "netmap-update", ...fullNetmap(6), entries: [] }, bench.now);
    assert.equal(lastError(bench).code, "bad-netmap");
    assert.equal(bench.session.netmap?.header.version, 5);
    bench.wait();
    assert.equal(bench.authenticate().resume, undefined);
    bench.answer("ok");
    bench.session.handleMessage({ kind: "netmap-update", ...fullNetmap(6) }, bench.now);
    assert.equal(bench.session.netmap.header.version, 6);
  });

  it("shows a coordinator restored from a backup which netmap it must overtake", () => {
    const bench = new Bench({ netmap: netmapState(5) }).connect();
    bench.session.handleMessage({ kind: "netmap-update", ...fullNetmap(4) }, bench.now);
    assert.equal(lastError(bench).code, "bad-netmap");
    bench.wait();
    assert.ok(bench.authenticate().resume);
    bench.answer("ok");
    bench.session.handleMessage({ kind: "netmap-update", ...fullNetmap(1, 2) }, bench.now);
    assert.equal(bench.session.netmap?.header.epoch, 2);
  });

  it("ends when the coordinator speaks out of turn", () => {
    const early = new Bench();
    early.authenticate();
    early.session.handleMessage({ kind: "netmap-update", ...fullNetmap(1) }, early.now);
    assert.equal(lastError(early).code, "protocol");
    const twice = new Bench().connect();
    twice.answer("ok");
    assert.equal(lastError(twice).code, "protocol");
  });
});

function lastError(bench: Bench): MeshdError {
  const event = bench.events().at(-1);
  assert.ok(event?.kind === "disconnected");
  return event.error;
}
