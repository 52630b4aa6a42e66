import assert from "node:assert/strict";
import { before, test } from "node:test";
import fc from "fast-check";
import {
  discoKeyFromSecret,
  nodeKeyOf,
  pairSecrets,
  signingKeyFromSeed,
  sodium,
  sodiumReady,
} from "../../../src/identity/index.ts";
import { Boot, SealedDisco } from "../../../src/paths/index.ts";
import { type DiscoBody, MAX_CANDIDATES, parseSocketAddress } from "../../../src/protocol/index.ts";

before(sodiumReady);

const MESH = new Uint8Array(16).fill(9);
const random = (length: number) => sodium().randombytes_buf(length);

function pair() {
  const side = (n: number) => ({
    key: nodeKeyOf(signingKeyFromSeed(new Uint8Array(32).fill(n))),
    disco: discoKeyFromSecret(new Uint8Array(32).fill(n + 10)),
  });
  const [a, b] = [side(1), side(2)];
  const channel = (self: typeof a, peer: typeof a, boot: Boot) => {
    const secrets = pairSecrets({
      meshId: MESH,
      self: self.key,
      peer: peer.key,
      discoSecretKey: self.disco.secretKey,
      peerDiscoKey: peer.disco.publicKey,
    });
    assert.ok(secrets);
    return { secrets, channel: new SealedDisco({ boot, self: self.key, peer: peer.key, secrets, random }) };
  };
  return {
    toB: channel(a, b, new Boot(random)).channel,
    toBAfterRestart: channel(a, b, new Boot(random)).channel,
    ...(({ channel: toA, secrets }) => ({ toA, secrets }))(channel(b, a, new Boot(random))),
  };
}

const PING: DiscoBody = { kind: "ping", transactionId: new Uint8Array(12).fill(7), paddingBytes: 0 };

test("the layout of docs/protocol.md, with a tag over all but itself", () => {
  const { toB, secrets } = pair();
  const datagram = toB.seal(PING);
  assert.deepEqual([...datagram.subarray(0, 2)], [16, 1]);
  const covered = Buffer.concat([datagram.subarray(0, 10), datagram.subarray(26)]);
  const tag = sodium().crypto_generichash(16, new Uint8Array(covered), secrets.tagKey.reveal());
  assert.deepEqual(datagram.slice(10, 26), tag);
});

test("every body arrives as it was, once", () => {
  const { toA, toB } = pair();
  const observed = parseSocketAddress("[2001:db8::7]:41641");
  assert.ok(observed);
  const candidates = Array.from({ length: MAX_CANDIDATES }, () => ({ kind: "reflexive" as const, address: observed }));
  const bodies: DiscoBody[] = [
    PING,
    { kind: "pong", transactionId: new Uint8Array(12).fill(1) },
    { kind: "pong", transactionId: new Uint8Array(12).fill(2), observed },
    { kind: "candidates", candidates, attempt: 2 ** 40, replyWanted: true },
  ];
  for (const body of bodies) {
    const datagram = toB.seal(body);
    assert.ok(datagram.length <= 1200);
    assert.deepEqual(toA.open(datagram), { body, restarted: false });
    assert.equal(toA.open(datagram), undefined, "replayed");
  }
});

test("a restart is told once", () => {
  const { toA, toB, toBAfterRestart } = pair();
  assert.equal(toA.open(toB.seal(PING))?.restarted, false);
  const late = toB.seal(PING);
  assert.equal(toA.open(toBAfterRestart.seal(PING))?.restarted, true);
  assert.equal(toA.open(toBAfterRestart.seal(PING))?.restarted, false);
  assert.equal(toA.open(late)?.restarted, false, "a straggler of the boot before");
});

test("our own words, sent back to us, are not the peer's", () => {
  const { toB } = pair();
  assert.equal(toB.open(toB.seal(PING)), undefined);
});

test("damaged, cut and arbitrary bytes are nothing", () => {
  const { toA, toB } = pair();
  const genuine = toB.seal(PING);
  fc.assert(
    fc.property(fc.nat(genuine.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const damaged = genuine.slice();
      damaged[at] = (damaged[at] ?? 0) ^ flip;
      // The tag is the engine's to check; the box says nothing about it.
      if (at < 10 || at >= 26) assert.equal(toA.open(damaged), undefined);
      assert.equal(toA.open(genuine.subarray(0, at)), undefined);
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const prefixed = new Uint8Array([...genuine.subarray(0, 10), ...bytes]);
      assert.equal(toA.open(bytes), undefined);
      assert.equal(toA.open(prefixed), undefined);
    }),
  );
  assert.ok(toA.open(genuine), "still good after all that");
});
