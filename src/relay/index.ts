// The relay role: STUN and relaying by the engine, admission by us. It knows nothing of a coordinator but the root keys
// whose tickets it takes, and who is revoked; so it runs within one as well as by itself.
import type { Logger } from "pino";
import type { ByteStream } from "../channel/byte-stream.ts";
import type { OpenServerEngine, RegisterEvent, ServerEngine, ServerStats } from "../engine/index.ts";
import { meshIdOf, relayIdOf } from "../identity/ids.ts";
import { parseSocketAddress, type SocketAddress } from "../protocol/address.ts";
import type { NodeKey } from "../protocol/node-key.ts";
import { encodeAnswer, judgeRegistration, type RelayTrust } from "./registration.ts";
import { StreamDoor } from "./stream-door.ts";

export type { RelayTrust } from "./registration.ts";

export interface UdpServerOptions {
  readonly openEngine: OpenServerEngine;
  /** "0.0.0.0:443", "[::]:443": STUN is answered and sessions are relayed there. Empty: no relay. */
  readonly relayOn: readonly string[];
  /** STUN alone. */
  readonly stunOn: readonly string[];
  /** Bytes a second that one client may send; 0: as much as it likes. */
  readonly clientRate: number;
  /** Bytes a second that all of them may send; absent: as much as they like. */
  readonly totalRate?: number;
  readonly trust: RelayTrust;
  readonly log: Logger;
  /** A member registered, from this address. */
  readonly onAdmitted: (nodeKey: NodeKey, address: SocketAddress) => void;
  readonly nowUnixMs: () => number;
  /** The engine stopped by itself. */
  readonly onFatal: (reason: string) => void;
}

export interface UdpServer {
  /** Bound, as many as were asked for and in that order. */
  readonly relayAddresses: readonly string[];
  readonly stunAddresses: readonly string[];
  /** Takes over the stream of a client that cannot use UDP. */
  acceptStream(stream: ByteStream): void;
  /** Ends the sessions of a node that is no member any more. */
  revoke(nodeKey: NodeKey): void;
  stats(): Promise<ServerStats>;
  close(): Promise<void>;
}

/** Errors: those of `OpenServerEngine`. */
export function openUdpServer(options: UdpServerOptions): UdpServer {
  const { relayOn, stunOn, trust, log } = options;
  const engine: ServerEngine = options.openEngine(
    {
      listen: [
        ...relayOn.map((address) => ({ address, stun: true, relay: true })),
        ...stunOn.map((address) => ({ address, stun: true, relay: false })),
      ],
      clientRate: options.clientRate,
      totalRate: options.totalRate ?? 0,
    },
    {
      onRegister: (events) => {
        for (const event of events) handleRegister(event);
      },
      onFatal: options.onFatal,
      onStreams: (sessions) => {
        streams.handleAwake(sessions);
      },
    },
  );

  const streams = new StreamDoor({ ...options, engine });

  function handleRegister({ socket, address, nonce, cookie, body }: RegisterEvent): void {
    const observed = parseSocketAddress(address);
    if (observed === undefined) return;
    const verdict = judgeRegistration(trust, { nonce, cookie, body }, options.nowUnixMs());
    if (verdict.kind === "ignored") return;
    const { nodeKey, meshId } = verdict;
    const answer = { nodeKey, meshId, nonce, observed };
    if (verdict.kind === "refused") {
      log.info({ address, refusal: verdict.refusal }, "relay registration refused");
      engine.send(socket, address, encodeAnswer(trust.relay, { ...answer, session: 0, refused: verdict.refusal }));
      return;
    }
    const session = engine.admit(socket, address, verdict.relayId, meshId, verdict.notAfterUnixMs);
    const refused = session === 0 ? "full" : "accepted";
    if (session !== 0) options.onAdmitted(nodeKey, observed);
    engine.send(socket, address, encodeAnswer(trust.relay, { ...answer, session, refused }));
  }

  return {
    relayAddresses: engine.addresses.slice(0, relayOn.length),
    stunAddresses: engine.addresses.slice(relayOn.length),
    acceptStream: (stream) => {
      streams.accept(stream);
    },
    revoke: (nodeKey) => {
      streams.revoke(nodeKey);
      for (const rootKey of trust.rootKeys) engine.revoke(relayIdOf(meshIdOf(rootKey), nodeKey));
    },
    stats: () => engine.stats(),
    close: () => {
      streams.close();
      return engine.close();
    },
  };
}
