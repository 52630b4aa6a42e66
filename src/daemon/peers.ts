// The peers of the netmap, each with its handle in the engine and its path machine. The netmap says who they are, the engine what their
// traffic does; what the machines decide is carried out by peer-wishes.ts.
import type { EngineEvent } from "../engine/index.ts";
import { nodeKeyOf, type PairSecrets, pairSecrets, randomBytes, relayIdOf } from "../identity/index.ts";
import { acceptCandidates, type AddressFilter } from "../nat/index.ts";
import type { NetmapPeer, NetmapView } from "../netmap/index.ts";
import type { Boot } from "../paths/boot.ts";
import { SealedDisco } from "../paths/disco.ts";
import { PeerPaths } from "../paths/peer-paths.ts";
import { BirthdayDesk } from "../paths/birthday-desk.ts";
import { ProbeBudget } from "../paths/probe-budget.ts";
import type { Candidate } from "../protocol/candidate.ts";
import type { PunchNoticeMessage } from "../protocol/messages.ts";
import { type NodeKey, nodeKeyBytes } from "../protocol/node-key.ts";
import { type NatHint, UNKNOWN_NAT } from "../protocol/nat-hint.ts";
import { parseSocketAddress, type SocketAddress, splitSocketAddress } from "../protocol/address.ts";
import { type Milliseconds, SECOND_MS } from "../protocol/units.ts";
import { driven, type Driver } from "./driver.ts";
import type { Identity } from "./identity-file.ts";
import { hostPrefixes } from "./overlay.ts";
import { type Peer, socketOf } from "./peer.ts";
import { PeerMeasuring } from "./peer-measuring.ts";
import { fulfil, type PeerWishes } from "./peer-wishes.ts";

export interface PeersOptions extends PeerWishes {
  readonly driver: Driver;
  readonly identity: Identity;
  readonly boot: Boot;
  readonly meshId: Uint8Array;
  /** Which addresses may be probed, at present. */
  readonly allows: AddressFilter;
  /** Relay handles through which a peer can be reached, best first. */
  readonly relaysFor: (homeRelay: string) => readonly number[];
  /** Whether any peer has traffic. */
  readonly onActivity: (active: boolean) => void;
  /** A peer wants to be met. */
  readonly onInvited: () => void;
}

/** As long as the engine takes to call a peer idle: by then there is traffic, or there will be none. */
const INVITED_MS: Milliseconds = 60 * SECOND_MS;

export class Peers {
  readonly #options: PeersOptions;
  readonly #byKey = new Map<NodeKey, Peer>();
  readonly #byHandle = new Map<number, Peer>();
  readonly #budget = new ProbeBudget();
  readonly #desk = new BirthdayDesk(this.#budget);
  #nat: NatHint = UNKNOWN_NAT;
  /** The mesh's STUN servers that are reached over IPv4. */
  #stunServers: readonly SocketAddress[] = [];
  #candidates: readonly Candidate[] = [];
  /** Peers without a usable disco key: nobody can talk to them. */
  #problems: readonly string[] = [];
  readonly #measuring: PeerMeasuring;

