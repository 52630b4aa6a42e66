// What travels on the control channel and inside relay registrations and disco datagrams, as the program sees it after
// strict decoding: branded keys, canonical addresses, discriminated unions. The wire's shape is in the .proto files.
import type { OverlayIp, SocketAddress } from "./address.ts";
import type { Candidate } from "./candidate.ts";
import type { NatHint } from "./nat-hint.ts";
import type { NodeKey } from "./node-key.ts";
import type { Secret } from "./secret.ts";

export interface ClientHello {
  readonly versions: readonly number[];
  readonly ephemeral: Uint8Array;
  readonly nonce: Uint8Array;
}

export interface ServerHello {
  readonly version: number;
  readonly ephemeral: Uint8Array;
  readonly nonce: Uint8Array;
  readonly signature: Uint8Array;
}

// ---- node → coordinator

export type NodeMessage =
  | AuthenticateMessage
  | EndpointsMessage
  | PunchRequestMessage
  | HeartbeatMessage
  | { readonly kind: "logout" }
  | { readonly kind: "ticket-request"; readonly relays: readonly string[] }
  | RelayAuthenticateMessage
  | ({ readonly kind: "relay-addresses" } & RelayAddresses)
  | { readonly kind: "relay-observations"; readonly observations: readonly RelayObservation[] }
  | RelayOfferMessage;

export interface RelayAuthenticateMessage {
  readonly kind: "relay-authenticate";
  readonly relayKey: Uint8Array;
  readonly signature: Uint8Array;
  /** Of the relay token: it names the relay. */
  readonly token: AuthSecret;
  readonly region: string;
  readonly software: string;
}

/** Where a relay saw a node register from. */
export interface RelayObservation {
  readonly nodeKey: NodeKey;
  readonly ip: string;
}

/** A member relays for its mesh; its node key is the relay's. */
export interface RelayOfferMessage {
  readonly kind: "relay-offer";
  /** None: it does not relay any more. */
  readonly udpAddresses: readonly SocketAddress[];
}

export interface RelayAddresses {
  readonly udpAddresses: readonly SocketAddress[];
  /** "host:port". */
  readonly tcpAddresses: readonly string[];
}

export interface AuthenticateMessage {
  readonly kind: "authenticate";
  readonly nodeKey: NodeKey;
  readonly signature: Uint8Array;
  readonly discoKey: Uint8Array;
  readonly discoSignature: Uint8Array;
  /** Only of a node that is not known yet. */
  readonly auth?: AuthSecret;
  /** A wish; the coordinator makes it a unique DNS label. */
  readonly hostname: string;
  readonly os: string;
  readonly software: string;
  readonly bootId: Uint8Array;
  readonly resume?: SignedNetmapHeader;
}

export interface AuthSecret {
  readonly keyId: Uint8Array;
  readonly secret: Secret;
}

export interface EndpointsMessage {
  readonly kind: "endpoints";
  readonly candidates: readonly Candidate[];
  /** Relay name, "" if none. */
  readonly homeRelay: string;
}

export interface PunchRequestMessage {
  readonly kind: "punch-request";
  readonly peer: NodeKey;
  readonly candidates: readonly Candidate[];
  readonly attempt: number;
  /** Of the sender. */
  readonly nat?: NatHint;
}

export interface PunchNoticeMessage {
  readonly kind: "punch-notice";
  readonly peer: NodeKey;
  readonly candidates: readonly Candidate[];
  readonly attempt: number;
  /** Of that peer. */
  readonly nat?: NatHint;
  /** Where the coordinator or its relay saw that peer's packets come from: no claim of the peer. */
  readonly observed: readonly string[];
}

export interface HeartbeatMessage {
  readonly kind: "heartbeat";
  readonly sequence: number;
  readonly reply: boolean;
  /** Unix time, 0 from a node. */
  readonly coordinatorTimeMs: number;
}

// ---- coordinator → node

