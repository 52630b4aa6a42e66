// A node as far as the coordinator can tell: speaks the control channel, applies netmaps, and says what it heard.
import assert from "node:assert/strict";
import { once } from "node:events";
import { EventEmitter } from "node:events";
import { openCoordinatorChannel } from "../../../src/channel/coordinator-channel.ts";
import type { SealedStream } from "../../../src/channel/sealed-stream.ts";
import {
  type AuthKey,
  type DiscoKey,
  generateDiscoKey,
  generateSigningKey,
  meshIdOf,
  nodeKeyOf,
  randomBytes,
  sign,
  signDiscoKey,
  type SigningKey,
} from "../../../src/identity/index.ts";
import { PartCollector } from "../../../src/netmap/parts.ts";
import { applyUpdate, type NetmapState } from "../../../src/netmap/state.ts";
import { type NetmapView, viewOf } from "../../../src/netmap/view.ts";
import { decodeCoordinatorMessage, encodeNodeMessage } from "../../../src/protocol/control-codec.ts";
import type { CoordinatorMessage, NodeMessage, SignedNetmapHeader } from "../../../src/protocol/messages.ts";
import type { NodeKey } from "../../../src/protocol/node-key.ts";

export class TestNode {
  readonly key: SigningKey = generateSigningKey();
  readonly disco: DiscoKey = generateDiscoKey();
  readonly hostname: string;
  readonly heard: CoordinatorMessage[] = [];
  netmap: NetmapState | undefined;
  readonly #news = new EventEmitter();
  #stream: SealedStream | undefined;

  constructor(hostname: string) {
    this.hostname = hostname;
  }

  get nodeKey(): NodeKey {
    return nodeKeyOf(this.key);
  }

  get view(): NetmapView {
    assert.ok(this.netmap, `${this.hostname} has no netmap`);
    return viewOf(this.netmap);
  }

  /** Resolves with the answer to Authenticate. */
  async connect(
    invitation: AuthKey,
    options: { secret?: boolean; signWith?: SigningKey; resume?: SignedNetmapHeader } = {},
  ) {
    const [coordinator] = invitation.coordinators;
    assert.ok(coordinator);
    const at = { ...coordinator, host: "127.0.0.1" };
    const stream = await openCoordinatorChannel(at, invitation.rootKey, { timeoutMs: 5000 });
    this.#stream = stream;
    this.heard.length = 0;
    const meshId = meshIdOf(invitation.rootKey);
    const signer = options.signWith ?? this.key;
    const resume = options.resume ?? this.netmap?.signedHeader;
    this.say({
      kind: "authenticate",
      nodeKey: this.nodeKey,
      signature: sign(signer, { purpose: "control-node", meshId, verifier: invitation.rootKey }, stream.transcriptHash),
      discoKey: this.disco.publicKey,
      discoSignature: signDiscoKey(this.key, meshId, this.disco.publicKey),
      ...(options.secret !== false && { auth: { keyId: invitation.keyId, secret: invitation.secret } }),
      hostname: this.hostname,
      os: "linux",
      software: "0.1.0",
      bootId: randomBytes(8),
      ...(resume && { resume }),
    });
    void this.#listen(stream, invitation.rootKey);
    return this.hears("auth-result");
  }

  say(message: NodeMessage): void {
    assert.ok(this.#stream);
    this.#stream.send(encodeNodeMessage(message)).catch(() => undefined);
  }

  /** The first message of a kind, now or to come. */
  async hears<Kind extends CoordinatorMessage["kind"]>(kind: Kind): Promise<CoordinatorMessage & { kind: Kind }> {
    for (;;) {
      const found = this.heard.find((message): message is CoordinatorMessage & { kind: Kind } => message.kind === kind);
      if (found !== undefined) return found;
      await once(this.#news, "news", { signal: AbortSignal.timeout(5000) });
    }
  }

  /** Resolves with the ms it took until what it knows of the mesh fulfils a condition. */
  async until(condition: (view: NetmapView) => boolean): Promise<number> {
    const from = performance.now();
    while (this.netmap === undefined || !condition(this.view)) {
      await once(this.#news, "news", { signal: AbortSignal.timeout(5000) });
    }
    return performance.now() - from;
  }

  async disconnect(): Promise<void> {
    await this.#stream?.close();
  }

  async #listen(stream: SealedStream, rootKey: Uint8Array): Promise<void> {
    const parts = new PartCollector();
    try {
      for (;;) {
        const bytes = await stream.receive();
        const message = bytes && decodeCoordinatorMessage(bytes);
        if (message === undefined) break;
        if (message.kind === "netmap-part") assert.ok(parts.add(message));
        if (message.kind === "netmap-update") {
          const update = parts.finish(message);
          assert.ok(update);
          const applied = applyUpdate({ rootKey, recipient: this.nodeKey }, this.netmap, update);
          assert.ok(applied.ok, applied.ok ? "" : applied.reason);
          this.netmap = applied.state;
        }
        this.heard.push(message);
        this.#news.emit("news");
      }
    } catch {
      stream.abort();
    }
    this.#news.emit("news");
  }
}
