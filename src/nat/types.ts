// What the NAT machines say and hear.
import type { IpFamily, SocketAddress } from "../protocol/address.ts";
import type { Milliseconds } from "../protocol/units.ts";
import type { NatProfile } from "./profile.ts";

/** One address of an interface, as the host reports it (os.networkInterfaces). */
export interface InterfaceAddress {
  /** Interface name. */
  readonly name: string;
  readonly ip: string;
  readonly prefixLength: number;
}

/** A STUN request to send. Before: `engine.expectStun([transactionId], STUN_TRANSACTION_TTL_MS)`. */
export interface StunTransmit {
  readonly data: Uint8Array;
  readonly address: SocketAddress;
  readonly transactionId: Uint8Array;
}

export type ReflexiveEvent =
  | { readonly type: "reflexive"; readonly family: IpFamily; readonly address: SocketAddress }
  /** No server answers any more: the address known before is void. */
  | { readonly type: "lost"; readonly family: IpFamily }
  /** What the NAT seems to do with new mappings is another thing than before. */
  | { readonly type: "profile"; readonly family: IpFamily; readonly profile: NatProfile };

/** Learns the node's reflexive addresses (reflexive.ts). */
export interface ReflexiveMachine {
  /** STUN servers of the mesh (netmap), best first. */
  handleServers(servers: readonly SocketAddress[], now: Milliseconds): void;
  /** Whether any peer is active: refreshing is rare otherwise. */
  handleActivity(active: boolean, now: Milliseconds): void;
  /** Asks again at once. */
  handleNetworkChange(now: Milliseconds): void;
  /** The engine's "stun" datagrams. */
  handleDatagram(datagram: Uint8Array, from: SocketAddress, now: Milliseconds): void;
  handleTimeout(now: Milliseconds): void;
  pollTimeout(): Milliseconds | undefined;
  pollTransmit(): StunTransmit | undefined;
  pollEvent(): ReflexiveEvent | undefined;
  /** Known reflexive addresses, at most one a family. */
  addresses(): readonly SocketAddress[];
  /** What the NAT in front of the family seems to do; of the last round that two servers answered. */
  profile(family: IpFamily): NatProfile;
}
