// A simulated node: the real machines of src/paths and src/nat, wired as the daemon wires them, over a model of the engine.
import {
  concat,
  type DiscoKey,
  discoKeyFromSecret,
  hint,
  nodeKeyOf,
  pairSecrets,
  relayIdOf,
  type SigningKey,
  signingKeyFromSeed,
} from "../../src/identity/index.ts";
import { addressFilter, gatherCandidates, Reflexive } from "../../src/nat/index.ts";
import {
  BirthdayDesk,
  Boot,
  PeerPaths,
  ProbeBudget,
  type PunchInvitation,
  RelaySession,
  type Route,
  SealedDisco,
} from "../../src/paths/index.ts";
import {
  type Candidate,
  formatSocketAddress,
  type NodeKey,
  type SocketAddress,
  splitSocketAddress,
} from "../../src/protocol/index.ts";
import { EngineModel } from "./engine-model.ts";
import type { Network, Packet, Site } from "./network.ts";
import type { Random } from "./random.ts";
import { type Coordinator, type Member, relayData, type Server } from "./servers.ts";
import type { Timeline } from "./timeline.ts";

const PORT = 41641;
/** As a kernel picks for sockets that do not ask for a port. */
const FIRST_EXTRA_PORT = 32_768;
const EXTRA_PORTS = 8192;
const RELAY = 1;
const RELAY_ID_BYTES = 8;
const ENGINE_TICK_MS = 50;
export const OVERLAY_PREFIXES = ["100.64.0.0/10", "fd7a:115c:a1e0::/48"];

export interface Surroundings {
  readonly timeline: Timeline;
  readonly network: Network;
  readonly random: Random;
  readonly coordinator: Coordinator;
  readonly relay: Server;
  readonly relayKey: Uint8Array;
  readonly stunServers: readonly SocketAddress[];
  readonly meshId: Uint8Array;
}

/** Where a host is: a network, and its address there. */
export interface Place {
  readonly site: Site;
  readonly ip: string;
}

interface Attachment {
  readonly site: Site;
  readonly address: SocketAddress;
}

interface SimPeer {
  readonly node: SimNode;
  readonly paths: PeerPaths;
  readonly engine: EngineModel;
  readonly relayId: Uint8Array;
}

export class SimNode implements Member {
  readonly key: NodeKey;
  readonly identity: SigningKey;
  readonly discoKey: DiscoKey;
  readonly #world: Surroundings;
  readonly #boot: Boot;
  readonly #budget = new ProbeBudget();
  readonly #desk = new BirthdayDesk(this.#budget);
  /** Extra sockets by handle. */
  readonly #ports = new Map<number, number>();
  #nextSocket = 1;
  /** When sealed disco left for bare addresses, by whatever socket. */
  readonly probeTimes: number[] = [];
  /** Those of them that birthday probing may have sent: to whom, by address and port. */
  readonly probeTargets: { readonly at: number; readonly to: SocketAddress }[] = [];
  /** The most that were open at a time. */
  peakSockets = 0;
  readonly #reflexive: Reflexive;
  readonly #session: RelaySession;
  readonly #peers = new Map<NodeKey, SimPeer>();
  readonly #byHint = new Map<string, SimPeer>();
  readonly #byRelayId = new Map<string, SimPeer>();
  readonly #observed = new Set<SocketAddress>();
  readonly #relayId: Uint8Array;
  #ipv4: Attachment;
  readonly #ipv6: Attachment | undefined;
  #relaySession: number | undefined;
  #local: readonly Candidate[] = [];
  #wakeAt = Infinity;
  readonly reasons: string[] = [];

  constructor(world: Surroundings, ipv4: Place, ipv6?: Place) {
    const random = (length: number) => world.random.bytes(length);
    this.#world = world;
    this.identity = signingKeyFromSeed(random(32));
    this.discoKey = discoKeyFromSecret(random(32));
    this.key = nodeKeyOf(this.identity);
    this.#relayId = relayIdOf(world.meshId, this.key);
    this.#ipv4 = this.#attach(ipv4);
    this.#ipv6 = ipv6 && this.#attach(ipv6);
    this.#boot = new Boot(random);
    this.#reflexive = new Reflexive({ random, localPort: () => PORT });
    this.#session = new RelaySession({ node: this.identity, meshId: world.meshId, relayKey: world.relayKey, random });
    world.coordinator.join(this);
  }

