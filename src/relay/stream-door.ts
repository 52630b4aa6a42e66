// Clients behind byte streams (docs/protocol.md, "Relay over TCP"): admitted in the stream as others are by datagrams, then one more
// entry in the engine's table. From then on bytes go to and fro unseen.
import type { Logger } from "pino";
import type { ByteStream } from "../channel/byte-stream.ts";
import { ChannelError } from "../channel/errors.ts";
import { FrameCutter, framePacket, separate } from "../channel/packet-frames.ts";
import type { ServerEngine } from "../engine/index.ts";
import { equalBytes } from "../identity/hash.ts";
import { randomBytes } from "../identity/keys.ts";
import { parseSocketAddress, type SocketAddress } from "../protocol/address.ts";
import { ProtocolViolation } from "../protocol/errors.ts";
import type { NodeKey } from "../protocol/node-key.ts";
import { encodeAnswer, judgeRegistration, type RelayTrust } from "./registration.ts";

const ADMIT_WITHIN_MS = 8_000;
const MAX_HALF_OPEN = 256;
const [RELAY_CONTROL, HELLO, COOKIE, REGISTER] = [17, 1, 2, 3];
const NONCE_BYTES = 16;
const HELLO_BYTES = 96;
const MAX_BODY_BYTES = 1000;

export interface StreamDoorOptions {
  readonly engine: Pick<ServerEngine, "admitStream" | "deliver" | "takeStream" | "leaveStream">;
  readonly trust: RelayTrust;
  readonly log: Logger;
  readonly nowUnixMs: () => number;
  readonly onAdmitted: (nodeKey: NodeKey, address: SocketAddress) => void;
}

interface Client {
  readonly stream: ByteStream;
  readonly nodeKey: NodeKey;
  isWriting: boolean;
}

export class StreamDoor {
  readonly #options: StreamDoorOptions;
  readonly #clients = new Map<number, Client>();
  readonly #halfOpen = new Set<ByteStream>();

  constructor(options: StreamDoorOptions) {
    this.#options = options;
  }

  accept(stream: ByteStream): void {
    if (this.#halfOpen.size >= MAX_HALF_OPEN) stream.abort();
    else void this.#serve(stream);
  }

  /** The engine has something for them. */
  handleAwake(sessions: readonly number[]): void {
    for (const session of sessions) {
      const client = this.#clients.get(session);
      if (client !== undefined && !client.isWriting) void this.#write(session, client);
    }
  }

  revoke(nodeKey: NodeKey): void {
    for (const client of this.#clients.values()) if (client.nodeKey === nodeKey) client.stream.abort();
  }

  close(): void {
    for (const stream of this.#halfOpen) stream.abort();
    for (const { stream } of this.#clients.values()) stream.abort();
  }

  async #serve(stream: ByteStream): Promise<void> {
    const { engine, log } = this.#options;
    let session = 0;
    this.#halfOpen.add(stream);
    const timer = setTimeout(() => stream.abort(), ADMIT_WITHIN_MS);
    try {
      const cutter = new FrameCutter();
      const admission = new Admission(this.#options, stream);
      for (let chunk = await stream.read(); chunk !== undefined; chunk = await stream.read()) {
        const frames = cutter.cut(chunk);
        if (session !== 0) {
          if (frames.length > 0) engine.deliver(session, frames);
          continue;
        }
        for (const packet of separate(frames).control) {
          const client = await admission.handle(packet);
          if (client === undefined) continue;
          session = client.session;
          this.#clients.set(session, { stream, nodeKey: client.nodeKey, isWriting: false });
          this.#halfOpen.delete(stream);
          clearTimeout(timer);
          this.handleAwake([session]);
        }
      }
    } catch (error) {
      if (!(error instanceof ChannelError || error instanceof ProtocolViolation)) {
        log.error({ err: error }, "a stream to the relay failed");
      }
    } finally {
      clearTimeout(timer);
      this.#halfOpen.delete(stream);
      this.#clients.delete(session);
      if (session !== 0) engine.leaveStream(session);
      stream.abort();
    }
  }

  async #write(session: number, client: Client): Promise<void> {
    const { engine } = this.#options;
    client.isWriting = true;
    try {
      for (let frames = engine.takeStream(session); frames; frames = engine.takeStream(session)) {
        await client.stream.write(frames);
      }
    } catch {
      client.stream.abort();
    }
    client.isWriting = false;
  }
}

/** Hello, cookie, register, accepted: as over UDP, but the cookie is the stream's own. */
class Admission {
  readonly #options: StreamDoorOptions;
  readonly #stream: ByteStream;
  readonly #cookie = randomBytes(NONCE_BYTES);

  constructor(options: StreamDoorOptions, stream: ByteStream) {
    this.#options = options;
    this.#stream = stream;
  }

  /** The client, once it is admitted. Throws ProtocolViolation for one that may not be. */
  async handle(packet: Uint8Array): Promise<{ readonly session: number; readonly nodeKey: NodeKey } | undefined> {
    const nonce = packet.subarray(2, 2 + NONCE_BYTES);
    if (packet[1] === HELLO && packet.length === HELLO_BYTES) {
      const cookie = Buffer.concat([Uint8Array.of(RELAY_CONTROL, COOKIE), nonce, this.#cookie]);
      await this.#stream.write(framePacket(cookie));
      return undefined;
    }
    const cookie = packet.subarray(2 + NONCE_BYTES, 2 + 2 * NONCE_BYTES);
    const body = packet.subarray(2 + 2 * NONCE_BYTES);
    if (packet[1] !== REGISTER || body.length > MAX_BODY_BYTES || !equalBytes(cookie, this.#cookie)) {
      throw new ProtocolViolation("that is no registration");
    }
    return this.#register(nonce, cookie, body);
  }

  async #register(nonce: Uint8Array, cookie: Uint8Array, body: Uint8Array) {
    const { engine, trust, log, nowUnixMs, onAdmitted } = this.#options;
    const observed = parseSocketAddress(this.#stream.remoteAddress ?? "");
    const verdict = judgeRegistration(trust, { nonce, cookie, body }, nowUnixMs());
    if (observed === undefined || verdict.kind === "ignored") throw new ProtocolViolation("that is no ticket");
    const { nodeKey, meshId } = verdict;
    const answer = { nodeKey, meshId, nonce, observed };
    if (verdict.kind === "refused") {
      log.info({ address: observed, refusal: verdict.refusal }, "relay registration over TCP refused");
      const refusal = encodeAnswer(trust.relay, { ...answer, session: 0, refused: verdict.refusal });
      await this.#stream.write(framePacket(refusal));
      return undefined;
    }
    const session = engine.admitStream(verdict.relayId, meshId, verdict.notAfterUnixMs);
    const refused = session === 0 ? "full" : "accepted";
    try {
      await this.#stream.write(framePacket(encodeAnswer(trust.relay, { ...answer, session, refused })));
    } catch (error) {
      if (session !== 0) engine.leaveStream(session);
      throw error;
    }
    if (session === 0) return undefined;
    onAdmitted(nodeKey, observed);
    return { session, nodeKey };
  }
}
