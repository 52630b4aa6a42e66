// What a node shows a relay (docs/protocol.md, "Relay"): a ticket by the root key, and a proof of its own key.
import { ProtocolViolation } from "../protocol/errors.ts";
import type { RelayAccepted, RelayRefusal, RelayTicket, SignedTicket } from "../protocol/messages.ts";
import { nodeKeyBytes } from "../protocol/node-key.ts";
import type { NodeKey } from "../protocol/node-key.ts";
import { decodeRelayTicket, encodeRelayTicket } from "../protocol/relay-codec.ts";
import { concat, equalBytes } from "./hash.ts";
import { meshIdOf } from "./ids.ts";
import type { SigningKey } from "./keys.ts";
import { sign, verify } from "./signatures.ts";

export interface TicketFields {
  readonly nodeKey: NodeKey;
  readonly relayKey: Uint8Array;
  readonly notBeforeUnixMs: number;
  readonly notAfterUnixMs: number;
}

export function issueTicket(root: SigningKey, fields: TicketFields): SignedTicket {
  const meshId = meshIdOf(root.publicKey);
  const ticket = encodeRelayTicket({ ...fields, meshId, rootKey: root.publicKey });
  return { ticket, signature: sign(root, { purpose: "relay-ticket", meshId, verifier: fields.relayKey }, ticket) };
}

export type TicketVerdict =
  | { readonly ok: true; readonly ticket: RelayTicket }
  | { readonly ok: false; readonly refusal: Exclude<RelayRefusal, "accepted" | "full" | "revoked"> };

export interface TicketVerifier {
  readonly relayKey: Uint8Array;
  /** The root keys whose meshes the relay serves. */
  readonly rootKeys: readonly Uint8Array[];
  readonly nowUnixMs: number;
}

/** Nobody has a ticket before it is issued: one that begins in the future is one of a coordinator whose clock is ahead of this one. */
export function verifyTicket(signed: SignedTicket, { relayKey, rootKeys, nowUnixMs }: TicketVerifier): TicketVerdict {
  let ticket: RelayTicket;
  try {
    ticket = decodeRelayTicket(signed.ticket);
  } catch (error) {
    if (error instanceof ProtocolViolation) return { ok: false, refusal: "bad-ticket" };
    throw error;
  }
  if (!rootKeys.some((rootKey) => equalBytes(rootKey, ticket.rootKey))) return { ok: false, refusal: "other-mesh" };
  const meshId = meshIdOf(ticket.rootKey);
  const genuine =
    equalBytes(ticket.meshId, meshId) &&
    equalBytes(ticket.relayKey, relayKey) &&
    verify(ticket.rootKey, { purpose: "relay-ticket", meshId, verifier: relayKey }, signed.ticket, signed.signature);
  if (!genuine) return { ok: false, refusal: "bad-ticket" };
  if (nowUnixMs > ticket.notAfterUnixMs) return { ok: false, refusal: "expired" };
  return { ok: true, ticket };
}

/** What a node and a relay know of a registration before either speaks for itself. */
export interface Registration {
  readonly meshId: Uint8Array;
  readonly nodeKey: NodeKey;
  readonly relayKey: Uint8Array;
  /** 16 bytes. */
  readonly nonce: Uint8Array;
}

export function signRelayRegister(
  node: SigningKey,
  { meshId, relayKey, nonce }: Omit<Registration, "nodeKey">,
  cookie: Uint8Array,
): Uint8Array {
  return sign(node, { purpose: "relay-register", meshId, verifier: relayKey }, concat([nonce, cookie]));
}

export function verifyRelayRegister(registration: Registration, cookie: Uint8Array, signature: Uint8Array): boolean {
  const { meshId, nodeKey, relayKey, nonce } = registration;
  const context = { purpose: "relay-register", meshId, verifier: relayKey } as const;
  return verify(nodeKeyBytes(nodeKey), context, concat([nonce, cookie]), signature);
}

export function signRelayAccepted(
  relay: SigningKey,
  { meshId, nodeKey, nonce }: Omit<Registration, "relayKey">,
  accepted: Pick<RelayAccepted, "session" | "observed">,
): Uint8Array {
  const context = { purpose: "relay-accepted", meshId, verifier: nodeKeyBytes(nodeKey) } as const;
  return sign(relay, context, acceptedPayload(nonce, accepted));
}

export function verifyRelayAccepted(registration: Registration, accepted: RelayAccepted): boolean {
  const { meshId, nodeKey, relayKey, nonce } = registration;
  const context = { purpose: "relay-accepted", meshId, verifier: nodeKeyBytes(nodeKey) } as const;
  return verify(relayKey, context, acceptedPayload(nonce, accepted), accepted.signature);
}

function acceptedPayload(
  nonce: Uint8Array,
  { session, observed }: Pick<RelayAccepted, "session" | "observed">,
): Uint8Array {
  const id = new Uint8Array(4);
  new DataView(id.buffer).setUint32(0, session);
  return concat([nonce, id, new TextEncoder().encode(observed ?? "")]);
}
