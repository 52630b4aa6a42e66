import assert from "node:assert/strict";
import { before, test } from "node:test";
import {
  AUTHENTICATE_WITHIN_MS,
  ControlSession,
  HEARTBEAT_AFTER_MS,
  SILENCE_MS,
} from "../../../src/coordinator/control-session.ts";
import {
  generateDiscoKey,
  generateSigningKey,
  meshIdOf,
  nodeKeyOf,
  sign,
  signDiscoKey,
  sodiumReady,
} from "../../../src/identity/index.ts";
import type { CoordinatorMessage, NetmapUpdate, NodeMessage } from "../../../src/protocol/messages.ts";

before(sodiumReady);

function setUp() {
  const root = generateSigningKey();
  const node = generateSigningKey();
  const disco = generateDiscoKey();
  const meshId = meshIdOf(root.publicKey);
  const transcriptHash = new Uint8Array(32).fill(9);
  const asked: (number | undefined)[] = [];
  const netmap = {
    version: 10,
    updateFor(_: unknown, since: number | undefined): NetmapUpdate {
      asked.push(since);
      const header = { header: new Uint8Array(1), signature: new Uint8Array(64) };
      return { header, full: since === undefined, entries: [], removed: [] };
    },
  };
  const context = { rootKey: root.publicKey, meshId, transcriptHash, netmap, nowUnixMs: () => 1 };
  const session = new ControlSession(context, 0);
  const authenticate: NodeMessage = {
    kind: "authenticate",
    nodeKey: nodeKeyOf(node),
    signature: sign(node, { purpose: "control-node", meshId, verifier: root.publicKey }, transcriptHash),
    discoKey: disco.publicKey,
    discoSignature: signDiscoKey(node, meshId, disco.publicKey),
    hostname: "a",
    os: "linux",
    software: "1",
    bootId: new Uint8Array(8),
  };
  const sent = (): CoordinatorMessage[] => {
    const messages: CoordinatorMessage[] = [];
    for (let next = session.pollTransmit(); next !== undefined; next = session.pollTransmit()) messages.push(next);
    return messages;
  };
  const open = (since?: number): void => {
    session.handleMessage(authenticate, 0);
    assert.equal(session.pollEvent()?.kind, "join");
    session.handleJoined(since, 0);
    sent();
  };
  return { session, authenticate, sent, open, netmap, asked };
}

void test("a node proves its key, is admitted, and gets a netmap from where it was", () => {
  const { session, authenticate, sent, asked } = setUp();
  session.handleMessage(authenticate, 0);
  const join = session.pollEvent();
  assert.ok(join?.kind === "join" && join.request.hostname === "a");
  assert.deepEqual(sent(), []);
  session.handleJoined(4, 0);
  assert.deepEqual(
    sent().map(({ kind }) => kind),
    ["auth-result", "netmap-update"],
  );
  assert.deepEqual(asked, [4]);
});

void test("many changes become one update, made when the channel takes it", () => {
  const { session, sent, open, netmap, asked } = setUp();
  open();
  session.handleNetmapChanged();
  assert.deepEqual(sent(), [], "nothing changed");
  for (let i = 0; i < 5; i++) {
    netmap.version += 1;
    session.handleNetmapChanged();
  }
  assert.deepEqual(
    sent().map(({ kind }) => kind),
    ["netmap-update"],
  );
  assert.deepEqual(asked, [undefined, 10]);
});

void test("nothing is accepted before the key is proven, and no second proof", () => {
  for (const early of [
    { kind: "logout" },
    { kind: "endpoints", candidates: [], homeRelay: "" },
    { kind: "ticket-request", relays: [] },
  ] as const satisfies readonly NodeMessage[]) {
    const { session } = setUp();
    session.handleMessage(early, 0);
    assert.ok(session.hasEnded);
  }
  const { session, authenticate } = setUp();
  session.handleMessage({ ...authenticate, signature: new Uint8Array(64) }, 0);
  assert.equal(session.pollEvent()?.kind, "ended");
  const twice = setUp();
  twice.open();
  twice.session.handleMessage(twice.authenticate, 0);
  assert.ok(twice.session.hasEnded);
});