  constructor(options: PeersOptions) {
    this.#options = options;
    const { engine, driver } = options;
    this.#measuring = new PeerMeasuring({
      ...{ engine, driver },
      isAnyActive: () => this.#active().length > 0,
      byHandle: (handle) => this.#byHandle.get(handle),
    });
  }

  all(): Iterable<Peer> {
    return this.#byKey.values();
  }

  /** Names of the home relays of the peers that have traffic, or want it: packets for a peer meet it there, and its own come from there. */
  homeRelaysInUse(): readonly string[] {
    const now = this.#options.driver.now();
    return [...this.#byKey.values()]
      .filter(({ active, invitedUntil }) => active || now < invitedUntil)
      .map(({ entry }) => entry.presence?.homeRelay ?? "");
  }

  get problems(): readonly string[] {
    return this.#problems;
  }

  applyNetmap(view: NetmapView): void {
    const problems: string[] = [];
    const stunServers = view.mesh?.stunServers ?? [];
    this.#stunServers = stunServers.filter((server) => splitSocketAddress(server).family === 4);
    for (const peer of [...this.#byKey.values()]) {
      if (!view.peers.has(peer.key)) this.#remove(peer);
    }
    for (const [key, entry] of view.peers) {
      const known = this.#byKey.get(key);
      // Another disco key is another peer to the machines: nothing sealed under the old one counts.
      if (known !== undefined && !sameBytes(known.entry.discoKey, entry.discoKey)) this.#remove(known);
      const peer = this.#byKey.get(key);
      if (peer !== undefined) this.#update(peer, entry);
      else if (!this.#add(key, entry))
        problems.push(`${entry.hostname} has an unusable disco key and cannot be reached`);
    }
    this.#problems = problems;
  }

  handleEvent(event: EngineEvent): void {
    if (!("peer" in event)) return;
    const peer = this.#byHandle.get(event.peer);
    if (peer === undefined) return;
    const { driver } = this.#options;
    const now = driver.now();
    switch (event.type) {
      case "peer-active":
        this.#setActive(peer, true);
        peer.paths.handleActive(now);
        break;
      case "peer-idle":
        this.#setActive(peer, false);
        peer.paths.handleIdle(now);
        break;
      case "disco": {
        const route = routeOf(event.via);
        if (route === undefined) return;
        peer.paths.handleDatagram(event.data, route, now);
        break;
      }
      case "source-seen": {
        const address = parseSocketAddress(event.address);
        if (address === undefined || !this.#options.allows(address)) return;
        peer.paths.handleSourceSeen({ address, ...socketOf(event) }, now);
        break;
      }
      case "path-dead":
        peer.paths.handlePathDead(event.path, now);
        break;
      case "path-alive":
        peer.paths.handlePathAlive(event.path, event.rttMs, now);
        break;
      case "connected":
      case "disconnected":
      case "path-changed":
        return;
    }
    driver.touch(peer.machine);
  }

  handlePunchNotice(notice: PunchNoticeMessage): void {
    const peer = this.#byKey.get(notice.peer);
    if (peer === undefined) return;
    const { driver, allows, onInvited } = this.#options;
    peer.invitedUntil = driver.now() + INVITED_MS;
    onInvited();
    peer.paths.handlePunchNotice({ ...notice, candidates: acceptCandidates(notice.candidates, allows) }, driver.now());
    driver.touch(peer.machine);
  }

  setLocalCandidates(candidates: readonly Candidate[]): void {
    this.#candidates = candidates;
    this.#each((peer, now) => peer.paths.handleLocalCandidates(candidates, now));
  }

  /** What our own NAT seems to do. */
  setNat(nat: NatHint): void {
    this.#nat = nat;
    this.#each((peer, now) => peer.paths.handleOwnNat(nat, now));
  }

  /** A server's answer to one of the extra sockets: for whoever asked. */
  handleStun(data: Uint8Array, from: string): void {
    const address = parseSocketAddress(from);
    if (address !== undefined) this.#each((peer, now) => peer.paths.handleStun(data, address, now));
  }

  /** Sessions at relays came or went. */
  relaysChanged(): void {
    this.#each((peer, now) => peer.paths.handleRelays(this.#relaysFor(peer.entry), now));
  }

  networkChanged(): void {
    this.#desk.handleNetworkChange();
    this.#each((peer, now) => peer.paths.handleNetworkChange(now));
  }

  close(): void {
    this.#measuring.close();
    for (const { machine } of this.#byKey.values()) this.#options.driver.remove(machine);
  }

  #each(action: (peer: Peer, now: number) => void): void {
    const { driver } = this.#options;
    for (const peer of this.#byKey.values()) {
      action(peer, driver.now());
      driver.touch(peer.machine);
    }
  }

  #add(key: NodeKey, entry: NetmapPeer): boolean {
    const { driver, identity, boot, meshId, allows } = this.#options;
    const self = nodeKeyOf(identity.node);
    const discoSecretKey = identity.disco.secretKey;
    const secrets = pairSecrets({ meshId, self, peer: key, discoSecretKey, peerDiscoKey: entry.discoKey });
    if (secrets === undefined) return false;
    const channel = new SealedDisco({ boot, self, peer: key, secrets, random: randomBytes });
    const paths = new PeerPaths({
      channel,
      budget: this.#budget,
      birthdays: this.#desk.forPeer(key),
      random: randomBytes,
      stunServer: () => this.#stunServers[0],
      allows,
    });
    const machine = driven(paths, (now) => fulfil(peer, this.#options, now));
    const handle = this.#upsert(key, secrets, entry);
    const peer: Peer = {
      key,
      handle,
      secrets,
      paths,
      machine,
      entry,
      published: [],
      pathById: new Map(),
      active: false,
      invitedUntil: -Infinity,
    };
    this.#byKey.set(key, peer);
    this.#byHandle.set(handle, peer);
    paths.handleLocalCandidates(this.#candidates, driver.now());
    paths.handleOwnNat(this.#nat, driver.now());
    this.#tellPresence(peer);
    return true;
  }

  #update(peer: Peer, entry: NetmapPeer): void {
    const before = peer.entry;
    peer.entry = entry;
    if (before.ips.join() !== entry.ips.join()) this.#upsert(peer.key, peer.secrets, entry);
    if (before.presence === entry.presence) return;
    if (rebooted(before, entry)) this.#options.engine.reconnect(peer.handle);
    this.#tellPresence(peer);
  }

  #upsert(key: NodeKey, secrets: PairSecrets, { ips }: NetmapPeer): number {
    const { engine, meshId } = this.#options;
    return engine.upsertPeer({
      nodeKey: nodeKeyBytes(key),
      tagKey: secrets.tagKey.reveal(),
      cidKey: secrets.cidKey.reveal(),
      relayId: relayIdOf(meshId, key),
      prefixes: [...hostPrefixes(ips)],
    });
  }

  #tellPresence(peer: Peer): void {
    const { driver, allows } = this.#options;
    const now = driver.now();
    peer.paths.handleCandidates(acceptCandidates(peer.entry.presence?.candidates ?? [], allows), now);
    peer.paths.handleRelays(this.#relaysFor(peer.entry), now);
    driver.touch(peer.machine);
  }

  #remove(peer: Peer): void {
    const { engine, driver } = this.#options;
    peer.paths.handleIdle(driver.now());
    fulfil(peer, this.#options, driver.now());
    engine.removePeer(peer.handle);
    driver.remove(peer.machine);
    this.#byKey.delete(peer.key);
    this.#byHandle.delete(peer.handle);
    this.#desk.forget(peer.key, driver.now());
    this.#options.boot.forget(peer.key);
    this.#setActive(peer, false);
  }

  #setActive(peer: Peer, active: boolean): void {
    peer.active = active;
    if (active) this.#measuring.begin();
    this.#options.onActivity(this.#active().length > 0);
  }

  #active(): readonly Peer[] {
    return [...this.#byKey.values()].filter(({ active }) => active);
  }

  #relaysFor(entry: NetmapPeer): readonly number[] {
    return this.#options.relaysFor(entry.presence?.homeRelay ?? "");
  }
}

function routeOf(via: Extract<EngineEvent, { type: "disco" }>["via"]) {
  if (via.kind === "relay") return { kind: "relay", relay: via.relay } as const;
  const address = parseSocketAddress(via.address);
  return address === undefined ? undefined : ({ kind: "direct", address, ...socketOf(via) } as const);
}

/** A peer that was seen to have started anew: what the engine knows of its connection is void. */
function rebooted(before: NetmapPeer, after: NetmapPeer): boolean {
  const [old, current] = [before.presence?.bootId, after.presence?.bootId];
  return old !== undefined && current !== undefined && !sameBytes(old, current);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
