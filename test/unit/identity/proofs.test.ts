import assert from "node:assert/strict";
import { before, describe, it } from "node:test";

import {
  EVERYONE,
  discoKeyFromSecret,
  generateSigningKey,
  hint,
  issueTicket,
  meshIdOf,
  nodeKeyOf,
  pairSecrets,
  sign,
  signRelayAccepted,
  signRelayRegister,
  sodiumReady,
  verify,
  verifyRelayAccepted,
  verifyRelayRegister,
  verifyTicket,
} from "../../../src/identity/index.ts";
import type { SignatureContext } from "../../../src/identity/index.ts";

before(sodiumReady);

const bytes = (length: number, value: number) => new Uint8Array(length).fill(value);

describe("signatures", () => {
  it("count only for their purpose, mesh, verifier, payload and key", () => {
    const key = generateSigningKey();
    const context: SignatureContext = { purpose: "netmap", meshId: bytes(16, 1), verifier: bytes(32, 2) };
    const payload = bytes(5, 3);
    const signature = sign(key, context, payload);
    assert.ok(verify(key.publicKey, context, payload, signature));
    assert.ok(!verify(key.publicKey, { ...context, purpose: "disco-key" }, payload, signature));
    assert.ok(!verify(key.publicKey, { ...context, meshId: bytes(16, 9) }, payload, signature));
    assert.ok(!verify(key.publicKey, { ...context, verifier: EVERYONE }, payload, signature));
    assert.ok(!verify(key.publicKey, context, bytes(5, 4), signature));
    assert.ok(!verify(generateSigningKey().publicKey, context, payload, signature));
    assert.ok(!verify(key.publicKey, context, payload, signature.subarray(1)));
    assert.ok(!verify(bytes(3, 1), context, payload, signature));
  });
});

describe("pair secrets", () => {
  it("are the same on both sides, and hints differ by sender", () => {
    const [a, b] = [generateSigningKey(), generateSigningKey()];
    const [discoA, discoB] = [discoKeyFromSecret(bytes(32, 5)), discoKeyFromSecret(bytes(32, 6))];
    const meshId = bytes(16, 1);
    const atA = pairSecrets({
      meshId,
      self: nodeKeyOf(a),
      peer: nodeKeyOf(b),
      discoSecretKey: discoA.secretKey,
      peerDiscoKey: discoB.publicKey,
    });
    const atB = pairSecrets({
      meshId,
      self: nodeKeyOf(b),
      peer: nodeKeyOf(a),
      discoSecretKey: discoB.secretKey,
      peerDiscoKey: discoA.publicKey,
    });
    assert.ok(atA && atB);
    for (const name of ["shared", "tagKey", "cidKey"] as const)
      assert.deepEqual(atA[name].reveal(), atB[name].reveal());
    assert.notDeepEqual(atA.tagKey.reveal(), atA.cidKey.reveal());
    assert.notDeepEqual(hint(atA.tagKey, nodeKeyOf(a)), hint(atA.tagKey, nodeKeyOf(b)));
  });

  it("do not exist with a point of small order", () => {
    const [a, b] = [generateSigningKey(), generateSigningKey()];
    const discoSecretKey = discoKeyFromSecret(bytes(32, 5)).secretKey;
    const pair = { meshId: bytes(16, 1), self: nodeKeyOf(a), peer: nodeKeyOf(b), discoSecretKey };
    assert.equal(pairSecrets({ ...pair, peerDiscoKey: bytes(32, 0) }), undefined);
    assert.equal(pairSecrets({ ...pair, peerDiscoKey: bytes(31, 1) }), undefined);
  });
});

describe("relay tickets", () => {
  it("are accepted by their relay, in their time, for their mesh", () => {
    const [root, otherRoot, node, relay] = [
      generateSigningKey(),
      generateSigningKey(),
      generateSigningKey(),
      generateSigningKey(),
    ];
    const fields = {
      nodeKey: nodeKeyOf(node),
      relayKey: relay.publicKey,
      notBeforeUnixMs: 1_000_000,
      notAfterUnixMs: 2_000_000,
    };
    const signed = issueTicket(root, fields);
    const check = (changes = {}, ticket = signed) =>
      verifyTicket(ticket, { relayKey: relay.publicKey, rootKeys: [root.publicKey], nowUnixMs: 1_500_000, ...changes });
    const verdict = check();
    assert.ok(verdict.ok);
    assert.equal(verdict.ticket.nodeKey, nodeKeyOf(node));
    assert.ok(check({ nowUnixMs: 2_000_000 }).ok);
    assert.deepEqual(check({ nowUnixMs: 2_000_001 }), { ok: false, refusal: "expired" });
    assert.equal(check({ nowUnixMs: 0 }).ok, true, "a relay whose clock is behind");
    assert.deepEqual(check({ rootKeys: [otherRoot.publicKey] }), { ok: false, refusal: "other-mesh" });
    assert.deepEqual(check({ relayKey: node.publicKey }), { ok: false, refusal: "bad-ticket" });
    assert.deepEqual(check({}, { ...signed, ticket: Uint8Array.of(1) }), { ok: false, refusal: "bad-ticket" });
    assert.deepEqual(check({}, { ...signed, signature: bytes(64, 0) }), { ok: false, refusal: "bad-ticket" });
  });

  it("registrations are proven in both directions", () => {
    const [root, node, relay] = [generateSigningKey(), generateSigningKey(), generateSigningKey()];
    const registration = {
      meshId: meshIdOf(root.publicKey),
      nodeKey: nodeKeyOf(node),
      relayKey: relay.publicKey,
      nonce: bytes(16, 1),
    };
    const cookie = bytes(16, 2);
    const signature = signRelayRegister(node, registration, cookie);
    assert.ok(verifyRelayRegister(registration, cookie, signature));
    assert.ok(!verifyRelayRegister(registration, bytes(16, 3), signature));
    const accepted = { session: 0xffff_fffe };
    const answer = {
      ...accepted,
      signature: signRelayAccepted(relay, registration, accepted),
      idleTimeoutMs: 60_000,
      refused: "accepted",
    } as const;
    assert.ok(verifyRelayAccepted(registration, answer));
    assert.ok(!verifyRelayAccepted(registration, { ...answer, session: 1 }));
  });
});