void test("a stranger has 5 s, a member 25 s of silence, and hears from us after 10 s", () => {
  const stranger = setUp().session;
  assert.equal(stranger.pollTimeout(), AUTHENTICATE_WITHIN_MS);
  stranger.handleTimeout(AUTHENTICATE_WITHIN_MS - 1);
  assert.ok(!stranger.hasEnded);
  stranger.handleTimeout(AUTHENTICATE_WITHIN_MS);
  assert.ok(stranger.hasEnded);

  const { session, sent, open } = setUp();
  open();
  session.handleTimeout(HEARTBEAT_AFTER_MS - 1);
  assert.deepEqual(sent(), []);
  session.handleTimeout(HEARTBEAT_AFTER_MS);
  assert.deepEqual(sent(), [{ kind: "heartbeat", sequence: 0, reply: false, coordinatorTimeMs: 1 }]);
  assert.equal(session.pollTimeout(), 2 * HEARTBEAT_AFTER_MS);
  session.handleTimeout(SILENCE_MS - 1);
  assert.ok(!session.hasEnded);
  session.handleMessage({ kind: "heartbeat", sequence: 3, reply: false, coordinatorTimeMs: 0 }, SILENCE_MS - 1);
  assert.ok(sent().some((message) => message.kind === "heartbeat" && message.reply && message.sequence === 3));
  session.handleTimeout(SILENCE_MS);
  assert.ok(!session.hasEnded);
  session.handleTimeout(2 * SILENCE_MS);
  assert.ok(session.hasEnded);
});

void test("a node that hears so much that it need not speak is asked for a sign of life all the same", () => {
  const { session, sent, open } = setUp();
  open();
  const notice = { kind: "punch-notice", peer: nodeKeyOf(generateSigningKey()), candidates: [], observed: [] } as const;
  for (let now = 1000; now <= HEARTBEAT_AFTER_MS; now += 1000) {
    session.handleNotice({ ...notice, attempt: now });
    session.handleTimeout(now);
    const kinds = sent().map(({ kind }) => kind);
    assert.deepEqual(kinds, now < HEARTBEAT_AFTER_MS ? [notice.kind] : [notice.kind, "heartbeat"]);
  }
});

void test("a goodbye overtakes what waits, and ends the session", () => {
  const { session, sent, open } = setUp();
  open();
  session.handleNotice({
    kind: "punch-notice",
    peer: nodeKeyOf(generateSigningKey()),
    candidates: [],
    observed: [],
    attempt: 1,
  });
  session.handleGoodbye("removed", "gone");
  assert.deepEqual(sent(), [{ kind: "goodbye", reason: "removed", message: "gone" }]);
  assert.deepEqual(session.pollEvent(), { kind: "ended", reason: "said goodbye: removed" });
  session.handleMessage({ kind: "logout" }, 1);
  assert.equal(session.pollEvent(), undefined);
});

void test("who floods, or does not read, is dropped", () => {
  const flood = setUp();
  flood.open();
  for (let i = 0; i < 401; i++)
    flood.session.handleMessage({ kind: "heartbeat", sequence: i, reply: true, coordinatorTimeMs: 0 }, 0);
  assert.deepEqual(flood.sent(), [{ kind: "goodbye", reason: "overloaded", message: "too many messages" }]);

  const deaf = setUp();
  deaf.open();
  const notice = {
    kind: "punch-notice",
    peer: nodeKeyOf(generateSigningKey()),
    candidates: [],
    observed: [],
    attempt: 1,
  } as const;
  for (let i = 0; i < 257; i++) deaf.session.handleNotice(notice);
  assert.ok(deaf.session.hasEnded);
  assert.deepEqual(deaf.sent(), []);
});
