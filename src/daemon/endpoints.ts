// The addresses this node may be reached at: gathered from interfaces, STUN and relays, told to the coordinator and to the path machines
// whenever they change.
import type { NodeEngine } from "../engine/index.ts";
import type { HostNetwork } from "../host/host-network.ts";
import { type NetworkChange, type NetworkWatcher, watchNetwork } from "../host/network-watch.ts";
import { randomBytes } from "../identity/index.ts";
import {
  type AddressFilter,
  addressFilter,
  gatherCandidates,
  type NatProfile,
  Reflexive,
  sameCandidates,
  STUN_TRANSACTION_TTL_MS,
} from "../nat/index.ts";
import { isReachableExternal } from "../nat/port-mapping/index.ts";
import type { NetmapView } from "../netmap/index.ts";
import { parseSocketAddress, type SocketAddress } from "../protocol/address.ts";
import type { Candidate } from "../protocol/candidate.ts";
import { driven, type Driver } from "./driver.ts";

export interface EndpointsOptions {
  readonly engine: NodeEngine;
  readonly driver: Driver;
  readonly tunName: string;
  /** Our address as relays see it. */
  readonly observed: () => readonly SocketAddress[];
  /** What routers say leads here. */
  readonly portMapped: () => readonly SocketAddress[];
  readonly onCandidates: (candidates: readonly Candidate[]) => void;
  /** Our addresses as STUN servers see them, at most one a family. */
  readonly onReflexive: (addresses: readonly SocketAddress[]) => void;
  /** What the NAT in front of IPv4 seems to do. */
  readonly onNat: (nat: NatProfile) => void;
  readonly onNetworkChange: (change: NetworkChange) => void;
  readonly network: HostNetwork;
}

export class Endpoints {
  readonly #options: EndpointsOptions;
  readonly #reflexive = new Reflexive({ random: randomBytes, localPort: () => this.#options.engine.port });
  readonly #machine = driven(this.#reflexive, () => this.#drain());
  readonly #network: NetworkWatcher;
  #overlayPrefixes: readonly string[] = [];
  #filter: AddressFilter;
  #candidates: readonly Candidate[] = [];

  constructor(options: EndpointsOptions) {
    this.#options = options;
    const { tunName, network } = options;
    this.#network = watchNetwork({ ...network, read: () => network.read(tunName) }, (change) => {
      this.#filter = this.#makeFilter();
      this.mappingChanged();
      // First what is our own now: a peer in the network before may have had the same private address, and is not to be probed there.
      this.gather();
      options.onNetworkChange(change);
    });
    this.#filter = this.#makeFilter();
  }

  get candidates(): readonly Candidate[] {
    return this.#candidates;
  }

  /** Which addresses may be probed; follows interfaces and netmap. */
  readonly allows: AddressFilter = (address) => this.#filter(address);

  get localIps(): readonly string[] {
    return this.#network.current().map(({ ip }) => ip);
  }

  applyNetmap(view: NetmapView): void {
    const { mesh } = view;
    if (mesh === undefined) return;
    this.#overlayPrefixes = [mesh.ipv4Prefix, mesh.ipv6Prefix];
    this.#filter = this.#makeFilter();
    this.#reflexive.handleServers(mesh.stunServers, this.#options.driver.now());
    this.#options.driver.touch(this.#machine);
    this.gather();
  }

  handleStun(data: Uint8Array, from: string): void {
    const address = parseSocketAddress(from);
    if (address === undefined) return;
    this.#reflexive.handleDatagram(data, address, this.#options.driver.now());
    this.#options.driver.touch(this.#machine);
  }

  handleActivity(active: boolean): void {
    this.#reflexive.handleActivity(active, this.#options.driver.now());
    this.#options.driver.touch(this.#machine);
  }

  /** The NAT in front of this host may give it another address now. */
  mappingChanged(): void {
    this.#reflexive.handleNetworkChange(this.#options.driver.now());
    this.#options.driver.touch(this.#machine);
  }

  /** Something suggests that the network changed. */
  checkNetwork(): void {
    this.#network.check();
  }

  /** Gathers anew, and tells if anything changed. */
  gather(): void {
    const { engine, observed, portMapped, onCandidates } = this.#options;
    const reflexive = this.#reflexive.addresses();
    const candidates = gatherCandidates(
      {
        interfaces: this.#network.current().filter(({ ip }) => (ip.includes(":") ? engine.hasIpv6 : engine.hasIpv4)),
        port: engine.port,
        reflexive,
        observed: observed(),
        portMapped: portMapped().filter((external) => isReachableExternal(external, reflexive)),
        configured: [],
      },
      this.allows,
    );
    if (sameCandidates(candidates, this.#candidates)) return;
    this.#candidates = candidates;
    onCandidates(candidates);
  }

  close(): void {
    this.#network.stop();
    this.#options.driver.remove(this.#machine);
  }

  #makeFilter(): AddressFilter {
    return addressFilter({
      overlayPrefixes: this.#overlayPrefixes,
      interfaces: this.#network.current(),
      tunName: this.#options.tunName,
    });
  }

  #drain(): void {
    const { engine, onNat, onReflexive } = this.#options;
    let changed = false;
    for (let event = this.#reflexive.pollEvent(); event !== undefined; event = this.#reflexive.pollEvent()) {
      if (event.type !== "profile") changed = true;
      else if (event.family === 4) onNat(event.profile);
    }
    const datagrams = [];
    for (let next = this.#reflexive.pollTransmit(); next !== undefined; next = this.#reflexive.pollTransmit()) {
      engine.expectStun([next.transactionId], STUN_TRANSACTION_TTL_MS);
      datagrams.push({ data: next.data, address: next.address });
    }
    if (datagrams.length > 0) engine.send(datagrams);
    if (!changed) return;
    onReflexive(this.#reflexive.addresses());
    this.gather();
  }
}