  /** Joins the mesh: asks STUN, registers at the relay. */
  start(): void {
    const { relay, stunServers, timeline } = this.#world;
    this.#reflexive.handleServers(stunServers, timeline.now);
    this.#session.handleAddresses([relay.address], timeline.now);
    this.#session.handleTicket(relay.ticketFor(this.key), timeline.now);
    this.#gather();
    this.#tick();
  }

  meet(node: SimNode): void {
    const { meshId, random, timeline } = this.#world;
    const secrets = pairSecrets({
      meshId,
      self: this.key,
      peer: node.key,
      discoSecretKey: this.discoKey.secretKey,
      peerDiscoKey: node.discoKey.publicKey,
    });
    if (secrets === undefined) throw new Error("no pair secrets");
    const bytes = (length: number) => random.bytes(length);
    const channel = new SealedDisco({ boot: this.#boot, self: this.key, peer: node.key, secrets, random: bytes });
    const paths = new PeerPaths({
      channel,
      budget: this.#budget,
      birthdays: this.#desk.forPeer(node.key),
      random: bytes,
      stunServer: () => this.#world.stunServers[0],
      allows: (address) => this.#allows(address),
    });
    const relayId = relayIdOf(meshId, node.key);
    const act = (handle: (now: number) => void) => () => {
      handle(timeline.now);
      this.#reflexive.handleActivity(
        [...this.#peers.values()].some(({ engine }) => engine.active),
        timeline.now,
      );
      this.#drain();
    };
    const engine = new EngineModel({
      send: (data, to) => {
        this.#sendTo(concat([data, this.#relayId]), to, relayId);
      },
      onActive: act((now) => {
        paths.handleActive(now);
      }),
      onIdle: act((now) => {
        paths.handleIdle(now);
      }),
      onPathDead: (id) => {
        paths.handlePathDead(id, timeline.now);
        this.#drain();
      },
      onPathAlive: (id, rttMs) => {
        paths.handlePathAlive(id, rttMs, timeline.now);
        this.#drain();
      },
    });
    const peer = { node, paths, engine, relayId };
    this.#peers.set(node.key, peer);
    this.#byHint.set(hex(hint(secrets.tagKey, node.key)), peer);
    this.#byRelayId.set(hex(relayId), peer);
    paths.handleLocalCandidates(this.#local, timeline.now);
    paths.handleOwnNat(this.#reflexive.profile(4), timeline.now);
  }

  engineFor(node: SimNode): EngineModel {
    return this.#peer(node.key).engine;
  }

  pathsTo(node: SimNode): PeerPaths {
    return this.#peer(node.key).paths;
  }

  /** Extra sockets that are open now. */
  get openSockets(): number {
    return this.#ports.size;
  }

  get candidates(): readonly Candidate[] {
    return this.#local;
  }

  get site(): Site {
    return this.#ipv4.site;
  }

  get address(): SocketAddress {
    return this.#ipv4.address;
  }

  sendTraffic(node: SimNode, sequence: number): void {
    this.#peer(node.key).engine.sendTraffic(sequence, this.#world.timeline.now);
    this.#drain();
  }

  /** To another network; the host notices. */
  move(place: Place): void {
    this.#ipv4.site.hosts.delete(splitSocketAddress(this.#ipv4.address).ip);
    this.#ipv4 = this.#attach(place);
    this.noticeNetworkChange();
  }

  noticeNetworkChange(): void {
    const { now } = this.#world.timeline;
    this.#observed.clear();
    this.#reflexive.handleNetworkChange(now);
    this.#session.handleNetworkChange(now);
    this.#desk.handleNetworkChange();
    for (const { paths } of this.#peers.values()) paths.handleNetworkChange(now);
    this.#gather();
    this.#drain();
  }

  // ---- Member

  handlePresence(peer: NodeKey, candidates: readonly Candidate[]): void {
    this.#peers.get(peer)?.paths.handleCandidates(candidates, this.#world.timeline.now);
    this.#drain();
  }

  get controlIp(): string {
    let { site } = this.#ipv4;
    let { ip } = splitSocketAddress(this.#ipv4.address);
    for (; site.router !== undefined && site.parent !== undefined; site = site.parent) {
      if (site.router.behaviour.mapping !== "none") ip = site.router.publicIp;
    }
    return ip;
  }

  handleNotice(peer: NodeKey, invitation: PunchInvitation): void {
    this.#peer(peer).paths.handlePunchNotice(invitation, this.#world.timeline.now);
    this.#drain();
  }

  // ---- wiring

  #attach({ site, ip }: Place): Attachment {
    site.hosts.set(ip, (packet) => {
      this.#receive(packet);
    });
    return { site, address: formatSocketAddress(ip, PORT) };
  }

  #tick(): void {
    const { timeline } = this.#world;
    for (const { engine } of this.#peers.values()) engine.tick(timeline.now);
    timeline.after(ENGINE_TICK_MS, () => {
      this.#tick();
    });
  }

  #receive({ data, from, to }: Packet): void {
    const { now } = this.#world.timeline;
    const { port } = splitSocketAddress(to);
    if (port !== PORT) {
      const [socket] = [...this.#ports].find(([, each]) => each === port) ?? [];
      if (socket !== undefined) this.#receiveBySocket(data, from, socket);
      return;
    }
    const fromRelay = from === this.#world.relay.address;
    if ((data[0] ?? 0) < 4) this.#reflexive.handleDatagram(data, from, now);
    else if (data[0] === 17 && fromRelay) this.#session.handleDatagram(data, from, now);
    else if (data[0] === 18 && fromRelay) this.#receiveFromPeer(data.subarray(14), { kind: "relay", relay: RELAY });
    else this.#receiveFromPeer(data, { kind: "direct", address: from });
    this.#drain();
  }

  #receiveBySocket(data: Uint8Array, from: SocketAddress, socket: number): void {
    if ((data[0] ?? 0) < 4) {
      for (const { paths } of this.#peers.values()) paths.handleStun(data, from, this.#world.timeline.now);
    } else {
      this.#receiveFromPeer(data, { kind: "direct", address: from, socket });
    }
    this.#drain();
  }

  /** Whose it is: by its hint for disco, by the last bytes for the rest, where an engine has a connection id. */
  #receiveFromPeer(data: Uint8Array, from: Route): void {
    const { now } = this.#world.timeline;
    if (data[0] === 16 && data[1] === 1) {
      this.#byHint.get(hex(data.subarray(2, 10)))?.paths.handleDatagram(data, from, now);
      return;
    }
    const peer = this.#byRelayId.get(hex(data.subarray(-RELAY_ID_BYTES)));
    if (peer === undefined) return;
    peer.engine.receive(data.subarray(0, -RELAY_ID_BYTES), from, now);
    if (from.kind === "direct" && !peer.engine.has(from)) peer.paths.handleSourceSeen(from, now);
  }

  #drain(): void {
    const { timeline } = this.#world;
    for (let event = this.#reflexive.pollEvent(); event !== undefined; event = this.#reflexive.pollEvent()) {
      if (event.type !== "profile") this.#gather();
      else if (event.family === 4) {
        for (const { paths } of this.#peers.values()) paths.handleOwnNat(event.profile, timeline.now);
      }
    }
    for (let out = this.#reflexive.pollTransmit(); out !== undefined; out = this.#reflexive.pollTransmit()) {
      this.#send(out.data, out.address);
    }
    this.#drainSession();
    for (const [key, peer] of this.#peers) this.#drainPaths(key, peer);
    this.#wake(timeline.now);
  }

  #drainSession(): void {
    for (let event = this.#session.pollEvent(); event !== undefined; event = this.#session.pollEvent()) {
      if (event.type === "session") this.#relaySession = event.session;
      if (event.type === "lost") this.#relaySession = undefined;
      if (event.type === "observed") {
        this.#observed.add(event.observed);
        this.#gather();
      }
      const relays = this.#relaySession === undefined ? [] : [RELAY];
      for (const { paths } of this.#peers.values()) paths.handleRelays(relays, this.#world.timeline.now);
    }
    for (let out = this.#session.pollTransmit(); out !== undefined; out = this.#session.pollTransmit()) {
      this.#send(out.data, out.address);
    }
  }

  #drainPaths(key: NodeKey, { paths, engine, relayId }: SimPeer): void {
    const { timeline, coordinator } = this.#world;
    for (let event = paths.pollEvent(); event !== undefined; event = paths.pollEvent()) {
      if (event.type === "paths") {
        this.reasons.push(`${timeline.now.toFixed(1)} ${event.reason}`);
        engine.setPaths(event.paths, timeline.now);
      } else if (event.type === "signal") {
        const { candidates, attempt, nat } = event;
        coordinator.handlePunchRequest(this.key, key, { candidates, attempt, nat });
      } else if (event.type === "open-sockets") {
        paths.handleSockets(this.#openSockets(event.count), timeline.now);
      } else if (event.type === "close-sockets") {
        for (const socket of event.sockets) this.#ports.delete(socket);
      }
    }
    for (let out = paths.pollTransmit(timeline.now); out !== undefined; out = paths.pollTransmit(timeline.now)) {
      this.#sendTo(out.data, out.to, relayId);
    }
  }

  #openSockets(count: number): readonly number[] {
    const sockets = Array.from({ length: count }, () => this.#nextSocket++);
    for (const socket of sockets) this.#ports.set(socket, FIRST_EXTRA_PORT + (socket % EXTRA_PORTS));
    this.peakSockets = Math.max(this.peakSockets, this.#ports.size);
    return sockets;
  }

  #wake(now: number): void {
    const times = [this.#reflexive, this.#session, ...Array.from(this.#peers.values(), ({ paths }) => paths)].map(
      (machine) => machine.pollTimeout() ?? Infinity,
    );
    const at = Math.max(now, Math.min(...times));
    if (at === Infinity || (this.#wakeAt > now && this.#wakeAt <= at)) return;
    this.#wakeAt = at;
    this.#world.timeline.at(at, () => {
      if (this.#wakeAt !== at) return;
      this.#wakeAt = Infinity;
      this.#reflexive.handleTimeout(at);
      this.#session.handleTimeout(at);
      for (const { paths } of this.#peers.values()) paths.handleTimeout(at);
      this.#drain();
    });
  }

  #gather(): void {
    const local = gatherCandidates(
      {
        interfaces: this.#interfaces(),
        port: PORT,
        reflexive: this.#reflexive.addresses(),
        observed: [...this.#observed],
        configured: [],
      },
      (address) => this.#allows(address),
    );
    if (local.map(({ address }) => address).join() === this.#local.map(({ address }) => address).join()) return;
    this.#local = local;
    this.#world.coordinator.handleEndpoints(this.key, local);
    for (const { paths } of this.#peers.values()) paths.handleLocalCandidates(local, this.#world.timeline.now);
  }

  #interfaces() {
    const addresses = [this.#ipv4, this.#ipv6].flatMap((attachment) => attachment?.address ?? []);
    return addresses.map((address) => ({ name: "eth0", ip: splitSocketAddress(address).ip, prefixLength: 24 }));
  }

  #allows(address: SocketAddress): boolean {
    return addressFilter({ overlayPrefixes: OVERLAY_PREFIXES, interfaces: this.#interfaces() })(address);
  }

  #sendTo(data: Uint8Array, to: Route, relayId: Uint8Array): void {
    if (to.kind === "direct") this.#send(data, to.address, to.socket);
    else if (this.#relaySession !== undefined) {
      this.#send(relayData(this.#relaySession, relayId, data), this.#world.relay.address);
    }
  }

  #send(data: Uint8Array, to: SocketAddress, socket?: number): void {
    const attachment = splitSocketAddress(to).family === 4 ? this.#ipv4 : this.#ipv6;
    const port = socket === undefined ? PORT : this.#ports.get(socket);
    if (attachment === undefined || port === undefined) return;
    const from = formatSocketAddress(splitSocketAddress(attachment.address).ip, port);
    if (data[0] === 16 && data[1] === 1) {
      this.probeTimes.push(this.#world.timeline.now);
      this.probeTargets.push({ at: this.#world.timeline.now, to });
    }
    this.#world.network.send(attachment.site, { from, to, data });
  }

  #peer(key: NodeKey): SimPeer {
    const peer = this.#peers.get(key);
    if (peer === undefined) throw new Error("not met");
    return peer;
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
