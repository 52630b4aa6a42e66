// A node: who it is, the host it runs on, whom it knows, and the run of its program.
import {
  type DiscoKey,
  discoKeyFromSecret,
  nodeKeyOf,
  type SigningKey,
  signingKeyFromSeed,
} from "../../src/identity/index.ts";
import type { PunchInvitation } from "../../src/paths/index.ts";
import type { NodeKey, SocketAddress } from "../../src/protocol/index.ts";
import type { Member, Presence } from "./coordinator.ts";
import type { EngineModel, PathKind } from "./engine-model.ts";
import { Host, type Place, type Places } from "./host.ts";
import { NodeProcess } from "./node-process.ts";
import type { PeerIdentity } from "./node-peers.ts";
import type { Surroundings } from "./surroundings.ts";

/** A new control connection, by TCP and TLS, after the network changed. */
const RECONNECT_MS = 200;
/** The host looks at its clocks once a second. */
const SLEEP_CHECK_MS = 1000;

export type UsedPath = Exclude<PathKind, "relay"> | "relay-udp" | "relay-tcp";

export class SimNode implements Member, PeerIdentity {
  readonly name: string;
  readonly key: NodeKey;
  readonly discoKey: DiscoKey;
  readonly host: Host;
  readonly #identity: SigningKey;
  readonly #world: Surroundings;
  readonly #known: PeerIdentity[] = [];
  #process: NodeProcess;

  constructor(name: string, world: Surroundings, places: Places) {
    this.name = name;
    this.#world = world;
    this.#identity = signingKeyFromSeed(world.random.bytes(32));
    this.discoKey = discoKeyFromSecret(world.random.bytes(32));
    this.key = nodeKeyOf(this.#identity);
    this.host = new Host(world.timeline, world.network, places);
    this.#process = this.#newProcess();
    world.coordinator.join(this);
  }

  /** Joins the mesh. */
  start(): void {
    this.#process.start();
    this.#world.coordinator.connect(this.key);
  }

  meet(node: PeerIdentity): void {
    this.#known.push(node);
    this.#process.peers.add(node);
  }

  engineFor(node: SimNode): EngineModel {
    return this.#process.peers.get(node.key).engine;
  }

  pathTo(node: SimNode): UsedPath {
    const used = this.engineFor(node).used();
    if (used?.kind !== "relay") return used?.kind ?? "none";
    return this.#process.relays.accessOf(used.relay)?.kind ?? "none";
  }

  get homeRelay(): string {
    return this.#process.relays.home;
  }

  /** How its nearest relay is reached. */
  get relayAccess(): UsedPath {
    const { relays } = this.#process;
    const [handle] = relays.handlesFor("");
    return (handle === undefined ? undefined : relays.accessOf(handle)?.kind) ?? "none";
  }

  get address(): SocketAddress {
    const [address] = this.host.addresses();
    if (address === undefined) throw new Error("no address");
    return address;
  }

  sendTraffic(node: SimNode): void {
    if (!this.host.clock.isAsleep) this.#process.peers.sendTraffic(node.key);
  }

  // ---- what happens to it

  /** To another network; the host notices. */
  move(places: Places): void {
    this.#note("moves to another network");
    this.host.move(places);
    this.noticeNetworkChange();
  }

  noticeNetworkChange(): void {
    this.#world.coordinator.cut(this.key, RECONNECT_MS);
    this.#process.handleNetworkChange();
  }

  /** The program dies, and is started again `ms` later. */
  restart(ms: number): void {
    this.#note("is killed");
    this.#process.stop();
    this.#world.coordinator.cut(this.key, ms + RECONNECT_MS);
    this.#process = this.#newProcess();
    this.#world.timeline.after(ms, () => {
      this.#note("starts again");
      for (const node of this.#known) this.#process.peers.add(node);
      this.#process.start();
    });
  }

  /** The host is suspended for that long, and finds out within a second. */
  sleep(ms: number): void {
    this.#note("falls asleep");
    this.host.clock.sleep();
    this.#world.coordinator.cut(this.key, ms + SLEEP_CHECK_MS + RECONNECT_MS);
    this.#world.timeline.after(ms, () => {
      this.#note("wakes up");
      this.host.clock.wake();
      this.host.clock.setTimer(
        () => {
          this.noticeNetworkChange();
        },
        this.#world.random.integer(0, SLEEP_CHECK_MS),
      );
    });
  }

  // ---- Member

  seenIps(): readonly string[] {
    const relay = this.#world.relays.find(({ name }) => name === this.homeRelay);
    const relayed = relay?.seenIpOf(this.key);
    return [...new Set([relayed, outsideIp(this.host.mainPlace)].filter((ip) => ip !== undefined))];
  }

  handlePresence(peer: NodeKey, presence: Presence): void {
    this.#process.handlePresence(peer, presence);
  }

  handleNotice(peer: NodeKey, invitation: PunchInvitation): void {
    this.#process.handleNotice(peer, invitation);
  }

  handleConnected(): void {
    this.#process.handleConnected();
  }

  #newProcess(): NodeProcess {
    return new NodeProcess({ world: this.#world, host: this.host, self: this, identity: this.#identity });
  }

  #note(what: string): void {
    this.#world.journal.note(this.name, () => what);
  }
}

/** As seen on the internet. */
export function outsideIp({ site, ip }: Place): string {
  let outside = ip;
  for (let at = site; at.router !== undefined && at.parent !== undefined; at = at.parent) {
    if (at.router.behaviour.mapping !== "none") outside = at.router.publicIp;
  }
  return outside;
}
