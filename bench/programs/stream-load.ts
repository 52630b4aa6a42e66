// Load for a relay over TCP: pairs of admitted clients, one sending to the other, as fast as a window lets them or at a given rate. Streams
// and batches are those of a node (src/daemon/relay-stream.ts): whole frames, as many at a time as wait.
//
// Prints one line of JSON, as all load programs do.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { connectWebTransport, type ByteStream } from "../../src/channel/index.ts";
import { FrameCutter, framePacket, separate } from "../../src/channel/packet-frames.ts";
import { signingKeyFromSeed, type SigningKey } from "../../src/identity/keys.ts";
import { sodium, sodiumReady } from "../../src/identity/sodium.ts";
import { parseHostPort } from "../../src/protocol/address.ts";
import { quantile } from "../measure.ts";
import { cpuSeconds } from "../processes.ts";

const NONCE = Buffer.alloc(16, 7);
const COOKIE_BYTES = 16;
const HEADER_BYTES = 14;
/** Field 2 of 64 bytes, in protobuf's encoding. */
const SIGNATURE_TAG = Uint8Array.of(0x12, 64);
/** Of a frame: its length, the relay's header and the packet's first byte come before the time stamps. */
const DUE_AT = 2 + HEADER_BYTES + 1;
const LEFT_AT = DUE_AT + 8;
/** What lies further back is not made up for. */
const MAX_LATENESS_MS = 200;
/** What the engine gives for a stream at a time. */
const MAX_BATCH_BYTES = 64 * 1024;
const GIVE_UP_AFTER_MS = 50;
const TICK_MS = 1;
const OPEN_LIMIT_MS = 10_000;

const { values } = parseArgs({
  options: {
    relay: { type: "string", default: "" },
    members: { type: "string", default: "" },
    pairs: { type: "string", default: "1" },
    first: { type: "string", default: "0" },
    bytes: { type: "string", default: "1200" },
    window: { type: "string", default: "90" },
    rate: { type: "string" },
    warmup: { type: "string", default: "0.5" },
    seconds: { type: "string", default: "2" },
    pid: { type: "string", default: String(process.pid) },
  },
});

interface Client {
  readonly stream: ByteStream;
  readonly session: Buffer;
  readonly relayId: Buffer;
}

interface Member {
  readonly key: SigningKey;
  readonly relayId: Buffer;
  /** What a register's signature covers in front of nonce and cookie. */
  readonly signed: Buffer;
  /** The serialized register without its signature. */
  readonly register: Buffer;
}

function parseMember(line: string): Member {
  const [seed, relayId, signed, register] = line.split(" ").map((field) => Buffer.from(field, "hex"));
  if (seed === undefined || relayId === undefined || signed === undefined || register === undefined) {
    throw new Error("a member line is damaged");
  }
  return { key: signingKeyFromSeed(seed), relayId, signed, register };
}

async function connect({ key, relayId, signed, register }: Member): Promise<Client> {
  const at = parseHostPort(values.relay);
  if (at === undefined) throw new Error("--relay is not host:port");
  const stream = await connectWebTransport(at, { purpose: "relay", timeoutMs: OPEN_LIMIT_MS });
  const cutter = new FrameCutter();
  const ask = async (packet: Uint8Array): Promise<Uint8Array> => {
    await stream.write(framePacket(packet));
    for (let chunk = await stream.read(); chunk !== undefined; chunk = await stream.read()) {
      const [answer] = separate(cutter.cut(chunk)).control;
      if (answer !== undefined) return answer.subarray(2 + NONCE.length);
    }
    throw new Error("the relay closed the stream");
  };
  const cookie = (await ask(Buffer.concat([Uint8Array.of(17, 1), NONCE, Buffer.alloc(78)]))).subarray(0, COOKIE_BYTES);
  const signature = sodium().crypto_sign_detached(Buffer.concat([signed, NONCE, cookie]), key.secretKey.reveal());
  const body = Buffer.concat([register, SIGNATURE_TAG, signature]);
  const accepted = Buffer.from(await ask(Buffer.concat([Uint8Array.of(17, 3), NONCE, cookie, body])));
  // RelayAccepted begins with its session: field 1, fixed32.
  return { stream, relayId, session: accepted.subarray(1, 5).swap32() };
}

let isRecording = false;
const delays: number[] = [];
const dueDelays: number[] = [];
const lateness: number[] = [];

class Pair {
  sent = 0;
  received = 0;
  #lost = 0;
  #progressAt = performance.now();
  #wake: () => void = () => undefined;
  readonly #from: ByteStream;
  readonly #to: ByteStream;
  readonly #frame: Buffer;
  readonly #batch: number;

