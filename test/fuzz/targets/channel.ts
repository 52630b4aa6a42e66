// Streams: frames of the control channel, its handshake, packets of a relay over TCP, a proxy's answer.
import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { ChannelError } from "../../../src/channel/errors.ts";
import { encodeFrame, FrameReader } from "../../../src/channel/frames.ts";
import { answerHandshake, startHandshake } from "../../../src/channel/handshake.ts";
import { FrameCutter, framePacket, separate } from "../../../src/channel/packet-frames.ts";
import { readConnectStatus } from "../../../src/channel/proxy-answer.ts";
import { acceptAsCoordinator } from "../../../src/channel/sealed-stream.ts";
import { ProtocolViolation } from "../../../src/protocol/errors.ts";
import { memoryPair } from "../../unit/channel/memory-stream.ts";
import { concat } from "../../../src/identity/hash.ts";
import { signingKeyFromSeed } from "../../../src/identity/keys.ts";
import { fromText } from "../input.ts";
import { fill } from "../samples.ts";
import { type Target, unlessRefused } from "../target.ts";

const ROOT = signingKeyFromSeed(fill(32, 1));
const RANDOMNESS = { ephemeralSeed: fill(32, 2), nonce: fill(32, 3) };
const NODE = startHandshake(ROOT.publicKey, RANDOMNESS);

/** `input` in pieces: the first byte says how large. */
function pieces(input: Uint8Array): readonly Uint8Array[] {
  const size = 1 + (input[0] ?? 0);
  const rest = input.subarray(1);
  return Array.from({ length: Math.ceil(rest.length / size) }, (_, i) => rest.subarray(i * size, (i + 1) * size));
}

async function unlessEnded<Value>(run: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof ChannelError) return undefined;
    throw error;
  }
}

export const controlFrames: Target = {
  name: "control-frames",
  maxBytes: 4000,
  seeds: () => [concat([Uint8Array.of(3), encodeFrame(fill(40)), encodeFrame(fill(1))]), fill(30, 0)],
  async run(input) {
    const chunks = [...pieces(input)];
    const whole = concat(chunks);
    const reader = new FrameReader({ read: () => Promise.resolve(chunks.shift()) });
    const bodies: Uint8Array[] = [];
    for (;;) {
      const body = await unlessEnded(() => reader.next(1000));
      if (body === undefined) break;
      assert.ok(body.length >= 1 && body.length <= 1000);
      bodies.push(body);
    }
    const again = concat(bodies.map(encodeFrame));
    assert.deepEqual(again, whole.subarray(0, again.length), "frames are what the stream says, however it is cut");
  },
};

export const relayFrames: Target = {
  name: "relay-frames",
  maxBytes: 6000,
  seeds: () => [
    concat([Uint8Array.of(9), framePacket(fill(30, 17)), framePacket(fill(100, 18)), framePacket(fill(0))]),
    concat([Uint8Array.of(255), framePacket(fill(2048, 18)), framePacket(fill(5, 17))]),
  ],
  run(input) {
    const cutter = new FrameCutter();
    let cut = 0;
    for (const piece of pieces(input)) {
      const frames = unlessRefused(() => cutter.cut(piece), ProtocolViolation);
      if (frames === undefined) return;
      cut += frames.length;
      const { control, data } = separate(frames);
      const bytes = [...control.map((packet) => packet.length + 2), ...data.map((run) => run.length)];
      assert.equal(
        bytes.reduce((a, b) => a + b, 0),
        frames.length,
        "every frame goes one way",
      );
      assert.ok(control.every((packet) => packet[0] === 17));
    }
    assert.ok(cut <= input.length);
  },
};

export const handshakeOffer: Target = {
  name: "handshake-offer",
  maxBytes: 600,
  seeds: () => [NODE.clientHello],
  run(input) {
    const answer = unlessRefused(() => answerHandshake(ROOT, input, RANDOMNESS), ChannelError);
    if (answer === undefined) return;
    assert.ok(answer.serverHello.length <= 3 * Math.max(input.length, 70), "no amplifier");
  },
};

export const handshakeAnswer: Target = {
  name: "handshake-answer",
  maxBytes: 600,
  seeds: () => [answerHandshake(ROOT, NODE.clientHello, RANDOMNESS).serverHello],
  run(input) {
    unlessRefused(() => NODE.finish(input), ChannelError);
  },
};

export const sealedStream: Target = {
  name: "sealed-stream",
  maxBytes: 2000,
  seeds: () => [
    concat([Uint8Array.of(200), encodeFrame(NODE.clientHello), encodeFrame(fill(24)), encodeFrame(fill(40))]),
    concat([Uint8Array.of(1), encodeFrame(NODE.clientHello)]),
  ],
  async run(input) {
    const [ours, theirs] = memoryPair();
    for (const piece of pieces(input)) await theirs.write(piece);
    await theirs.close();
    const stream = await unlessEnded(() => acceptAsCoordinator(ours, ROOT, { timeoutMs: 60_000 }));
    const message = stream && (await unlessEnded(() => stream.receive()));
    assert.equal(message, undefined, "nobody without the keys seals a message");
    stream?.abort();
  },
};

export const proxyAnswer: Target = {
  name: "proxy-answer",
  maxBytes: 20_000,
  seeds: () =>
    fromText(
      "\u0005HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\nrest",
      "zHTTP/1.0 407 Proxy Authentication Required\r\n\r\n",
      "\u0001HTTP/1.1 200\r\n\r\n",
    ),
  async run(input) {
    const stream = Readable.from(
      pieces(input).map((piece) => Buffer.from(piece)),
      { objectMode: false },
    );
    const status = await readConnectStatus(stream);
    if (status === undefined) return;
    assert.ok(Number.isInteger(status) && status >= 0 && status <= 999);
    const rest: Buffer[] = [];
    for await (const chunk of stream as AsyncIterable<Buffer>) rest.push(chunk);
    const whole = Buffer.from(input.subarray(1));
    const after = whole.subarray(whole.indexOf("\r\n\r\n") + 4);
    assert.deepEqual(Buffer.concat(rest), after, "what follows the head is left for the tunnel");
  },
};
