import type { DiscoKey, SigningKey } from "../identity/keys.ts";
import type { NetmapState } from "../netmap/state.ts";
import type { HostPort } from "../protocol/address.ts";
import type { AuthSecret } from "../protocol/messages.ts";
import type { ControlEvent } from "./events.ts";

/** Who the node is, and what it knows when it starts. */
export interface ControlIdentity {
  /** Ed25519 public key of the mesh, from the auth key. */
  readonly rootKey: Uint8Array;
  readonly node: SigningKey;
  readonly disco: DiscoKey;
  /** 8 bytes, the engine's. */
  readonly bootId: Uint8Array;
  /** A wish. */
  readonly hostname: string;
  readonly os: string;
  /** Version of meshd. */
  readonly software: string;
  /** From the auth key; those of the netmap are tried before them. */
  readonly coordinators: readonly HostPort[];
  /** Of the auth key. Sent only if there is no netmap yet, or if the coordinator does not know the node. */
  readonly auth?: AuthSecret;
  /** Which of the host's networks the mesh's addresses would take the place of, in words; undefined: none. Asked before a key is used. */
  readonly collisionWith: (prefixes: readonly string[]) => string | undefined;
  /** The netmap kept on disk, if any: only changes since then are asked for. */
  readonly netmap?: NetmapState;
}

export interface ControlOptions extends ControlIdentity {
  /** Must not throw. Not called after `close()` was called. */
  onEvent(event: ControlEvent): void;
}
