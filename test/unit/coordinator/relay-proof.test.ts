// The coordinator's check of an offered relay, against the relay's own judgement of registrations.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { RelayProof } from "../../../src/coordinator/relay-proof.ts";
import {
  generateSigningKey,
  meshIdOf,
  randomBytes,
  sodiumReady,
  type SigningKey,
} from "../../../src/identity/index.ts";
import type { SocketAddress } from "../../../src/protocol/address.ts";
import { encodeAnswer, judgeRegistration } from "../../../src/relay/registration.ts";

before(sodiumReady);

const [HELLO, REGISTER] = [1, 3];
const here = "192.0.2.1:4000" as SocketAddress;
const elsewhere = "192.0.2.2:4000" as SocketAddress;
const observed = "203.0.113.1:5000" as SocketAddress;

function proofOf(addresses: readonly SocketAddress[]) {
  const root = generateSigningKey();
  const relay = generateSigningKey();
  const meshId = meshIdOf(root.publicKey);
  const prober = generateSigningKey();
  const proof = new RelayProof({ root, meshId, relayKey: relay.publicKey, prober, addresses, random: randomBytes }, 0);
  return { proof, relay, rootKey: root.publicKey };
}

function sent(proof: RelayProof) {
  const all = [];
  for (let next = proof.pollTransmit(); next !== undefined; next = proof.pollTransmit()) all.push(next);
  return all;
}

/** What a relay with that key answers; the cookie is anybody's. */
function answerTo(datagram: Uint8Array, relay: SigningKey, rootKey: Uint8Array): Uint8Array {
  const nonce = datagram.subarray(2, 18);
  if (datagram[1] === HELLO) return Buffer.concat([Uint8Array.of(17, 2), nonce, new Uint8Array(16).fill(9)]);
  assert.equal(datagram[1], REGISTER);
  const trust = { relay, rootKeys: [rootKey], isRevoked: () => false };
  const request = { nonce, cookie: datagram.subarray(18, 34), body: datagram.subarray(34) };
  const verdict = judgeRegistration(trust, request, Date.now());
  assert.ok(verdict.kind === "refused" && verdict.refusal === "expired", "it leaves no session behind");
  const { nodeKey, meshId } = verdict;
  return encodeAnswer(relay, { nodeKey, meshId, nonce, session: 0, observed, refused: verdict.refusal });
}

void test("a relay that signs is proven, at the address that it signed from", () => {
  const { proof, relay, rootKey } = proofOf([here, elsewhere]);
  const [hello] = sent(proof);
  assert.ok(hello?.address === here);
  proof.handleDatagram(answerTo(hello.data, relay, rootKey), here);
  const [register] = sent(proof);
  assert.ok(register?.address === here);
  proof.handleDatagram(answerTo(register.data, relay, rootKey), elsewhere);
  assert.deepEqual(proof.proven, []);
  proof.handleDatagram(answerTo(register.data, relay, rootKey), here);
  assert.deepEqual(proof.proven, [here]);
  assert.ok(proof.pollTimeout() !== undefined, "the other address may still answer");
});

void test("a forged signature proves nothing", () => {
  const { proof, relay, rootKey } = proofOf([here]);
  const [hello] = sent(proof);
  assert.ok(hello);
  proof.handleDatagram(answerTo(hello.data, relay, rootKey), here);
  const [register] = sent(proof);
  assert.ok(register);
  const answer = answerTo(register.data, relay, rootKey);
  const forged = Uint8Array.from(answer);
  forged.set(randomBytes(8), forged.length - 12);
  proof.handleDatagram(forged, here);
  assert.deepEqual(proof.proven, []);
  proof.handleDatagram(answer, here);
  assert.deepEqual(proof.proven, [here]);
});

void test("who does not answer hears five hellos, and that was it", () => {
  const { proof } = proofOf([here]);
  let count = 0;
  for (let at: number | undefined = 0; at !== undefined; at = proof.pollTimeout()) {
    proof.handleTimeout(at);
    count += sent(proof).length;
  }
  assert.equal(count, 5);
  assert.deepEqual(proof.proven, []);
});
