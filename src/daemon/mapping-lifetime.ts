// Measures how long the NAT in front of this host keeps idle mappings (src/nat/netcheck/lifetime.ts), with the socket that takes, one
// measurement for each network: a network is the router that leads out of it and the public address that servers see.
import type { NodeEngine } from "../engine/index.ts";
import { openProbeSockets, type ProbeSockets } from "../host/probe-sockets.ts";
import { randomBytes } from "../identity/index.ts";
import {
  keepaliveMs,
  LifetimeMachine,
  type LifetimeTransmit,
  type MappingLifetime,
  NETCHECK_TRANSACTION_TTL_MS,
} from "../nat/netcheck/index.ts";
import { type IpFamily, parseSocketAddress, type SocketAddress, splitSocketAddress } from "../protocol/address.ts";
import { describeDuration, type Milliseconds, SECOND_MS } from "../protocol/units.ts";
import { driven, type Driver } from "./driver.ts";
import { LifetimeMemory } from "./lifetime-memory.ts";

/** Until everybody has noticed a change of the network: sockets are bound anew, which moves mappings as well. */
const SETTLING_MS: Milliseconds = 60 * SECOND_MS;

export interface MappingLifetimesOptions {
  readonly engine: NodeEngine;
  readonly driver: Driver;
  readonly stateDir: string;
  /** Next hops of the default routes. */
  readonly gateways: () => readonly string[];
  readonly onKeepalive: (keepaliveMs: Milliseconds) => void;
  readonly onLog: (message: string) => void;
  readonly onStorageError: (error: unknown) => void;
}

export class MappingLifetimes {
  readonly #options: MappingLifetimesOptions;
  readonly #machine = new LifetimeMachine(randomBytes);
  readonly #driven = driven(this.#machine, () => this.#drain());
  #memory: LifetimeMemory | undefined;
  #reflexive: readonly SocketAddress[] = [];
  #servers: readonly SocketAddress[] = [];
  /** What is measured now, and by whom. */
  #network = "";
  #measuredBy = "";
  #changedAt: Milliseconds = -Infinity;
  #sockets: ProbeSockets | undefined;
  /** Counts openings: one that comes late is for nobody. */
  #opening = 0;
  #closed = false;

  constructor(options: MappingLifetimesOptions) {
    this.#options = options;
    void LifetimeMemory.load(options.stateDir, options.onLog).then((memory) => {
      this.#memory = memory;
      this.#look();
    });
  }

  get lifetime(): MappingLifetime | undefined {
    return this.#machine.lifetime;
  }

  /** STUN servers of the mesh, best first. */
  setServers(servers: readonly SocketAddress[]): void {
    this.#servers = servers;
    this.#look();
  }

  /** This host as servers see it. */
  setReflexive(addresses: readonly SocketAddress[]): void {
    this.#reflexive = addresses;
    this.#look();
  }

  networkChanged(): void {
    this.#changedAt = this.#options.driver.now();
    this.#machine.handleNetworkChange(this.#options.driver.now());
    this.#look();
    this.#touch();
  }

  /** A relay sees us at `observed`, and saw us elsewhere before: a mapping of this network died although it was kept. */
  mappingMoved(observed: readonly SocketAddress[]): void {
    const now = this.#options.driver.now();
    const ip = this.#network.split(" ").at(-1);
    const isSameNetwork = observed.some((address) => splitSocketAddress(address).ip === ip);
    if (!isSameNetwork || now < this.#changedAt + SETTLING_MS) return;
    this.#machine.handleDoubt(now);
    this.#touch();
  }

  /** The engine's "stun" datagrams; those of others are not taken for answers. */
  handleStun(data: Uint8Array, from: string): void {
    this.#handle(0, data, parseSocketAddress(from));
  }

  close(): void {
    this.#closed = true;
    this.#options.driver.remove(this.#driven);
    this.#closeSocket();
  }

  #handle(socket: number, data: Uint8Array, from: SocketAddress | undefined): void {
    if (from === undefined || this.#closed) return;
    this.#machine.handleDatagram(socket, data, from, this.#options.driver.now());
    this.#touch();
  }

  /** Whether this is another network than the one before. */
  #look(): void {
    if (this.#memory === undefined || this.#closed) return;
    const { driver, gateways } = this.#options;
    // IPv4 is what NATs are for; a host without it has a firewall's states to keep.
    const own = this.#reflexive.map(splitSocketAddress).sort((a, b) => a.family - b.family)[0];
    const servers = this.#servers.filter((server) => splitSocketAddress(server).family === own?.family);
    const network = own === undefined ? "" : [...gateways(), own.ip].join(" ");
    if (network === this.#network && servers.join() === this.#measuredBy) return;
    this.#network = network;
    this.#measuredBy = servers.join();
    const remembered = this.#memory.get(network, Date.now());
    this.#machine.handleNetwork(network === "" ? undefined : { servers, remembered }, driver.now());
    this.#touch();
  }

  #touch(): void {
    this.#options.driver.touch(this.#driven);
  }

  #drain(): void {
    for (let next = this.#machine.pollTransmit(); next !== undefined; next = this.#machine.pollTransmit()) {
      this.#carryOut(next);
    }
    const { onKeepalive, onLog, onStorageError } = this.#options;
    for (let event = this.#machine.pollEvent(); event !== undefined; event = this.#machine.pollEvent()) {
      const { lifetime, isFinal } = event;
      onKeepalive(keepaliveMs(lifetime));
      onLog(`idle UDP mappings ${describe(lifetime)}; keepalive every ${describeDuration(keepaliveMs(lifetime))}`);
      if (isFinal && lifetime !== undefined) {
        this.#memory?.put(this.#network, lifetime, Date.now()).catch(onStorageError);
      }
    }
  }

  #carryOut(transmit: LifetimeTransmit): void {
    const { engine } = this.#options;
    switch (transmit.kind) {
      case "open":
        void this.#openSocket(transmit.family);
        return;
      case "close":
        this.#closeSocket();
        return;
      case "stun":
        if (transmit.socket > 0) this.#sockets?.send(0, transmit.data, transmit.address);
        else {
          // What comes back here is a refusal; answers go to the other socket.
          engine.expectStun([transmit.transactionId], NETCHECK_TRANSACTION_TTL_MS);
          engine.send([{ data: transmit.data, address: transmit.address }]);
        }
    }
  }

  async #openSocket(family: IpFamily): Promise<void> {
    const opening = ++this.#opening;
    const sockets = await openProbeSockets(1, family, (_, data, from) => {
      if (opening === this.#opening) this.#handle(1, data, from);
    });
    if (this.#closed || opening !== this.#opening) {
      sockets.close();
      return;
    }
    this.#sockets = sockets;
    this.#machine.handleSocket(sockets.ports.length > 0, this.#options.driver.now());
    this.#touch();
  }

  #closeSocket(): void {
    this.#opening += 1;
    this.#sockets?.close();
    this.#sockets = undefined;
  }
}

function describe(lifetime: MappingLifetime | undefined): string {
  if (lifetime === undefined) return "live for an unknown time";
  const [survived, died] = [lifetime.survivedMs, lifetime.diedMs ?? Infinity].map((ms) => String(ms / SECOND_MS));
  if (lifetime.diedMs === undefined) return `live for ${survived} s at least`;
  return lifetime.survivedMs === 0 ? `live for less than ${died} s` : `live for ${survived} to ${died} s`;
}
