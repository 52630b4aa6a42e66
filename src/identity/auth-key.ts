// The one string that lets a machine join: "mesh-…" (docs/protocol.md, "Auth key").
import { formatHostPort, parseHostPort } from "../protocol/address.ts";
import type { HostPort } from "../protocol/address.ts";
import { MeshdError } from "../protocol/errors.ts";
import { KEY_BYTES, KEY_ID_BYTES, MAX_COORDINATORS, SECRET_BYTES } from "../protocol/limits.ts";
import { Secret } from "../protocol/secret.ts";
import { decodeMessage, encodeMessage, wire } from "../protocol/wire.ts";
import { blake2b, concat, equalBytes } from "./hash.ts";

export interface AuthKey {
  /** 1…16, tried in this order. */
  readonly coordinators: readonly HostPort[];
  /** Ed25519 public key of the mesh: the trust root. */
  readonly rootKey: Uint8Array;
  /** 8 bytes. */
  readonly keyId: Uint8Array;
  /** 32 bytes. */
  readonly secret: Secret;
}

const VERSION = 1;
const PREFIX = "mesh-";
const CHECKSUM_BYTES = 4;
/** 16 coordinators of the longest names fit. */
const MAX_KEY_TEXT = 8192;
const COPY_AGAIN = "copy it again, whole, from where it was printed";
const NEW_KEY = "make a new one: meshd admin key create";

export function formatAuthKey(key: AuthKey): string {
  const payload = encodeMessage(wire.AuthKey, {
    version: VERSION,
    coordinators: key.coordinators.map(formatHostPort),
    rootKey: key.rootKey,
    keyId: key.keyId,
    secret: key.secret.reveal(),
  });
  return PREFIX + Buffer.from(concat([payload, checksum(payload)])).toString("base64url");
}

/** Surrounding white space is ignored. Throws MeshdError with exit code 2; its message never repeats the key. */
export function parseAuthKey(text: string): AuthKey {
  const payload = checkedPayload(text.trim());
  let key: wire.AuthKey;
  try {
    key = decodeMessage(wire.AuthKey, payload, MAX_KEY_TEXT, "auth key");
  } catch {
    throw malformed("content", "its content is not that of an auth key", NEW_KEY);
  }
  if (key.version !== VERSION) {
    throw malformed("version", `it is of version ${key.version}, this meshd knows ${VERSION}`, "install a newer meshd");
  }
  return {
    coordinators: coordinatorsOf(key.coordinators),
    rootKey: sized(key.rootKey, KEY_BYTES, "root key"),
    keyId: sized(key.keyId, KEY_ID_BYTES, "key id"),
    secret: new Secret(sized(key.secret, SECRET_BYTES, "secret")),
  };
}

/** What the coordinator keeps instead of the secret. */
export function authSecretHash(secret: Secret): Uint8Array {
  return blake2b(32, "meshd auth secret v1", [secret.reveal()]);
}

/** In constant time. */
export function authSecretMatches(secret: Secret, storedHash: Uint8Array): boolean {
  return equalBytes(authSecretHash(secret), storedHash);
}

function checkedPayload(text: string): Uint8Array {
  if (text === "") throw malformed("empty", "it is empty", COPY_AGAIN);
  if (!text.startsWith(PREFIX)) throw malformed("prefix", `it does not begin with "${PREFIX}"`, COPY_AGAIN);
  const body = text.slice(PREFIX.length);
  if (body.length > MAX_KEY_TEXT) throw malformed("too-long", "it is too long", COPY_AGAIN);
  if (!/^[A-Za-z0-9_-]*$/.test(body)) {
    throw malformed("alphabet", "it has characters that no auth key has", COPY_AGAIN);
  }
  const bytes = new Uint8Array(Buffer.from(body, "base64url"));
  if (bytes.length <= CHECKSUM_BYTES) throw malformed("too-short", "it is cut short", COPY_AGAIN);
  const payload = bytes.subarray(0, -CHECKSUM_BYTES);
  const oneSpelling = Buffer.from(bytes).toString("base64url") === body;
  if (!oneSpelling || !equalBytes(checksum(payload), bytes.subarray(-CHECKSUM_BYTES))) {
    throw malformed("checksum", "it is mistyped or cut short (its checksum does not fit)", COPY_AGAIN);
  }
  return payload;
}

function coordinatorsOf(addresses: readonly string[]): HostPort[] {
  if (addresses.length === 0 || addresses.length > MAX_COORDINATORS) {
    throw malformed(
      "coordinators",
      `it names ${addresses.length} coordinators instead of 1 to ${MAX_COORDINATORS}`,
      NEW_KEY,
    );
  }
  return addresses.map((address) => {
    const parsed = parseHostPort(address);
    if (!parsed) throw malformed("coordinator-address", "a coordinator's address in it is not host:port", NEW_KEY);
    return parsed;
  });
}

function sized(bytes: Uint8Array, length: number, name: string): Uint8Array {
  if (bytes.length !== length) {
    throw malformed(name.replace(" ", "-"), `its ${name} has ${bytes.length} bytes instead of ${length}`, NEW_KEY);
  }
  return new Uint8Array(bytes);
}

function checksum(payload: Uint8Array): Uint8Array {
  return blake2b(32, "meshd auth key v1", [payload]).subarray(0, CHECKSUM_BYTES);
}

function malformed(code: string, why: string, advice: string): MeshdError {
  return new MeshdError(`auth-key-${code}`, 2, `The auth key is not valid: ${why}; ${advice}.`);
}
