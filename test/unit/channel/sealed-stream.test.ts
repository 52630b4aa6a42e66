import assert from "node:assert/strict";
import { before, describe, it } from "node:test";

import fc from "fast-check";

import { FrameReader, encodeFrame } from "../../../src/channel/frames.ts";
import { answerHandshake, freshRandomness, startHandshake } from "../../../src/channel/handshake.ts";
import { ChannelError, MAX_MESSAGE_BYTES, acceptAsCoordinator, connectAsNode } from "../../../src/channel/index.ts";
import { SecretReceiver } from "../../../src/channel/secretstream.ts";
import { generateSigningKey, sodiumReady } from "../../../src/identity/index.ts";
import { memoryPair } from "./memory-stream.ts";
import type { MemoryStream } from "./memory-stream.ts";

before(sodiumReady);

const options = { timeoutMs: 1000 };

/** A stream that is there already. */
const over = (stream: MemoryStream) => async (opening: Uint8Array) => {
  await stream.write(opening);
  return stream;
};

async function channel(chunkBytes?: number, onWrite?: (bytes: Uint8Array) => Uint8Array) {
  const root = generateSigningKey();
  const [left, right] = memoryPair(chunkBytes, onWrite);
  const [node, coordinator] = await Promise.all([
    connectAsNode(over(left), root.publicKey, options),
    acceptAsCoordinator(right, root, options),
  ]);
  return { node, coordinator, left, right };
}

describe("greeting", () => {
  it("leaves with the handshake's answer, before the node has sent anything sealed", async () => {
    const root = generateSigningKey();
    const greeting = new TextEncoder().encode("welcome");
    const [left, right] = memoryPair();
    const accepting = acceptAsCoordinator(right, root, { ...options, greeting });
    const handshake = startHandshake(root.publicKey, freshRandomness());
    await left.write(encodeFrame(handshake.clientHello));
    const frames = new FrameReader(left);
    const keys = handshake.finish((await frames.next(512)) ?? assert.fail());
    const receiver = new SecretReceiver(keys.receiveKey, (await frames.next(24)) ?? assert.fail());
    const opened = receiver.open((await frames.next(100)) ?? assert.fail());
    assert.deepEqual(opened, { kind: "message", message: greeting });
    left.abort();
    await assert.rejects(accepting, ChannelError);
  });
});

describe("handshake", () => {
  it("gives both sides the same transcript and each other's keys", () => {
    const root = generateSigningKey();
    const node = startHandshake(root.publicKey, freshRandomness());
    const { serverHello, keys } = answerHandshake(root, node.clientHello, freshRandomness());
    const mine = node.finish(serverHello);
    assert.ok(keys);
    assert.deepEqual(mine.transcriptHash, keys.transcriptHash);
    assert.deepEqual(mine.sendKey.reveal(), keys.receiveKey.reveal());
    assert.deepEqual(mine.receiveKey.reveal(), keys.sendKey.reveal());
    assert.notDeepEqual(mine.sendKey.reveal(), mine.receiveKey.reveal());
  });

  it("fails if any byte of either hello is changed on the way", () => {
    const root = generateSigningKey();
    const node = startHandshake(root.publicKey, freshRandomness());
    const { serverHello } = answerHandshake(root, node.clientHello, freshRandomness());
    const flip = (bytes: Uint8Array, at: number) => bytes.map((byte, i) => (i === at % bytes.length ? byte ^ 1 : byte));
    fc.assert(
      fc.property(fc.nat(400), (at) => {
        assert.throws(() => node.finish(flip(serverHello, at)), ChannelError);
        let changed;
        try {
          changed = answerHandshake(root, flip(node.clientHello, at), freshRandomness()).serverHello;
        } catch (error) {
          assert.ok(error instanceof ChannelError);
          return;
        }
        const answer = changed;
        assert.throws(() => node.finish(answer), { failure: "wrong-coordinator" });
      }),
    );
  });

  it("tells another mesh's coordinator, and another version, from a failure", () => {
    const [root, other] = [generateSigningKey(), generateSigningKey()];
    const node = startHandshake(root.publicKey, freshRandomness());
    const wrong = answerHandshake(other, node.clientHello, freshRandomness());
    assert.throws(() => node.finish(wrong.serverHello), { failure: "wrong-coordinator" });
    const later = startHandshake(root.publicKey, freshRandomness(), [7]);
    const answer = answerHandshake(root, later.clientHello, freshRandomness());
    assert.equal(answer.keys, undefined);
    assert.throws(() => later.finish(answer.serverHello), { failure: "version-mismatch" });
  });
});

