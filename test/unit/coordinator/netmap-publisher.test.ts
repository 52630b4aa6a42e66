import assert from "node:assert/strict";
import { before, test } from "node:test";
import fc from "fast-check";
import { NetmapPublisher } from "../../../src/coordinator/netmap-publisher.ts";
import { generateSigningKey, signDiscoKey, type SigningKey } from "../../../src/identity/index.ts";
import { meshIdOf } from "../../../src/identity/ids.ts";
import { sodiumReady } from "../../../src/identity/sodium.ts";
import { applyUpdate, type NetmapState } from "../../../src/netmap/state.ts";
import { nodeKeyOf } from "../../../src/identity/keys.ts";
import type { PeerEntry, PresenceEntry, SelfEntry } from "../../../src/protocol/messages.ts";
import type { OverlayIp } from "../../../src/protocol/address.ts";

before(sodiumReady);

interface TestNode {
  readonly key: SigningKey;
  readonly number: number;
}

function mesh(logLength: number) {
  const root = generateSigningKey();
  const meshId = meshIdOf(root.publicKey);
  let version = 100;
  const publisher = new NetmapPublisher({
    root,
    epoch: 1,
    nextVersion: () => ++version,
    nowUnixMs: () => 1,
    logLength,
  });
  const peer = ({ key, number }: TestNode, hostname: string): PeerEntry => {
    const discoKey = new Uint8Array(32).fill(number + 1);
    return {
      kind: "peer",
      nodeKey: nodeKeyOf(key),
      discoKey,
      discoSignature: signDiscoKey(key, meshId, discoKey),
      hostname,
      ips: [`100.64.0.${String(number + 1)}` as OverlayIp],
      routes: [],
      tags: [],
      os: "linux",
    };
  };
  const self = ({ key, number }: TestNode, hostname: string): SelfEntry => ({
    kind: "self",
    nodeKey: nodeKeyOf(key),
    hostname,
    ips: [`100.64.0.${String(number + 1)}` as OverlayIp],
    tags: [],
  });
  const presence = ({ key }: TestNode, online: boolean, lastSeenUnixMs: number): PresenceEntry => ({
    kind: "presence",
    nodeKey: nodeKeyOf(key),
    online,
    lastSeenUnixMs,
    candidates: [],
    homeRelay: "",
  });
  return { root, publisher, peer, self, presence };
}

/** Whose members "n0" and "n1" are there already. */
function meshOfTwo(logLength: number) {
  const made = mesh(logLength);
  const { publisher, peer, self } = made;
  const a = { key: generateSigningKey(), number: 0 };
  const b = { key: generateSigningKey(), number: 1 };
  for (const node of [a, b]) {
    publisher.put(peer(node, `n${String(node.number)}`));
    publisher.putSelf(self(node, `n${String(node.number)}`));
  }
  return { ...made, a, b };
}

/** Applies as a node does, and asserts that it accepts. */
function receive(root: SigningKey, publisher: NetmapPublisher, node: TestNode, held: NetmapState | undefined) {
  const update = publisher.updateFor(nodeKeyOf(node.key), held?.header.version);
  assert.ok(update !== undefined);
  const applied = applyUpdate({ rootKey: root.publicKey, recipient: nodeKeyOf(node.key) }, held, update);
  assert.ok(applied.ok, applied.ok ? "" : applied.reason);
  return applied.state;
}

const action = fc.oneof(
  fc.record({ kind: fc.constant("join" as const), node: fc.nat(5) }),
  fc.record({ kind: fc.constant("rename" as const), node: fc.nat(5), to: fc.nat(3) }),
  fc.record({ kind: fc.constant("presence" as const), node: fc.nat(5), online: fc.boolean(), at: fc.nat(9) }),
  fc.record({ kind: fc.constant("remove" as const), node: fc.nat(5) }),
  fc.record({ kind: fc.constant("receive" as const), node: fc.nat(5) }),
  fc.record({
    kind: fc.constant("relay" as const),
    name: fc.constantFrom("a", "b"),
    region: fc.constantFrom("", "eu"),
  }),
);