/** The first word of a coordinator: a node can tell before it joins whether its host uses these already. */
export interface MeshPrefixesMessage {
  readonly kind: "mesh-prefixes";
  /** CIDR. */
  readonly prefixes: readonly string[];
}

export type CoordinatorMessage =
  | MeshPrefixesMessage
  | AuthResultMessage
  | ({ readonly kind: "netmap-update" } & NetmapUpdate)
  | ({ readonly kind: "netmap-part" } & NetmapPart)
  | PunchNoticeMessage
  | HeartbeatMessage
  | { readonly kind: "goodbye"; readonly reason: GoodbyeReason; readonly message: string }
  | { readonly kind: "ticket-grant"; readonly relay: string; readonly ticket: SignedTicket }
  | RelayRevocationsMessage
  | RelayOfferAnswerMessage;

/** In the order of the wire's numbers (RelayOfferAnswer.Status). */
export const OFFER_STATUSES = ["checking", "accepted", "unreachable", "not-wanted", "full", "refused"] as const;
export type OfferStatus = (typeof OFFER_STATUSES)[number];

export interface RelayOfferAnswerMessage {
  readonly kind: "relay-offer-answer";
  readonly status: OfferStatus;
  /** Its name, if accepted; else "". */
  readonly relay: string;
  /** At which it was reached. */
  readonly udpAddresses: readonly SocketAddress[];
}

/** What a relay must know of nodes whose tickets may outlive their membership. */
export interface RelayRevocationsMessage {
  readonly kind: "relay-revocations";
  /** Replaces all that were sent before. */
  readonly full: boolean;
  readonly nodeKeys: readonly NodeKey[];
  /** Members again. */
  readonly restored: readonly NodeKey[];
  /** With `full`: where the coordinator is, "host:port", and how the relay is called. */
  readonly coordinators: readonly string[];
  readonly name: string;
}

/** In the order of the wire's numbers (AuthResult.Status). */
export const AUTH_STATUSES = [
  "ok",
  "key-required",
  "key-unknown",
  "key-used",
  "key-expired",
  "key-revoked",
  "node-removed",
  "bad-signature",
  "rejected",
  "full",
] as const;
export type AuthStatus = (typeof AUTH_STATUSES)[number];

export interface AuthResultMessage {
  readonly kind: "auth-result";
  readonly status: AuthStatus;
  readonly message: string;
  /** Unix time. */
  readonly coordinatorTimeMs: number;
}

/** In the order of the wire's numbers (Goodbye.Reason). */
export const GOODBYE_REASONS = ["unspecified", "removed", "replaced", "shutting-down", "overloaded"] as const;
export type GoodbyeReason = (typeof GOODBYE_REASONS)[number];

// ---- relay tickets

export interface SignedTicket {
  /** Serialized RelayTicket. */
  readonly ticket: Uint8Array;
  readonly signature: Uint8Array;
}

export interface RelayTicket {
  readonly meshId: Uint8Array;
  readonly nodeKey: NodeKey;
  readonly relayKey: Uint8Array;
  readonly notBeforeUnixMs: number;
  readonly notAfterUnixMs: number;
  readonly rootKey: Uint8Array;
}

export interface RelayRegister {
  readonly ticket: SignedTicket;
  readonly signature: Uint8Array;
}

export interface RelayAccepted {
  readonly session: number;
  /** As the relay sees the client; undefined where the relay sent none. */
  readonly observed?: SocketAddress;
  readonly idleTimeoutMs: number;
  readonly signature: Uint8Array;
  readonly refused: RelayRefusal;
}

/** In the order of the wire's numbers (RelayAccepted.refused). */
export const RELAY_REFUSALS = ["accepted", "bad-ticket", "expired", "other-mesh", "full", "revoked"] as const;
export type RelayRefusal = (typeof RELAY_REFUSALS)[number];

// ---- netmap

export interface SignedNetmapHeader {
  /** Serialized NetmapHeader. */
  readonly header: Uint8Array;
  readonly signature: Uint8Array;
}