describe("sealed stream", () => {
  it("carries messages both ways, in order, whole, whatever the pieces", async () => {
    for (const chunkBytes of [1, 7, 1 << 20]) {
      const { node, coordinator } = await channel(chunkBytes);
      assert.deepEqual(node.transcriptHash, coordinator.transcriptHash);
      const messages = [1, 0, 300].map((length) => new Uint8Array(length).fill(length));
      for (const message of messages) void node.send(message);
      for (const message of messages) assert.deepEqual(await coordinator.receive(), message);
      await coordinator.send(Uint8Array.of(9));
      assert.deepEqual(await node.receive(), Uint8Array.of(9));
    }
  });

  it("takes the largest message and refuses to send a larger one", async () => {
    const { node, coordinator } = await channel();
    void node.send(new Uint8Array(MAX_MESSAGE_BYTES));
    assert.equal((await coordinator.receive())?.length, MAX_MESSAGE_BYTES);
    assert.throws(() => void node.send(new Uint8Array(MAX_MESSAGE_BYTES + 1)), RangeError);
  });

  it("tells the orderly end from a cut", async () => {
    const orderly = await channel();
    void orderly.node.send(Uint8Array.of(1));
    await orderly.node.close();
    assert.deepEqual(await orderly.coordinator.receive(), Uint8Array.of(1));
    assert.equal(await orderly.coordinator.receive(), undefined);
    assert.equal(await orderly.coordinator.receive(), undefined);
    await assert.rejects(orderly.node.send(Uint8Array.of(1)), { failure: "aborted" });

    const cut = await channel();
    await cut.left.close();
    await assert.rejects(cut.coordinator.receive(), { failure: "closed" });
    const middle = await channel();
    middle.right.deliver(Uint8Array.of(0, 0));
    middle.right.deliver(undefined);
    await assert.rejects(middle.coordinator.receive(), { failure: "closed" });
  });

  it("ends with a message that was changed, replayed or is no frame", async () => {
    let frames = 0;
    const changing = await channel(undefined, (bytes) => {
      frames += 1;
      return frames <= 2 ? bytes : bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte));
    });
    void changing.node.send(Uint8Array.of(1));
    await assert.rejects(changing.coordinator.receive(), { failure: "protocol" });
    const long = await channel();
    long.right.deliver(Uint8Array.of(0, 0x10, 0, 1));
    await assert.rejects(long.coordinator.receive(), { failure: "protocol" });
    const empty = await channel();
    empty.right.deliver(Uint8Array.of(0, 0, 0, 0));
    await assert.rejects(empty.coordinator.receive(), { failure: "protocol" });
    const short = await channel();
    short.right.deliver(encodeFrame(Uint8Array.of(1)));
    await assert.rejects(short.coordinator.receive(), { failure: "protocol" });
  });

  it("gives up a receiver that does not read", async () => {
    const { node, left } = await channel();
    const { promise: blocked, resolve: unblock } = Promise.withResolvers<undefined>();
    left.blocked = blocked.then();
    const sends: Promise<void>[] = [];
    for (let i = 0; i < 9; i++) sends.push(node.send(new Uint8Array(1_000_000)));
    await assert.rejects(Promise.all(sends), { failure: "closed" });
    unblock(undefined);
    await Promise.allSettled(sends);
  });

  it("does not wait for ever, nor longer than it may", async () => {
    const root = generateSigningKey();
    const silent = (): MemoryStream => memoryPair()[0];
    await assert.rejects(connectAsNode(over(silent()), root.publicKey, { timeoutMs: 5 }), { failure: "timeout" });
    await assert.rejects(acceptAsCoordinator(silent(), root, { timeoutMs: 5 }), { failure: "timeout" });
    await assert.rejects(
      connectAsNode(over(silent()), root.publicKey, { timeoutMs: 5000, signal: AbortSignal.timeout(5) }),
      ChannelError,
    );
    const [left, right] = memoryPair();
    right.deliver(encodeFrame(new Uint8Array(513)));
    await assert.rejects(acceptAsCoordinator(right, root, options), { failure: "protocol" });
    await assert.rejects(left.read(), ChannelError);
  });
});
