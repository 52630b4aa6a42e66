// One run of the node's program, from its start until the host kills it: the real machines of src/paths and src/nat, wired as the daemon
// wires them.
import { type Driven, driven, Driver } from "../../src/daemon/driver.ts";
import type { SigningKey } from "../../src/identity/index.ts";
import { addressFilter, type AddressFilter, gatherCandidates, Reflexive, sameCandidates } from "../../src/nat/index.ts";
import { isReachableExternal } from "../../src/nat/port-mapping/index.ts";
import { Boot, type PunchInvitation, type Route } from "../../src/paths/index.ts";
import {
  type Candidate,
  formatSocketAddress,
  type NodeKey,
  type SocketAddress,
  splitSocketAddress,
} from "../../src/protocol/index.ts";
import type { Presence } from "./coordinator.ts";
import { type Arrival, type Host, type Places, PORT } from "./host.ts";
import { NodePeers, type PeerIdentity } from "./node-peers.ts";
import { NodeRelays } from "./node-relays.ts";
import { relayData } from "./relay-server.ts";
import type { Surroundings } from "./surroundings.ts";

export const OVERLAY_PREFIXES = ["100.64.0.0/10", "fd7a:115c:a1e0::/48"];
/** A router in the LAN answers at once. */
const PORT_MAPPING_MS = 5;

export interface NodeProcessOptions {
  readonly world: Surroundings;
  readonly host: Host;
  readonly self: PeerIdentity;
  readonly identity: SigningKey;
}

export class NodeProcess {
  readonly peers: NodePeers;
  readonly relays: NodeRelays;
  readonly #options: NodeProcessOptions;
  readonly #driver: Driver;
  readonly #reflexive: Reflexive;
  readonly #reflexiveMachine: Driven;
  #portMapped: readonly SocketAddress[] = [];
  #candidates: readonly Candidate[] = [];
  /** For the places where the host is. */
  #filter: { readonly places: Places; readonly allows: AddressFilter } | undefined;
  #isStopped = false;

