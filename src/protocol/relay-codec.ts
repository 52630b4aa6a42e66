// Relay tickets and registrations ↔ bytes (control.proto, relay.proto).
import { boundedBytes, fixedBytes, nodeKeyField, required, socketAddress, uint, word } from "./fields.ts";
import { KEY_BYTES, MAX_TICKET_BYTES, MESH_ID_BYTES, SIGNATURE_BYTES } from "./limits.ts";
import { RELAY_REFUSALS } from "./messages.ts";
import type { RelayAccepted, RelayRegister, RelayTicket, SignedTicket } from "./messages.ts";
import { nodeKeyBytes } from "./node-key.ts";
import { decodeMessage, encodeMessage, wire } from "./wire.ts";

/** RelayRegister's bound in docs/protocol.md, "Relay". */
const MAX_REGISTER_BYTES = 1000;

export function encodeRelayTicket(ticket: RelayTicket): Uint8Array {
  return encodeMessage(wire.RelayTicket, {
    meshId: ticket.meshId,
    nodeKey: nodeKeyBytes(ticket.nodeKey),
    relayKey: ticket.relayKey,
    notBeforeMs: ticket.notBeforeUnixMs,
    notAfterMs: ticket.notAfterUnixMs,
    rootKey: ticket.rootKey,
  });
}

export function decodeRelayTicket(bytes: Uint8Array): RelayTicket {
  const ticket = decodeMessage(wire.RelayTicket, bytes, MAX_TICKET_BYTES, "RelayTicket");
  return {
    meshId: fixedBytes(ticket.meshId, MESH_ID_BYTES, "mesh_id"),
    nodeKey: nodeKeyField(ticket.nodeKey, "node_key"),
    relayKey: fixedBytes(ticket.relayKey, KEY_BYTES, "relay_key"),
    notBeforeUnixMs: uint(ticket.notBeforeMs, "not_before_ms"),
    notAfterUnixMs: uint(ticket.notAfterMs, "not_after_ms"),
    rootKey: fixedBytes(ticket.rootKey, KEY_BYTES, "root_key"),
  };
}

export function signedTicket(signed: wire.SignedTicket.$Properties): SignedTicket {
  return {
    ticket: boundedBytes(required(signed.ticket, "ticket"), 1, MAX_TICKET_BYTES, "ticket"),
    signature: fixedBytes(required(signed.signature, "signature"), SIGNATURE_BYTES, "signature"),
  };
}

/** For keeping a ticket on disk. */
export function encodeSignedTicket(signed: SignedTicket): Uint8Array {
  return encodeMessage(wire.SignedTicket, signed);
}

export function decodeSignedTicket(bytes: Uint8Array): SignedTicket {
  return signedTicket(decodeMessage(wire.SignedTicket, bytes, MAX_REGISTER_BYTES, "SignedTicket"));
}

export function encodeRelayRegister(register: RelayRegister): Uint8Array {
  return encodeMessage(wire.RelayRegister, register);
}

export function decodeRelayRegister(bytes: Uint8Array): RelayRegister {
  const register = decodeMessage(wire.RelayRegister, bytes, MAX_REGISTER_BYTES, "RelayRegister");
  return {
    ticket: signedTicket(required(register.ticket, "ticket")),
    signature: fixedBytes(register.signature, SIGNATURE_BYTES, "signature"),
  };
}

export function encodeRelayAccepted(accepted: RelayAccepted): Uint8Array {
  return encodeMessage(wire.RelayAccepted, { ...accepted, refused: RELAY_REFUSALS.indexOf(accepted.refused) });
}

export function decodeRelayAccepted(bytes: Uint8Array): RelayAccepted {
  const accepted = decodeMessage(wire.RelayAccepted, bytes, MAX_REGISTER_BYTES, "RelayAccepted");
  return {
    session: uint(accepted.session, "session"),
    ...(accepted.observed !== "" && { observed: socketAddress(accepted.observed, "observed") }),
    idleTimeoutMs: uint(accepted.idleTimeoutMs, "idle_timeout_ms"),
    signature: fixedBytes(accepted.signature, SIGNATURE_BYTES, "signature"),
    // A reason of a later version is still a refusal.
    refused: word(RELAY_REFUSALS, accepted.refused) ?? "bad-ticket",
  };
}