  constructor(from: Client, to: Client, bytes: number) {
    this.#from = from.stream;
    this.#to = to.stream;
    const header = Buffer.concat([Uint8Array.of(18, 1), from.session, to.relayId]);
    this.#frame = Buffer.from(framePacket(Buffer.concat([header, Buffer.alloc(bytes, 0x40)])));
    this.#batch = Math.floor(MAX_BATCH_BYTES / this.#frame.length);
  }

  /** The first is due at `due`, each other `step` after the one before. */
  async #send(packets: number, due = performance.now(), step = 0): Promise<void> {
    // The stream keeps what it is given.
    const frames = Buffer.alloc(packets * this.#frame.length, this.#frame);
    const now = performance.now();
    for (let number = 0; number < packets; number++) {
      const at = number * this.#frame.length;
      frames.writeDoubleBE(due + number * step, at + DUE_AT);
      frames.writeDoubleBE(now, at + LEFT_AT);
      if (isRecording) lateness.push(now - due - number * step);
    }
    this.sent += packets;
    await this.#from.write(frames);
  }

  async sendWindowed(window: number): Promise<never> {
    for (;;) {
      const room = window - (this.sent - this.received - this.#lost);
      if (room >= Math.min(this.#batch, window / 2)) {
        await this.#send(Math.min(room, this.#batch));
        continue;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async sendPaced(perSecond: number): Promise<never> {
    const step = 1000 / perSecond;
    for (let next = performance.now(); ;) {
      const now = performance.now();
      next = Math.max(next, now - MAX_LATENESS_MS);
      const due = Math.ceil((now - next) / step);
      const packets = Math.min(due, this.#batch);
      if (packets > 0) await this.#send(packets, next, step);
      next += packets * step;
      if (packets === due) await new Promise((resolve) => setTimeout(resolve, TICK_MS));
    }
  }

  async receive(): Promise<void> {
    const cutter = new FrameCutter();
    for (let chunk = await this.#to.read(); chunk !== undefined; chunk = await this.#to.read()) {
      const bytes = cutter.cut(chunk);
      const frames = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const now = performance.now();
      for (let at = 0; at < frames.length; at += this.#frame.length) {
        this.received++;
        if (!isRecording) continue;
        delays.push(now - frames.readDoubleBE(at + LEFT_AT));
        dueDelays.push(now - frames.readDoubleBE(at + DUE_AT));
      }
      this.#progressAt = now;
      this.#wake();
    }
    throw new Error("the relay closed the stream");
  }

  /** Lost packets must not close the window for good. */
  handleTick(now: number): void {
    if (now - this.#progressAt < GIVE_UP_AFTER_MS) return;
    this.#progressAt = now;
    this.#lost = this.sent - this.received;
    this.#wake();
  }
}

async function main(): Promise<void> {
  await sodiumReady();
  const members = readFileSync(values.members, "utf8").split("\n").slice(Number(values.first)).map(parseMember);
  const pairs: Pair[] = [];
  for (let number = 0; number < Number(values.pairs); number++) {
    const [from, to] = members.slice(2 * number, 2 * number + 2);
    if (from === undefined || to === undefined) throw new Error("too few members");
    pairs.push(new Pair(await connect(from), await connect(to), Number(values.bytes)));
  }
  for (const pair of pairs) {
    const rate = values.rate === undefined ? undefined : Number(values.rate) / pairs.length;
    void (rate === undefined ? pair.sendWindowed(Number(values.window)) : pair.sendPaced(rate));
    void pair.receive();
  }
  setInterval(() => {
    for (const pair of pairs) pair.handleTick(performance.now());
  }, GIVE_UP_AFTER_MS);

  const sum = (count: (pair: Pair) => number) => pairs.reduce((total, pair) => total + count(pair), 0);
  const totals = () => ({
    sent: sum((pair) => pair.sent),
    received: sum((pair) => pair.received),
    cpu: cpuSeconds([Number(values.pid)]),
    at: performance.now(),
  });
  const sleep = (seconds: string) => new Promise((resolve) => setTimeout(resolve, Number(seconds) * 1000));
  await sleep(values.warmup);
  const before = totals();
  isRecording = true;
  await sleep(values.seconds);
  isRecording = false;
  const after = totals();
  for (const times of [delays, dueDelays, lateness]) times.sort((a, b) => a - b);
  const result = {
    sent: after.sent - before.sent,
    received: after.received - before.received,
    seconds: (after.at - before.at) / 1000,
    relayCpuSeconds: after.cpu - before.cpu,
    p50Ms: quantile(delays, 0.5),
    p99Ms: quantile(delays, 0.99),
    dueP99Ms: quantile(dueDelays, 0.99),
    lateP99Ms: quantile(lateness, 0.99),
  };
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit());
}

await main();
