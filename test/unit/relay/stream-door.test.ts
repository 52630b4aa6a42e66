// The relay's end of a stream, against the machine that nodes use.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import pino from "pino";
import type { ByteStream } from "../../../src/channel/byte-stream.ts";
import { FrameCutter, framePacket, separate } from "../../../src/channel/packet-frames.ts";
import { FakeServerEngine } from "../../../src/engine/fake.ts";
import {
  generateSigningKey,
  issueTicket,
  meshIdOf,
  nodeKeyOf,
  randomBytes,
  relayIdOf,
  sodiumReady,
} from "../../../src/identity/index.ts";
import { RelaySession } from "../../../src/paths/relay-session.ts";
import type { RelaySessionEvent } from "../../../src/paths/types.ts";
import { formatSocketAddress } from "../../../src/protocol/address.ts";
import { StreamDoor } from "../../../src/relay/stream-door.ts";
import { type MemoryStream, memoryPair } from "../channel/memory-stream.ts";

before(sodiumReady);

const NOW = 1_800_000_000_000;
const AT = formatSocketAddress("0.0.0.0", 1);

function world(options: { readonly revoked?: boolean } = {}) {
  const [root, relay, node] = [generateSigningKey(), generateSigningKey(), generateSigningKey()];
  const handlers = {
    onRegister: () => undefined,
    onFatal: (reason: string) => assert.fail(reason),
    onStreams: () => undefined,
  };
  const engine = new FakeServerEngine({ listen: [], clientRate: 0 }, handlers);
  const admitted: string[] = [];
  const door = new StreamDoor({
    engine,
    trust: { relay, rootKeys: [root.publicKey], isRevoked: () => options.revoked ?? false },
    log: pino({ enabled: false }),
    nowUnixMs: () => NOW,
    onAdmitted: (_, address) => admitted.push(address),
  });
  const meshId = meshIdOf(root.publicKey);
  const session = new RelaySession({ node, meshId, relayKey: relay.publicKey, random: randomBytes });
  const times = { notBeforeUnixMs: NOW - 1, notAfterUnixMs: NOW + 1000 };
  session.handleAddresses([AT], 0);
  session.handleTicket(issueTicket(root, { nodeKey: nodeKeyOf(node), relayKey: relay.publicKey, ...times }), 0);
  return { engine, door, session, node, meshId, admitted };
}

function withAddress(stream: MemoryStream): ByteStream {
  return {
    remoteAddress: "203.0.113.7:55555",
    read: () => stream.read(),
    write: (bytes) => stream.write(bytes),
    close: () => stream.close(),
    abort: () => stream.abort(),
  };
}

/** Runs the node's machine on its end of the stream until it says something. */
async function talk(session: RelaySession, stream: ByteStream): Promise<RelaySessionEvent> {
  const cutter = new FrameCutter();
  for (;;) {
    for (let event = session.pollEvent(); event !== undefined; event = session.pollEvent()) {
      if (event.type !== "listen") return event;
    }
    for (let next = session.pollTransmit(); next !== undefined; next = session.pollTransmit()) {
      await stream.write(framePacket(next.data));
    }
    const chunk = await stream.read();
    assert.ok(chunk !== undefined);
    for (const packet of separate(cutter.cut(chunk)).control) session.handleDatagram(packet, AT, 0);
  }
}

void test("a member is admitted, and from then on bytes go to and from the engine unseen", async () => {
  const { engine, door, session, node, meshId, admitted } = world();
  const [ours, theirs] = memoryPair(7);
  door.accept(withAddress(theirs));
  const event = await talk(session, ours);
  assert.deepEqual(event, { type: "session", address: AT, session: 1001 });
  assert.deepEqual(engine.streamsAdmitted[0]?.relayId, relayIdOf(meshId, nodeKeyOf(node)));
  assert.deepEqual(admitted, ["203.0.113.7:55555"]);

  await ours.write(framePacket(Uint8Array.of(18, 1, 2, 3)));
  await sleep(10);
  assert.deepEqual(Buffer.concat(engine.delivered.map(({ frames }) => frames)), Buffer.from([0, 4, 18, 1, 2, 3]));
  engine.toStream.set(1001, [Uint8Array.of(0, 1, 9), Uint8Array.of(0, 1, 8)]);
  door.handleAwake([1001, 5]);
  const cutter = new FrameCutter();
  const received: Uint8Array[] = [];
  while (Buffer.concat(received).length < 6) received.push(cutter.cut((await ours.read()) ?? assert.fail()));
  assert.deepEqual(Buffer.concat(received), Buffer.from([0, 1, 9, 0, 1, 8]));

  ours.abort();
  await sleep(10);
  assert.deepEqual(engine.left, [1001]);
});

void test("a slow reader is written to once at a time; what waits stays in the engine", async () => {
  const { engine, door, session } = world();
  const [ours, theirs] = memoryPair();
  door.accept(withAddress(theirs));
  await talk(session, ours);
  const { promise, resolve } = Promise.withResolvers<undefined>();
  theirs.blocked = promise.then(() => undefined);
  const waiting = [Uint8Array.of(0, 1, 1), Uint8Array.of(0, 1, 2), Uint8Array.of(0, 1, 3)];
  engine.toStream.set(1001, waiting);
  door.handleAwake([1001]);
  door.handleAwake([1001]);
  await sleep(10);
  assert.equal(waiting.length, 2);
  resolve(undefined);
  await sleep(10);
  assert.equal(waiting.length, 0);
  door.close();
});

void test("who was revoked is told, and strangers are hung up on", async () => {
  const { engine, door, session } = world({ revoked: true });
  const [ours, theirs] = memoryPair();
  door.accept(withAddress(theirs));
  assert.equal((await talk(session, ours)).type, "refused");
  const [stranger, end] = memoryPair();
  door.accept(withAddress(end));
  await stranger.write(framePacket(Buffer.concat([Uint8Array.of(17, 3), new Uint8Array(50)])));
  await assert.rejects(async () => {
    while ((await stranger.read()) !== undefined);
  });
  assert.equal(engine.streamsAdmitted.length, 0);
});
