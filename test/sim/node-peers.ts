// A node's peers, wired as src/daemon/peers.ts wires them: a path machine each, over a model of the engine.
import { type Driven, driven, type Driver } from "../../src/daemon/driver.ts";
import { type DiscoKey, hint, pairSecrets, relayIdOf } from "../../src/identity/index.ts";
import { acceptCandidates, type AddressFilter } from "../../src/nat/index.ts";
import {
  BirthdayDesk,
  type Boot,
  PeerPaths,
  ProbeBudget,
  type PunchInvitation,
  type Route,
  SealedDisco,
} from "../../src/paths/index.ts";
import { type Candidate, type NodeKey, type SocketAddress, splitSocketAddress } from "../../src/protocol/index.ts";
import { type NatHint, UNKNOWN_NAT } from "../../src/protocol/nat-hint.ts";
import { EngineModel } from "./engine-model.ts";
import type { Presence } from "./coordinator.ts";
import type { Host } from "./host.ts";
import type { Surroundings } from "./surroundings.ts";

export interface PeerIdentity {
  readonly key: NodeKey;
  readonly discoKey: DiscoKey;
  /** For the journal. */
  readonly name: string;
}

export interface NodePeer {
  readonly identity: PeerIdentity;
  readonly paths: PeerPaths;
  readonly machine: Driven;
  readonly engine: EngineModel;
  readonly engineMachine: Driven;
  readonly relayId: Uint8Array;
  presence: Presence;
}

export interface NodePeersOptions {
  readonly world: Surroundings;
  readonly host: Host;
  readonly driver: Driver;
  readonly boot: Boot;
  readonly self: PeerIdentity;
  readonly allows: AddressFilter;
  readonly relaysFor: (homeRelay: string) => readonly number[];
  readonly sendByRelay: (relay: number, relayId: Uint8Array, data: Uint8Array) => void;
  /** For people. */
  readonly describe: (route: Route) => string;
  readonly onActivity: () => void;
  readonly onPathDead: () => void;
  readonly note: (what: () => string) => void;
}

const RELAY_ID_BYTES = 8;
const MEASURE_EVERY_MS = 4000;