  constructor(options: NodeProcessOptions) {
    this.#options = options;
    const { world, host, self, identity } = options;
    const random = (length: number) => world.random.bytes(length);
    const note = (what: () => string) => {
      world.journal.note(self.name, what);
    };
    this.#driver = new Driver(host.clock);
    this.#reflexive = new Reflexive({ random, localPort: () => PORT });
    this.#reflexiveMachine = driven(this.#reflexive, () => {
      this.#drainReflexive();
    });
    const shared = { world, host, driver: this.#driver, note };
    this.relays = new NodeRelays({
      ...shared,
      identity,
      key: self.key,
      onChange: () => {
        this.#publish();
        this.peers.relaysChanged(this.relays.liveHandles());
      },
      onObserved: (moved) => {
        if (moved) {
          this.#askReflexive();
          this.#askRouter();
        }
        this.#gather();
      },
      onData: (data, relay) => {
        this.peers.receive(data.subarray(14), { kind: "relay", relay });
      },
    });
    this.peers = new NodePeers({
      ...shared,
      boot: new Boot(random),
      self,
      allows: (address) => this.#allows(address),
      relaysFor: (homeRelay) => this.relays.handlesFor(homeRelay),
      sendByRelay: (relay, relayId, data) => {
        this.relays.send(relay, (session) => relayData(session, relayId, data));
      },
      describe: (route) => this.#describe(route),
      onActivity: () => {
        this.#reflexive.handleActivity(this.peers.isActive, this.#driver.now());
        this.#driver.touch(this.#reflexiveMachine);
        this.#wantRelays();
      },
      onPathDead: () => {
        this.relays.checkSessions();
      },
      note,
    });
  }

  get candidates(): readonly Candidate[] {
    return this.#candidates;
  }

  start(): void {
    const { world, host } = this.#options;
    host.onArrival = (arrival) => {
      this.#receive(arrival);
    };
    this.#reflexive.handleServers(world.stunServers, this.#driver.now());
    this.#driver.touch(this.#reflexiveMachine);
    this.relays.start();
    this.#askRouter();
    this.#gather();
  }

  /** Killed: says nothing, and nobody hears it any more. */
  stop(): void {
    this.#isStopped = true;
    this.#options.host.onArrival = () => undefined;
    this.#options.host.closeAll();
    this.relays.close();
    this.#driver.close();
  }

  handlePresence(peer: NodeKey, presence: Presence): void {
    this.peers.handlePresence(peer, presence);
    this.#wantRelays();
  }

  handleNotice(peer: NodeKey, notice: PunchInvitation): void {
    this.peers.handleNotice(peer, notice);
  }

  handleConnected(): void {
    this.relays.handleCoordinator();
    this.#publish();
  }

  /** As the kernel tells. */
  handleNetworkChange(): void {
    this.#askReflexive();
    // First what is our own now: it is not to be probed.
    this.#gather();
    this.relays.networkChanged();
    this.peers.networkChanged();
    this.#askRouter();
  }

  // ---- wiring

  #receive({ data, from, socket }: Arrival): void {
    const first = data[0] ?? 0;
    if (socket !== undefined) {
      if (first < 4) this.peers.handleStun(data, from);
      else this.peers.receive(data, { kind: "direct", address: from, socket });
      return;
    }
    if (first < 4) {
      this.#reflexive.handleDatagram(data, from, this.#driver.now());
      this.#driver.touch(this.#reflexiveMachine);
      return;
    }
    const relay = this.relays.handleOf(from);
    if (relay === undefined) this.peers.receive(data, { kind: "direct", address: from });
    else if (first === 17) this.relays.handleControl(data, from);
    else if (first === 18) this.peers.receive(data.subarray(14), { kind: "relay", relay });
  }

  #drainReflexive(): void {
    let changed = false;
    for (let event = this.#reflexive.pollEvent(); event !== undefined; event = this.#reflexive.pollEvent()) {
      if (event.type !== "profile") changed = true;
      else if (event.family === 4) this.peers.setNat(event.profile);
    }
    for (let out = this.#reflexive.pollTransmit(); out !== undefined; out = this.#reflexive.pollTransmit()) {
      this.#options.host.send(out.data, out.address);
    }
    if (changed) this.#gather();
  }

  #askReflexive(): void {
    this.#reflexive.handleNetworkChange(this.#driver.now());
    this.#driver.touch(this.#reflexiveMachine);
  }

  /** For an open port (PCP and the like), as src/nat/port-mapping does at length. */
  #askRouter(): void {
    const { host, world, self } = this.#options;
    this.#portMapped = [];
    const place = host.places.ipv4;
    if (place?.site.router?.behaviour.forwards !== true) return;
    host.clock.setTimer(() => {
      if (this.#isStopped || host.places.ipv4 !== place) return;
      const external = place.site.router?.forward(formatSocketAddress(place.ip, PORT));
      this.#portMapped = external === undefined ? [] : [external];
      world.journal.note(self.name, () => `the router opened ${this.#portMapped.join()}`);
      this.#gather();
    }, PORT_MAPPING_MS);
  }

  #wantRelays(): void {
    const active = [...this.peers.all()].filter(({ engine }) => engine.active);
    this.relays.setWanted(active.map(({ presence }) => presence.homeRelay));
  }

  #publish(): void {
    if (this.#isStopped) return;
    const { world, self } = this.#options;
    world.coordinator.handleEndpoints(self.key, { candidates: this.#candidates, homeRelay: this.relays.home });
  }

  #gather(): void {
    if (this.#isStopped) return;
    const reflexive = this.#reflexive.addresses();
    const candidates = gatherCandidates(
      {
        interfaces: this.#interfaces(),
        port: PORT,
        reflexive,
        observed: this.relays.observed(),
        portMapped: this.#portMapped.filter((external) => isReachableExternal(external, reflexive)),
        configured: [],
      },
      (address) => this.#allows(address),
    );
    if (sameCandidates(candidates, this.#candidates)) return;
    this.#candidates = candidates;
    const { world, self } = this.#options;
    world.journal.note(self.name, () => {
      return `has ${candidates.map(({ kind, address }) => `${kind} ${address}`).join(", ")}`;
    });
    this.#publish();
    this.peers.setLocalCandidates(candidates);
  }

  #interfaces() {
    return this.#options.host.addresses().map((address) => {
      const { ip, family } = splitSocketAddress(address);
      return { name: "eth0", ip, prefixLength: family === 4 ? 24 : 64 };
    });
  }

  #allows(address: SocketAddress): boolean {
    const { places } = this.#options.host;
    if (this.#filter?.places !== places) {
      const allows = addressFilter({ overlayPrefixes: OVERLAY_PREFIXES, interfaces: this.#interfaces() });
      this.#filter = { places, allows };
    }
    return this.#filter.allows(address);
  }

  #describe(route: Route): string {
    if (route.kind === "direct")
      return `directly to ${route.address}${route.socket === undefined ? "" : " by an extra socket"}`;
    const access = this.relays.accessOf(route.relay);
    return access === undefined ? "to a relay that is gone" : `over ${access.relay} (${access.kind})`;
  }
}