void test("whatever happens in whatever order, every node's set is exactly the coordinator's for it", () => {
  const nodes: TestNode[] = Array.from({ length: 6 }, (_, number) => ({ key: generateSigningKey(), number }));
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60 }), fc.constantFrom(4, 1000), (actions, logLength) => {
      const { root, publisher, peer, self, presence } = mesh(logLength);
      const model = new Map<string, { readonly of?: number }>();
      const held = new Map<number, NetmapState>();
      const at = (number: number): TestNode => {
        const node = nodes[number];
        assert.ok(node);
        return node;
      };
      const isMember = (number: number) => model.has(`peer/${nodeKeyOf(at(number).key)}`);
      const check = (number: number): void => {
        const state = receive(root, publisher, at(number), held.get(number));
        held.set(number, state);
        const wanted = [...model].filter(([, { of }]) => of !== number).map(([name]) => name);
        assert.deepEqual([...state.entries.keys()].sort(), [...wanted, "self"].sort());
      };
      const introduce = (number: number, hostname: string): void => {
        publisher.put(peer(at(number), hostname));
        publisher.putSelf(self(at(number), hostname));
        model.set(`peer/${nodeKeyOf(at(number).key)}`, { of: number });
      };
      for (const step of actions) {
        switch (step.kind) {
          case "join":
            introduce(step.node, `n${String(step.node)}`);
            break;
          case "rename":
            if (isMember(step.node)) introduce(step.node, `renamed${String(step.to)}`);
            break;
          case "presence":
            if (!isMember(step.node)) break;
            publisher.put(presence(at(step.node), step.online, step.at));
            model.set(`presence/${nodeKeyOf(at(step.node).key)}`, { of: step.node });
            break;
          case "remove":
            publisher.removeNode(nodeKeyOf(at(step.node).key));
            for (const kind of ["peer", "presence"]) model.delete(`${kind}/${nodeKeyOf(at(step.node).key)}`);
            assert.equal(publisher.updateFor(nodeKeyOf(at(step.node).key), undefined), undefined);
            break;
          case "relay":
            publisher.put({
              kind: "relay",
              relay: step.name,
              key: new Uint8Array(32),
              udpAddresses: [],
              region: step.region,
              tcpAddresses: [],
              away: false,
              offered: false,
            });
            model.set(`relay/${step.name}`, {});
            break;
          case "receive":
            if (isMember(step.node)) check(step.node);
        }
      }
      for (const { number } of nodes) if (isMember(number)) check(number);
    }),
    { numRuns: 40 },
  );
});

void test("an unchanged entry is no change; a node far behind or of the future gets everything", () => {
  const { publisher, peer, presence, a, b } = meshOfTwo(4);
  const before = publisher.version;
  assert.equal(publisher.put(peer(a, "n0")), false);
  assert.equal(publisher.version, before);
  assert.deepEqual(publisher.updateFor(nodeKeyOf(a.key), before)?.entries, []);
  publisher.put(presence(b, true, 1));
  const delta = publisher.updateFor(nodeKeyOf(a.key), before);
  assert.deepEqual([delta?.full, delta?.entries.length], [false, 1]);
  // Its own presence is no entry of its set, but the header moves on.
  assert.deepEqual(publisher.updateFor(nodeKeyOf(b.key), before)?.entries, []);
  assert.equal(publisher.updateFor(nodeKeyOf(a.key), publisher.version + 1)?.full, true);
  for (let number = 2; number < 9; number++) publisher.put(peer({ key: generateSigningKey(), number }, "other"));
  assert.equal(publisher.updateFor(nodeKeyOf(a.key), before)?.full, true);
});

void test("what changes again and again takes the room of one change: a node that was away for long still gets only what is new", () => {
  const { publisher, presence, a, b } = meshOfTwo(64);
  const before = publisher.version;
  for (let i = 0; i < 10_000; i++) publisher.put(presence(b, i % 2 === 0, i));
  const delta = publisher.updateFor(nodeKeyOf(a.key), before);
  assert.deepEqual([delta?.full, delta?.entries.length], [false, 1]);
});