export class NodePeers {
  readonly #options: NodePeersOptions;
  readonly #budget = new ProbeBudget();
  readonly #desk = new BirthdayDesk(this.#budget);
  readonly #byKey = new Map<NodeKey, NodePeer>();
  readonly #byHint = new Map<string, NodePeer>();
  readonly #byRelayId = new Map<string, NodePeer>();
  readonly #ownRelayId: Uint8Array;
  readonly #random: (length: number) => Uint8Array;
  #nat: NatHint = UNKNOWN_NAT;
  #candidates: readonly Candidate[] = [];
  #usableRelays: ReadonlySet<number> = new Set();
  #measureAt = Infinity;
  readonly #measuring: Driven = {
    handleTimeout: (now) => {
      if (now >= this.#measureAt) this.#measure(now);
    },
    pollTimeout: () => (this.#measureAt === Infinity ? undefined : this.#measureAt),
    drain: () => undefined,
  };

  constructor(options: NodePeersOptions) {
    this.#options = options;
    const { world, self } = options;
    this.#random = (length) => world.random.bytes(length);
    this.#ownRelayId = relayIdOf(world.meshId, self.key);
  }

  all(): Iterable<NodePeer> {
    return this.#byKey.values();
  }

  get(key: NodeKey): NodePeer {
    const peer = this.#byKey.get(key);
    if (peer === undefined) throw new Error("not met");
    return peer;
  }

  get isActive(): boolean {
    return [...this.#byKey.values()].some(({ engine }) => engine.active);
  }

  /** The netmap has it. */
  add(identity: PeerIdentity): void {
    const { world, driver, boot, self, allows } = this.#options;
    const secrets = pairSecrets({
      meshId: world.meshId,
      self: self.key,
      peer: identity.key,
      discoSecretKey: self.discoKey.secretKey,
      peerDiscoKey: identity.discoKey.publicKey,
    });
    if (secrets === undefined) throw new Error("no pair secrets");
    const channel = new SealedDisco({ boot, self: self.key, peer: identity.key, secrets, random: this.#random });
    const paths = new PeerPaths({
      channel,
      budget: this.#budget,
      birthdays: this.#desk.forPeer(identity.key),
      random: this.#random,
      stunServer: () => world.stunServers.find((server) => splitSocketAddress(server).family === 4),
      allows,
    });
    const machine = driven(paths, (now) => {
      this.#drain(peer, now);
    });
    const engine = this.#newEngine(identity, () => peer);
    const engineMachine = driven(engine, () => undefined);
    const relayId = relayIdOf(world.meshId, identity.key);
    const presence = { candidates: [], homeRelay: "" };
    const peer: NodePeer = { identity, paths, machine, engine, engineMachine, relayId, presence };
    this.#byKey.set(identity.key, peer);
    this.#byHint.set(hex(hint(secrets.tagKey, identity.key)), peer);
    this.#byRelayId.set(hex(relayId), peer);
    engine.setUsableRelays(this.#usableRelays, driver.now());
    paths.handleLocalCandidates(this.#candidates, driver.now());
    paths.handleOwnNat(this.#nat, driver.now());
    paths.handleRelays(this.#options.relaysFor(""), driver.now());
    driver.touch(machine);
  }

  sendTraffic(key: NodeKey): void {
    const { driver } = this.#options;
    const { engine, engineMachine } = this.get(key);
    engine.sendTraffic(driver.now());
    driver.touch(engineMachine);
  }

  handlePresence(key: NodeKey, presence: Presence): void {
    const peer = this.#byKey.get(key);
    if (peer === undefined) return;
    const { driver, allows, relaysFor } = this.#options;
    peer.presence = presence;
    peer.paths.handleCandidates(acceptCandidates(presence.candidates, allows), driver.now());
    peer.paths.handleRelays(relaysFor(presence.homeRelay), driver.now());
    driver.touch(peer.machine);
  }

  handleNotice(key: NodeKey, notice: PunchInvitation): void {
    const peer = this.#byKey.get(key);
    if (peer === undefined) return;
    const { driver, allows } = this.#options;
    peer.paths.handlePunchNotice({ ...notice, candidates: acceptCandidates(notice.candidates, allows) }, driver.now());
    driver.touch(peer.machine);
  }

  /** Whose it is: by its hint for disco, by the last bytes for the rest, where an engine has a connection id. */
  receive(data: Uint8Array, from: Route): void {
    const { driver } = this.#options;
    const now = driver.now();
    if (data[0] === 16 && data[1] === 1) {
      const peer = this.#byHint.get(hex(data.subarray(2, 10)));
      if (peer === undefined) return;
      peer.paths.handleDatagram(data, from, now);
      driver.touch(peer.machine);
      return;
    }
    const peer = this.#byRelayId.get(hex(data.subarray(-RELAY_ID_BYTES)));
    if (peer === undefined) return;
    peer.engine.receive(data.subarray(0, -RELAY_ID_BYTES), from, now);
    driver.touch(peer.engineMachine);
  }

  /** A STUN answer to an extra socket: for whoever asked. */
  handleStun(data: Uint8Array, from: SocketAddress): void {
    this.#each(({ paths }, now) => {
      paths.handleStun(data, from, now);
    });
  }

  setLocalCandidates(candidates: readonly Candidate[]): void {
    this.#candidates = candidates;
    this.#each(({ paths }, now) => {
      paths.handleLocalCandidates(candidates, now);
    });
  }

  setNat(nat: NatHint): void {
    this.#nat = nat;
    this.#each(({ paths }, now) => {
      paths.handleOwnNat(nat, now);
    });
  }

  relaysChanged(usable: ReadonlySet<number>): void {
    const { relaysFor, driver } = this.#options;
    this.#usableRelays = usable;
    this.#each(({ paths, engine, engineMachine, presence }, now) => {
      engine.setUsableRelays(usable, now);
      paths.handleRelays(relaysFor(presence.homeRelay), now);
      driver.touch(engineMachine);
    });
  }

