// A mesh made for the bench: its root key signs tickets, so that a `meshd relay` admits the load's clients as it does nodes. There is no
// coordinator, which relays can do without.
import { generateSigningKey, nodeKeyOf, randomBytes, type SigningKey } from "../../src/identity/keys.ts";
import { formatRelayToken } from "../../src/identity/auth-key.ts";
import { meshIdOf, relayIdOf } from "../../src/identity/ids.ts";
import { issueTicket } from "../../src/identity/relay-tickets.ts";
import { KEY_ID_BYTES, SECRET_BYTES, SIGNATURE_BYTES } from "../../src/protocol/limits.ts";
import { encodeRelayRegister } from "../../src/protocol/relay-codec.ts";
import { Secret } from "../../src/protocol/secret.ts";

const LIFE_MS = 24 * 3600 * 1000;
/** Tag and length of the last field. */
const SIGNATURE_FIELD_BYTES = 2 + SIGNATURE_BYTES;

export function relayToken(root: SigningKey): string {
  return formatRelayToken({
    // Nobody answers there (RFC 5737).
    coordinators: [{ host: "192.0.2.99", port: 443 }],
    rootKey: root.publicKey,
    keyId: randomBytes(KEY_ID_BYTES),
    secret: new Secret(randomBytes(SECRET_BYTES)),
  });
}

/**
 * Four fields in hexadecimal, from which a load program registers: the seed of the node key, the relay id, what the signature of a register
 * covers in front of nonce and cookie (docs/protocol.md, "Notation"), and the serialized register without its signature.
 */
export function memberLine(root: SigningKey, relayKey: Uint8Array): string {
  const node = generateSigningKey();
  const nodeKey = nodeKeyOf(node);
  const meshId = meshIdOf(root.publicKey);
  const now = Date.now();
  const ticket = issueTicket(root, { nodeKey, relayKey, notBeforeUnixMs: now, notAfterUnixMs: now + LIFE_MS });
  const register = encodeRelayRegister({ ticket, signature: new Uint8Array(SIGNATURE_BYTES) });
  const signed = Buffer.concat([Buffer.from("meshd sig v1\0relay-register\0"), meshId, relayKey]);
  const fields = [node.seed.reveal(), relayIdOf(meshId, nodeKey), signed, register.slice(0, -SIGNATURE_FIELD_BYTES)];
  return fields.map((bytes) => Buffer.from(bytes).toString("hex")).join(" ");
}