export interface NetmapHeader {
  readonly meshId: Uint8Array;
  readonly recipient: NodeKey;
  readonly epoch: number;
  readonly version: number;
  readonly setHash: Uint8Array;
  readonly issuedAtUnixMs: number;
}

/** The beginning of an update that does not fit into a frame: its end, with the header, is a NetmapUpdate. */
export type NetmapPart = Pick<NetmapUpdate, "entries" | "removed">;

export interface NetmapUpdate {
  readonly header: SignedNetmapHeader;
  readonly full: boolean;
  /** Serialized NetmapEntry, added or changed. */
  readonly entries: readonly Uint8Array[];
  /** Names of entries. */
  readonly removed: readonly string[];
}

export type NetmapEntry = MeshEntry | SelfEntry | PeerEntry | PresenceEntry | RelayEntry;

export interface MeshEntry {
  readonly kind: "mesh";
  readonly domain: string;
  readonly ipv4Prefix: string;
  readonly ipv6Prefix: string;
  /** "host:port", best first. */
  readonly coordinators: readonly string[];
  readonly stunServers: readonly SocketAddress[];
}

export interface SelfEntry {
  readonly kind: "self";
  readonly nodeKey: NodeKey;
  readonly hostname: string;
  /** IPv4 first. */
  readonly ips: readonly OverlayIp[];
  readonly tags: readonly string[];
}

export interface PeerEntry {
  readonly kind: "peer";
  readonly nodeKey: NodeKey;
  readonly discoKey: Uint8Array;
  readonly discoSignature: Uint8Array;
  readonly hostname: string;
  readonly ips: readonly OverlayIp[];
  /** CIDRs beyond its own addresses. */
  readonly routes: readonly string[];
  readonly tags: readonly string[];
  readonly os: string;
}

export interface PresenceEntry {
  readonly kind: "presence";
  readonly nodeKey: NodeKey;
  readonly online: boolean;
  readonly lastSeenUnixMs: number;
  /** 8 bytes, or none if it was never online. */
  readonly bootId?: Uint8Array;
  readonly candidates: readonly Candidate[];
  readonly homeRelay: string;
}

export interface RelayEntry {
  readonly kind: "relay";
  /** Its name. */
  readonly relay: string;
  readonly key: Uint8Array;
  readonly udpAddresses: readonly SocketAddress[];
  readonly region: string;
  /** "host:port" of the relay over TCP. */
  readonly tcpAddresses: readonly string[];
  /** The coordinator does not hear of it. */
  readonly away: boolean;
  /** By a member, whose node key is the relay's. */
  readonly offered: boolean;
}

// ---- disco

export interface DiscoMessage {
  readonly bootId: Uint8Array;
  readonly counter: number;
  readonly body: DiscoBody;
}

export type DiscoBody =
  | { readonly kind: "ping"; readonly transactionId: Uint8Array; readonly paddingBytes: number }
  | { readonly kind: "pong"; readonly transactionId: Uint8Array; readonly observed?: SocketAddress }
  | {
      readonly kind: "candidates";
      readonly candidates: readonly Candidate[];
      readonly attempt: number;
      readonly replyWanted: boolean;
      /** Of the sender. */
      readonly nat?: NatHint;
    }
  | HardPunchMessage;

/** In the order of the wire's numbers. */
export const HARD_PUNCH_STEPS = ["propose", "accept", "refuse", "go"] as const;
export const HARD_PUNCH_METHODS = ["prediction", "birthday"] as const;
export type HardPunchStep = (typeof HARD_PUNCH_STEPS)[number];
export type HardPunchMethod = (typeof HARD_PUNCH_METHODS)[number];

/** Between a node whose NAT maps per destination (the hard side) and one whose NAT does not. */
export interface HardPunchMessage {
  readonly kind: "hard-punch";
  readonly step: HardPunchStep;
  readonly method: HardPunchMethod;
  /** Named by the hard side. */
  readonly attempt: number;
  /** Where the hard side expects its new mappings; with the "go" of a prediction. */
  readonly predicted: readonly SocketAddress[];
}