  networkChanged(): void {
    const { driver } = this.#options;
    this.#desk.handleNetworkChange();
    this.#each(({ paths, engine, engineMachine }, now) => {
      engine.suspectAll(now);
      paths.handleNetworkChange(now);
      driver.touch(engineMachine);
    });
  }

  #newEngine({ name }: PeerIdentity, peerOf: () => NodePeer): EngineModel {
    const { world, driver, note, onActivity, onPathDead, describe } = this.#options;
    const act = (handle: (paths: PeerPaths, now: number) => void) => {
      const { paths, machine } = peerOf();
      handle(paths, driver.now());
      driver.touch(machine);
    };
    const activity = (handle: (paths: PeerPaths, now: number) => void) => {
      this.#measureSoon();
      onActivity();
      act(handle);
    };
    return new EngineModel(
      {
        send: (data, to) => {
          this.#send(peerOf(), concatTwo(data, this.#ownRelayId), to);
        },
        onActive: () => {
          activity((paths, now) => {
            paths.handleActive(now);
          });
        },
        onIdle: () => {
          activity((paths, now) => {
            paths.handleIdle(now);
          });
        },
        onPathDead: (id) => {
          onPathDead();
          act((paths, now) => {
            paths.handlePathDead(id, now);
          });
        },
        onPathAlive: (id, rttMs) => {
          act((paths, now) => {
            paths.handlePathAlive(id, rttMs, now);
          });
        },
        onSourceSeen: (from) => {
          if (from.kind !== "direct") return;
          act((paths, now) => {
            paths.handleSourceSeen(from, now);
          });
        },
        onChange: () => {
          const used = peerOf().engine.used();
          note(() => `to ${name}: packets go ${used === undefined ? "nowhere" : describe(used)}`);
        },
      },
      world.pace,
    );
  }

  #drain(peer: NodePeer, now: number): void {
    const { world, driver, self, host, note } = this.#options;
    const { paths, engine, identity } = peer;
    for (let event = paths.pollEvent(); event !== undefined; event = paths.pollEvent()) {
      switch (event.type) {
        case "paths": {
          const { reason } = event;
          note(() => `to ${identity.name}: ${reason}`);
          engine.setPaths(event.paths, now);
          driver.touch(peer.engineMachine);
          break;
        }
        case "signal":
          note(() => `to ${identity.name}: asks for a punch`);
          world.coordinator.handlePunchRequest(self.key, identity.key, event);
          break;
        case "open-sockets": {
          const { count } = event;
          note(() => `to ${identity.name}: opens ${count} sockets`);
          paths.handleSockets(host.openMore(count), now);
          break;
        }
        case "close-sockets": {
          const { sockets } = event;
          note(() => `to ${identity.name}: closes ${sockets.length} sockets`);
          host.close(sockets);
          break;
        }
        case "restarted":
          note(() => `${identity.name} started anew`);
          break;
      }
    }
    for (let out = paths.pollTransmit(now); out !== undefined; out = paths.pollTransmit(now)) {
      this.#send(peer, out.data, out.to);
    }
  }

  #send({ relayId, identity }: NodePeer, data: Uint8Array, to: Route): void {
    const { host, sendByRelay } = this.#options;
    if (to.kind === "direct") host.send(data, to.address, to.socket, identity.name);
    else sendByRelay(to.relay, relayId, data);
  }

  #measureSoon(): void {
    if (this.#measureAt !== Infinity) return;
    this.#measureAt = this.#options.driver.now() + MEASURE_EVERY_MS;
    this.#options.driver.touch(this.#measuring);
  }

  #measure(now: number): void {
    this.#measureAt = this.isActive ? now + MEASURE_EVERY_MS : Infinity;
    this.#each(({ paths, engine }) => {
      if (engine.active) paths.handleMeasurements(engine.measurements(), now);
    });
  }

  #each(action: (peer: NodePeer, now: number) => void): void {
    const { driver } = this.#options;
    for (const peer of this.#byKey.values()) {
      action(peer, driver.now());
      driver.touch(peer.machine);
    }
  }
}

function concatTwo(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
}
