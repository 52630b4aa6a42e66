// The one string that lets a machine join: "mesh-…" for a node, "meshrelay-…" for a relay (docs/protocol.md, "Auth key").
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

/** The two kinds of such strings; neither passes for the other. */
interface Kind {
  readonly prefix: string;
  readonly checksumDomain: string;
  readonly code: string;
  readonly name: string;
  readonly makeNew: string;
}

const AUTH_KEY: Kind = {
  prefix: "mesh-",
  checksumDomain: "meshd auth key v1",
  code: "auth-key",
  name: "auth key",
  makeNew: "make a new one: meshd admin key create",
};

const RELAY_TOKEN: Kind = {
  prefix: "meshrelay-",
  checksumDomain: "meshd relay token v1",
  code: "relay-token",
  name: "relay token",
  makeNew: "make a new one: meshd admin relay create --name NAME",
};

const VERSION = 1;
const CHECKSUM_BYTES = 4;
/** 16 coordinators of the longest names fit. */
const MAX_KEY_TEXT = 8192;
const COPY_AGAIN = "copy it again, whole, from where it was printed";

export function formatAuthKey(key: AuthKey): string {
  return format(AUTH_KEY, key);
}

/** Surrounding white space is ignored. Throws MeshdError with exit code 2; its message never repeats the key. */
export function parseAuthKey(text: string): AuthKey {
  return parse(AUTH_KEY, text);
}

export function formatRelayToken(token: AuthKey): string {
  return format(RELAY_TOKEN, token);
}

/** As `parseAuthKey`. */
export function parseRelayToken(text: string): AuthKey {
  return parse(RELAY_TOKEN, text);
}

function format(kind: Kind, key: AuthKey): string {
  const payload = encodeMessage(wire.AuthKey, {
    version: VERSION,
    coordinators: key.coordinators.map(formatHostPort),
    rootKey: key.rootKey,
    keyId: key.keyId,
    secret: key.secret.reveal(),
  });
  return kind.prefix + Buffer.from(concat([payload, checksum(kind, payload)])).toString("base64url");
}

function parse(kind: Kind, text: string): AuthKey {
  const payload = checkedPayload(kind, text.trim());
  let key: wire.AuthKey;
  try {
    key = decodeMessage(wire.AuthKey, payload, MAX_KEY_TEXT, kind.name);
  } catch {
    throw malformed(
      kind,
      "content",
      `its content is not that of ${kind === AUTH_KEY ? "an" : "a"} ${kind.name}`,
      kind.makeNew,
    );
  }
  if (key.version !== VERSION) {
    const why = `it is of version ${key.version}, this meshd knows ${VERSION}`;
    throw malformed(kind, "version", why, "install a newer meshd");
  }
  return {
    coordinators: coordinatorsOf(kind, key.coordinators),
    rootKey: sized(kind, key.rootKey, KEY_BYTES, "root key"),
    keyId: sized(kind, key.keyId, KEY_ID_BYTES, "key id"),
    secret: new Secret(sized(kind, key.secret, SECRET_BYTES, "secret")),
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

function checkedPayload(kind: Kind, text: string): Uint8Array {
  if (text === "") throw malformed(kind, "empty", "it is empty", COPY_AGAIN);
  if (!text.startsWith(kind.prefix))
    throw malformed(kind, "prefix", `it does not begin with "${kind.prefix}"`, COPY_AGAIN);
  const body = text.slice(kind.prefix.length);
  if (body.length > MAX_KEY_TEXT) throw malformed(kind, "too-long", "it is too long", COPY_AGAIN);
  if (!/^[A-Za-z0-9_-]*$/.test(body)) {
    throw malformed(kind, "alphabet", `it has characters that no ${kind.name} has`, COPY_AGAIN);
  }
  const bytes = new Uint8Array(Buffer.from(body, "base64url"));
  if (bytes.length <= CHECKSUM_BYTES) throw malformed(kind, "too-short", "it is cut short", COPY_AGAIN);
  const payload = bytes.subarray(0, -CHECKSUM_BYTES);
  const oneSpelling = Buffer.from(bytes).toString("base64url") === body;
  if (!oneSpelling || !equalBytes(checksum(kind, payload), bytes.subarray(-CHECKSUM_BYTES))) {
    throw malformed(kind, "checksum", "it is mistyped or cut short (its checksum does not fit)", COPY_AGAIN);
  }
  return payload;
}

function coordinatorsOf(kind: Kind, addresses: readonly string[]): HostPort[] {
  if (addresses.length === 0 || addresses.length > MAX_COORDINATORS) {
    throw malformed(
      kind,
      "coordinators",
      `it names ${addresses.length} coordinators instead of 1 to ${MAX_COORDINATORS}`,
      kind.makeNew,
    );
  }
  return addresses.map((address) => {
    const parsed = parseHostPort(address);
    if (!parsed)
      throw malformed(kind, "coordinator-address", "a coordinator's address in it is not host:port", kind.makeNew);
    return parsed;
  });
}

function sized(kind: Kind, bytes: Uint8Array, length: number, name: string): Uint8Array {
  if (bytes.length !== length) {
    throw malformed(
      kind,
      name.replace(" ", "-"),
      `its ${name} has ${bytes.length} bytes instead of ${length}`,
      kind.makeNew,
    );
  }
  return new Uint8Array(bytes);
}

function checksum(kind: Kind, payload: Uint8Array): Uint8Array {
  return blake2b(32, kind.checksumDomain, [payload]).subarray(0, CHECKSUM_BYTES);
}

function malformed(kind: Kind, code: string, why: string, advice: string): MeshdError {
  return new MeshdError(`${kind.code}-${code}`, 2, `The ${kind.name} is not valid: ${why}; ${advice}.`);
}
