// The handshake of the control channel (docs/protocol.md, "Control channel", steps 1-3), both roles, without I/O: after it the
// node knows that it talks to the holder of the mesh's root key, and both share keys that nobody else has.
import { blake2b } from "../identity/hash.ts";
import { meshIdOf } from "../identity/ids.ts";
import type { SigningKey } from "../identity/keys.ts";
import { EVERYONE, sign, verify } from "../identity/signatures.ts";
import { sodium } from "../identity/sodium.ts";
import {
  decodeClientHello,
  decodeServerHello,
  encodeClientHello,
  encodeServerHello,
  encodeUnsignedServerHello,
} from "../protocol/control-codec.ts";
import { ProtocolViolation } from "../protocol/errors.ts";
import { KEY_BYTES, NONCE_BYTES } from "../protocol/limits.ts";
import type { ServerHello } from "../protocol/messages.ts";
import { Secret } from "../protocol/secret.ts";
import { ChannelError } from "./errors.ts";

export const CHANNEL_VERSION = 1;

/** What is random in a handshake. */
export interface HandshakeRandomness {
  /** 32 bytes: seed of the X25519 key that lives as long as the handshake. */
  readonly ephemeralSeed: Uint8Array;
  /** 32 bytes. */
  readonly nonce: Uint8Array;
}

export interface SessionKeys {
  /** 32 bytes that depend on everything both sides said. */
  readonly transcriptHash: Uint8Array;
  readonly sendKey: Secret;
  readonly receiveKey: Secret;
}

export function freshRandomness(): HandshakeRandomness {
  return { ephemeralSeed: sodium().randombytes_buf(KEY_BYTES), nonce: sodium().randombytes_buf(NONCE_BYTES) };
}

export interface NodeHandshake {
  /** Body of frame 1. */
  readonly clientHello: Uint8Array;
  /** Takes the body of frame 2. Throws ChannelError ("wrong-coordinator", "version-mismatch", "protocol"). */
  finish(serverHello: Uint8Array): SessionKeys;
}

export function startHandshake(
  rootKey: Uint8Array,
  { ephemeralSeed, nonce }: HandshakeRandomness,
  versions: readonly number[] = [CHANNEL_VERSION],
): NodeHandshake {
  const ephemeral = sodium().crypto_kx_seed_keypair(ephemeralSeed);
  const clientHello = encodeClientHello({ versions, ephemeral: ephemeral.publicKey, nonce });
  return {
    clientHello,
    finish(body) {
      const hello = parse(() => decodeServerHello(body));
      const signed = signedHash(clientHello, hello);
      const context = { purpose: "control-server", meshId: meshIdOf(rootKey), verifier: EVERYONE } as const;
      if (!verify(rootKey, context, signed, hello.signature)) {
        throw new ChannelError("wrong-coordinator", "this is not the coordinator of that key");
      }
      if (!versions.includes(hello.version)) {
        throw new ChannelError(
          "version-mismatch",
          `the coordinator speaks version ${hello.version} of the protocol, this meshd ${versions.join(", ")}`,
        );
      }
      const keys = exchange(() =>
        sodium().crypto_kx_client_session_keys(ephemeral.publicKey, ephemeral.privateKey, hello.ephemeral),
      );
      return sessionKeys(keys, signed, hello.signature);
    },
  };
}

export interface CoordinatorHandshake {
  /** Body of frame 2, to be sent whatever `keys` is. */
  readonly serverHello: Uint8Array;
  /** Undefined if the node offers no version that we speak: our hello tells it which one we do. */
  readonly keys: SessionKeys | undefined;
}

/** Takes the body of frame 1. Throws ChannelError ("protocol"). */
export function answerHandshake(
  root: SigningKey,
  clientHello: Uint8Array,
  { ephemeralSeed, nonce }: HandshakeRandomness,
): CoordinatorHandshake {
  const offer = parse(() => decodeClientHello(clientHello));
  const ephemeral = sodium().crypto_kx_seed_keypair(ephemeralSeed);
  const unsigned = { version: CHANNEL_VERSION, ephemeral: ephemeral.publicKey, nonce };
  const signed = signedHash(clientHello, unsigned);
  const context = { purpose: "control-server", meshId: meshIdOf(root.publicKey), verifier: EVERYONE } as const;
  const signature = sign(root, context, signed);
  const serverHello = encodeServerHello({ ...unsigned, signature });
  if (!offer.versions.includes(CHANNEL_VERSION)) return { serverHello, keys: undefined };
  const keys = exchange(() =>
    sodium().crypto_kx_server_session_keys(ephemeral.publicKey, ephemeral.privateKey, offer.ephemeral),
  );
  return { serverHello, keys: sessionKeys(keys, signed, signature) };
}

/** `h1`. */
function signedHash(clientHello: Uint8Array, hello: Omit<ServerHello, "signature">): Uint8Array {
  const unsigned = encodeUnsignedServerHello(hello);
  return blake2b(32, "meshd control v1", [length32(clientHello), clientHello, length32(unsigned), unsigned]);
}

function length32(bytes: Uint8Array): Uint8Array {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, bytes.length);
  return length;
}

interface ExchangedKeys {
  readonly sharedRx: Uint8Array;
  readonly sharedTx: Uint8Array;
}

function sessionKeys({ sharedRx, sharedTx }: ExchangedKeys, signed: Uint8Array, signature: Uint8Array): SessionKeys {
  const transcriptHash = blake2b(32, "meshd transcript v1", [signed, signature]);
  const bind = (key: Uint8Array) => new Secret(blake2b(32, "meshd session v1", [transcriptHash], key));
  return { transcriptHash, sendKey: bind(sharedTx), receiveKey: bind(sharedRx) };
}

function exchange(run: () => ExchangedKeys): ExchangedKeys {
  try {
    return run();
  } catch {
    // libsodium refuses points of small order.
    throw new ChannelError("protocol", "the other side's ephemeral key is not usable");
  }
}

function parse<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (error instanceof ProtocolViolation) throw new ChannelError("protocol", error.message, { cause: error });
    throw error;
  }
}
