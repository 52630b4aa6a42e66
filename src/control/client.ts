import type { DiscoKey, SigningKey } from "../identity/keys.ts";
import type { NetmapState } from "../netmap/state.ts";
import type { HostPort } from "../protocol/address.ts";
import type { Candidate } from "../protocol/candidate.ts";
import type { AuthSecret } from "../protocol/messages.ts";
import type { NodeKey } from "../protocol/node-key.ts";
import type { ControlEvent } from "./events.ts";

export interface ControlOptions {
  /** Ed25519 public key of the mesh, from the auth key. */
  readonly rootKey: Uint8Array;
  readonly node: SigningKey;
  readonly disco: DiscoKey;
  /** 8 bytes, the engine's. */
  readonly bootId: Uint8Array;
  readonly hostname: string;
  readonly os: string;
  /** Version of meshd. */
  readonly software: string;
  /** From the auth key, or kept from the last netmap; best first. A newer netmap's list is used as it comes. */
  readonly coordinators: readonly HostPort[];
  /** Of the auth key. Sent only if the coordinator does not know the node. */
  readonly auth?: AuthSecret;
  /** The netmap kept on disk, if any: only changes since then are asked for. */
  readonly netmap?: NetmapState;
  /** Must not throw. Not called after `close()` resolved. */
  onEvent(event: ControlEvent): void;
}

/** The node's end of the control channel: connects, and stays connected until closed. */
export interface ControlClient {
  readonly connected: boolean;
  /** Which one, while connected. */
  readonly coordinator: HostPort | undefined;
  readonly netmap: NetmapState | undefined;
  /** Published at once, and again after every reconnect. Only changes are sent. */
  setEndpoints(candidates: readonly Candidate[], homeRelay: string): void;
  /** Dropped (returns false) while not connected. */
  requestPunch(peer: NodeKey, candidates: readonly Candidate[], attempt: number): boolean;
  /** Remembered until granted, across reconnects. */
  requestTickets(relays: readonly string[]): void;
  /** Another auth key, after "refused" or to join anew: connects again at once. */
  authenticate(auth: AuthSecret, coordinators: readonly HostPort[]): void;
  /** The host's network changed: a live session is checked at once, a waiting one is tried at once. */
  networkChanged(): void;
  /** Tells the coordinator to forget this node, then closes. Rejects with MeshdError if not connected or not confirmed. */
  logout(): Promise<void>;
  /** Ends in order. Leaves no timer and no socket behind. */
  close(): Promise<void>;
}

export declare function startControl(options: ControlOptions): ControlClient;
