// Whether a node may use this relay: its ticket by the root key of a mesh that the relay serves, and its own signature over
// the relay's cookie (docs/protocol.md, "Relay"). Pure.
import { relayIdOf } from "../identity/ids.ts";
import type { SigningKey } from "../identity/keys.ts";
import { signRelayAccepted, verifyRelayRegister, verifyTicket } from "../identity/relay-tickets.ts";
import { ProtocolViolation } from "../protocol/errors.ts";
import type { RelayRefusal, RelayRegister, RelayTicket } from "../protocol/messages.ts";
import type { SocketAddress } from "../protocol/address.ts";
import type { NodeKey } from "../protocol/node-key.ts";
import { decodeRelayRegister, decodeRelayTicket, encodeRelayAccepted } from "../protocol/relay-codec.ts";

export interface RelayTrust {
  readonly relay: SigningKey;
  /** The meshes it serves. */
  readonly rootKeys: readonly Uint8Array[];
  /** A ticket outlives the membership of its node. */
  readonly isRevoked: (nodeKey: NodeKey) => boolean;
}

/** What the engine hands up, its cookie already checked. */
export interface RegisterDatagram {
  readonly nonce: Uint8Array;
  readonly cookie: Uint8Array;
  /** Serialized RelayRegister. */
  readonly body: Uint8Array;
}

export type RegistrationVerdict =
  /** Not even a ticket: no answer. */
  | { readonly kind: "ignored" }
  | {
      readonly kind: "refused";
      readonly nodeKey: NodeKey;
      readonly meshId: Uint8Array;
      readonly refusal: Exclude<RelayRefusal, "accepted">;
    }
  | {
      readonly kind: "granted";
      readonly nodeKey: NodeKey;
      readonly meshId: Uint8Array;
      readonly relayId: Uint8Array;
      readonly notAfterUnixMs: number;
    };

export function judgeRegistration(
  trust: RelayTrust,
  datagram: RegisterDatagram,
  nowUnixMs: number,
): RegistrationVerdict {
  const parsed = parse(datagram.body);
  if (parsed === undefined) return { kind: "ignored" };
  const { register, ticket } = parsed;
  const { nodeKey, meshId } = ticket;
  const relayKey = trust.relay.publicKey;
  const verdict = verifyTicket(register.ticket, { relayKey, rootKeys: trust.rootKeys, nowUnixMs });
  if (!verdict.ok) return { kind: "refused", nodeKey, meshId, refusal: verdict.refusal };
  const registration = { meshId, nodeKey, relayKey, nonce: datagram.nonce };
  if (!verifyRelayRegister(registration, datagram.cookie, register.signature)) {
    return { kind: "refused", nodeKey, meshId, refusal: "bad-ticket" };
  }
  if (trust.isRevoked(nodeKey)) return { kind: "refused", nodeKey, meshId, refusal: "revoked" };
  const relayId = relayIdOf(meshId, nodeKey);
  return { kind: "granted", nodeKey, meshId, relayId, notAfterUnixMs: ticket.notAfterUnixMs };
}

function parse(body: Uint8Array): { register: RelayRegister; ticket: RelayTicket } | undefined {
  try {
    const register = decodeRelayRegister(body);
    return { register, ticket: decodeRelayTicket(register.ticket.ticket) };
  } catch (error) {
    if (error instanceof ProtocolViolation) return undefined;
    throw error;
  }
}

const RELAY_CONTROL = 17;
const ACCEPTED = 4;
/** The engine ends a session after this long without a packet (docs/protocol.md, "Relay"). */
const IDLE_TIMEOUT_MS = 60_000;

export interface Answer {
  readonly nodeKey: NodeKey;
  readonly meshId: Uint8Array;
  readonly nonce: Uint8Array;
  /** 0 with a refusal. */
  readonly session: number;
  readonly observed: SocketAddress;
  readonly refused: RelayRefusal;
}

/** The whole datagram "accepted", which also carries refusals. */
export function encodeAnswer(relay: SigningKey, answer: Answer): Uint8Array {
  const { nodeKey, meshId, nonce, session, observed, refused } = answer;
  const signature = signRelayAccepted(relay, { meshId, nodeKey, nonce }, { session, observed });
  const body = encodeRelayAccepted({ session, observed, idleTimeoutMs: IDLE_TIMEOUT_MS, signature, refused });
  return Buffer.concat([Uint8Array.of(RELAY_CONTROL, ACCEPTED), nonce, body]);
}
