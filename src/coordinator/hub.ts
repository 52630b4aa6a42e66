// The coordinator at work: admits nodes, keeps their sessions, and lets every change of the mesh reach all who are to know.
// It owns no decision of its own beyond that: who may join is the registry's, what a session may say is the session's, what
// an update holds is the publisher's.
import type { Logger } from "pino";
import type { ByteStream } from "../channel/byte-stream.ts";
import { verifyHeader } from "../netmap/header.ts";
import { MAX_OBSERVED_IPS } from "../protocol/limits.ts";
import type { MeshEntry, RelayEntry, RelayObservation, SignedNetmapHeader } from "../protocol/messages.ts";
import type { NodeKey } from "../protocol/node-key.ts";
import { acceptableClaims } from "./claims.ts";
import type { SessionEvent } from "./control-session.ts";
import { FrontDoor } from "./front-door.ts";
import type { Member } from "./members.ts";
import type { MeshState } from "./mesh-state.ts";
import type { HubStats } from "./metrics.ts";
import { NetmapPublisher } from "./netmap-publisher.ts";
import { ObservedAddresses } from "./observed-addresses.ts";
import { OfferDesk } from "./offer-desk.ts";
import { formatPrefix } from "./prefixes.ts";
import { PresenceBook } from "./presence.ts";
import { PunchBroker, type SeenNode } from "./punch-broker.ts";
import { REFUSALS } from "./refusals.ts";
import { RelayDesk } from "./relay-desk.ts";
import type { OfferedRelays } from "./offered-relays.ts";
import type { ProveRelay } from "./relay-prober.ts";
import type { RelayRegistry } from "./relay-registry.ts";
import type { JoinRequest, Refusal, Registry } from "./registry.ts";
import type { RunningSession } from "./session-runner.ts";
import { TicketOffice, VALID_MS as TICKET_VALID_MS } from "./ticket-office.ts";

/** Changes within this time become one update. */
const COALESCE_MS = 10;
const SWEEP_EVERY_MS = 15_000;
/** As the one who saw a node: no relay can have this name. */
const OWN_RELAY = "";
/** An ephemeral node may reconnect for this long before it is removed. */
export const EPHEMERAL_GRACE_MS = 5 * 60_000;

export interface HubDependencies {
  readonly mesh: MeshState;
  readonly registry: Registry;
  readonly relayRegistry: RelayRegistry;
  readonly offeredRelays: OfferedRelays;
  /** How relays that members offer are tried; undefined: the operator takes none. */
  readonly proveRelay: ProveRelay | undefined;
  readonly log: Logger;
  /** Monotonic ms. */
  readonly now: () => number;
  readonly nowUnixMs: () => number;
  /** A node is no member any more: relays of this process end its session. */
  readonly onRemoved: (nodeKey: NodeKey) => void;
}

interface Connection {
  readonly running: RunningSession;
  readonly nodeKey: NodeKey;
}

export class ControlHub {
  readonly relays: RelayDesk;
  readonly offers: OfferDesk;
  readonly #mesh: MeshState;
  readonly #registry: Registry;
  readonly #log: Logger;
  readonly #now: () => number;
  readonly #nowUnixMs: () => number;
  readonly #onRemoved: (nodeKey: NodeKey) => void;
  readonly #publisher: NetmapPublisher;
  readonly #presence = new PresenceBook();
  readonly #broker: PunchBroker;
  readonly #tickets: TicketOffice;
  /** The one session of each node that is connected. */
  readonly #connections = new Map<NodeKey, Connection>();
  readonly #door: FrontDoor;
  readonly #startedUnixMs: number;
  readonly #sweep: NodeJS.Timeout;
  readonly #observed = new ObservedAddresses();
  readonly #refusals = new Map<Refusal, number>();
  #flush: NodeJS.Timeout | undefined;
  /** Of this process. */
  #ownRelays: readonly RelayEntry[] = [];
  #coordinators: readonly string[] = [];

  constructor(dependencies: HubDependencies) {
    const { mesh, registry, now, nowUnixMs } = dependencies;
    this.#mesh = mesh;
    this.#registry = registry;
    this.#log = dependencies.log;
    this.#now = now;
    this.#nowUnixMs = nowUnixMs;
    this.#onRemoved = dependencies.onRemoved;
    this.#publisher = new NetmapPublisher({
      root: mesh.root,
      epoch: mesh.epoch,
      nextVersion: mesh.nextVersion,
      nowUnixMs,
    });
    this.#broker = new PunchBroker((nodeKey) => this.#seen(nodeKey));
    this.#tickets = new TicketOffice(mesh.root, nowUnixMs);
    this.#door = new FrontDoor({
      root: mesh.root,
      netmap: this.#publisher,
      prefixes: [mesh.ipv4, mesh.ipv6].map(formatPrefix),
      log: dependencies.log,
      now,
      nowUnixMs,
      onEvent: (running, event) => {
        this.#handleEvent(running, event);
      },
    });
    this.relays = new RelayDesk({
      registry: dependencies.relayRegistry,
      log: dependencies.log,
      revoked: () => registry.removedSince(nowUnixMs() - TICKET_VALID_MS),
      offering: () => this.offers.sessions(),
      isTaken: (name) => this.offers.isTaken(name),
      coordinators: () => this.#coordinators,
      onChange: () => {
        this.#publishRelays();
      },
    });
    this.offers = new OfferDesk({
      store: dependencies.offeredRelays,
      prove: dependencies.proveRelay,
      overlay: [mesh.ipv4, mesh.ipv6],
      hostnameOf: (nodeKey) => registry.member(nodeKey)?.hostname,
      isRelayName: (name) => this.relays.isRelayName(name),
      tellRevocations: (running, name) => {
        running.session.handleRevocations(this.relays.revocationsFor(name));
      },
      log: dependencies.log,
      now,
      onChange: () => {
        this.#publishRelays();
      },
    });
    this.#startedUnixMs = nowUnixMs();
    for (const member of registry.members()) {
      this.#introduce(member);
      this.#publisher.put(this.#presence.remember(member.nodeKey, member.lastSeenMs));
    }
    this.#publishRelays();
    this.#sweep = setInterval(() => {
      this.#handleSweep();
    }, SWEEP_EVERY_MS);
  }

  get netmapVersion(): number {
    return this.#publisher.version;
  }

  get stats(): HubStats {
    return {
      sessions: this.#connections.size,
      netmapVersion: this.#publisher.version,
      netmapUpdates: this.#publisher.updatesMade,
      refusals: this.#refusals,
    };
  }

  isOnline(nodeKey: NodeKey): boolean {
    return this.#presence.isOnline(nodeKey);
  }

  lastSeenUnixMs(nodeKey: NodeKey): number | undefined {
    return this.#presence.entry(nodeKey)?.lastSeenUnixMs;
  }

  setMeshEntry(entry: MeshEntry): void {
    this.#coordinators = entry.coordinators;
    if (this.#publisher.put(entry)) this.#scheduleFlush();
  }

  /** The relay of this process; those that run by themselves, or that members offer, are the desks'. */
  setRelays(relays: readonly RelayEntry[]): void {
    this.#ownRelays = relays;
    this.#publishRelays();
  }

  #publishRelays(): void {
    const relays = [...this.#ownRelays, ...this.relays.entries(), ...this.offers.entries()];
    const { added, removed } = this.#tickets.setRelays(relays);
    for (const name of removed) this.#publisher.removeEntry(`relay/${name}`);
    for (const relay of relays) this.#publisher.put(relay);
    if (added.length > 0) {
      for (const { running, nodeKey } of this.#connections.values()) this.#grantTickets(running, nodeKey, added);
    }
    this.#scheduleFlush();
  }

  /** The relay of this process admitted a member that it sees at this IP. */
  handleRelayed(nodeKey: NodeKey, ip: string): void {
    this.#observed.note(nodeKey, OWN_RELAY, ip);
  }

  /** Takes over a stream of a new session. */
  accept(stream: ByteStream): void {
    this.#door.accept(stream);
  }

  /** Errors: `MeshdError` of the registry. */
  async removeNode(nodeKey: NodeKey): Promise<Member> {
    const removed = await this.#registry.remove(nodeKey);
    this.#publisher.removeNode(nodeKey);
    this.#presence.forget(nodeKey);
    this.#observed.forget(nodeKey);
    this.#tickets.forget(nodeKey);
    this.#onRemoved(nodeKey);
    this.offers.remove(nodeKey);
    this.relays.revoke(nodeKey);
    this.#dismiss(nodeKey, "removed", "this node was removed from the mesh");
    this.#log.info({ node: removed.hostname }, "node removed");
    // At once: the others end their connections to it when they hear of it.
    this.#flushNow();
    return removed;
  }

  /** Errors: `MeshdError` of the registry. */
  async renameNode(nodeKey: NodeKey, name: string): Promise<Member> {
    const member = await this.#registry.rename(nodeKey, name);
    this.#introduce(member);
    this.#scheduleFlush();
    return member;
  }

  /** Says goodbye to all, and resolves when all sessions are closed. */
  async close(): Promise<void> {
    clearInterval(this.#sweep);
    clearTimeout(this.#flush);
    await this.#door.close();
  }

  #handleEvent(running: RunningSession, event: SessionEvent): void {
    const { nodeKey } = running.session;
    switch (event.kind) {
      case "join":
        void this.#join(running, event.request, event.resume);
        break;
      case "ended":
        if (event.refusal) this.#refusals.set(event.refusal, (this.#refusals.get(event.refusal) ?? 0) + 1);
        this.#handleEnd(running);
        this.relays.handleEnd(running);
        this.offers.handleEnd(running);
        break;
      case "relay-join":
        void this.relays.join(running, event.request);
        break;
      case "relay-addresses":
        this.relays.handleAddresses(running, event.addresses);
        break;
      case "relay-observations":
        this.#handleObservations(this.relays.nameOf(running), event.observations);
        break;
      case "relay-offer":
        if (nodeKey !== undefined) this.offers.handleOffer(running, nodeKey, event.udpAddresses);
        break;
      case "endpoints":
        if (nodeKey !== undefined) this.#handleEndpoints(nodeKey, event);
        break;
      case "punch":
        if (nodeKey !== undefined) {
          for (const { to, message } of this.#broker.handleRequest(nodeKey, event.request, this.#now())) {
            const target = this.#connections.get(to)?.running;
            target?.session.handleNotice(message);
            target?.pump();
          }
        }
        break;
      case "tickets-wanted":
        if (nodeKey !== undefined) this.#grantTickets(running, nodeKey, event.relays);
        break;
      case "logout":
        if (nodeKey !== undefined) {
          this.removeNode(nodeKey).catch((error: unknown) => {
            this.#log.error({ err: error }, "logout failed");
          });
        }
    }
  }

  async #join(running: RunningSession, request: JoinRequest, resume: SignedNetmapHeader | undefined): Promise<void> {
    const { session } = running;
    try {
      const since = resume && (await this.#resumePoint(request.nodeKey, resume));
      const result = await this.#registry.join(request);
      if (result.kind === "refused") {
        this.#log.info({ status: result.status }, "a node may not join");
        session.handleRefused(result.status, REFUSALS[result.status]);
      } else {
        this.#introduce(result.member);
        if (result.isNew) this.relays.restore(request.nodeKey);
        if (result.isNew) this.#log.info({ node: result.member.hostname, ips: result.member.ips }, "node joined");
        this.#connect(running, result.member, since);
      }
    } catch (error) {
      this.#log.error({ err: error }, "a node could not be admitted");
      session.handleGoodbye("overloaded", "the coordinator cannot write its state");
    }
    running.pump();
    this.#scheduleFlush();
  }

  /** The version to go on from, if the header that a node shows is of this epoch; an epoch beyond ours is left behind. */
  async #resumePoint(nodeKey: NodeKey, resume: SignedNetmapHeader): Promise<number | undefined> {
    const header = verifyHeader({ rootKey: this.#mesh.root.publicKey, recipient: nodeKey }, resume);
    if ("reason" in header) return undefined;
    const { epoch, version } = header;
    const isAhead = epoch > this.#mesh.epoch || (epoch === this.#mesh.epoch && version > this.#publisher.version);
    if (isAhead) {
      await this.#mesh.raiseEpochAbove(epoch);
      this.#publisher.setEpoch(this.#mesh.epoch);
      this.#log.warn(
        { epoch: this.#mesh.epoch },
        "a node has seen a newer state than this one: restored from a backup?",
      );
    }
    return epoch === this.#mesh.epoch ? version : undefined;
  }

  #connect(running: RunningSession, { nodeKey }: Member, since: number | undefined): void {
    const { session } = running;
    if (session.hasEnded) return;
    session.handleJoined(since, this.#now());
    const { bootId } = session;
    if (bootId === undefined) return;
    this.#dismiss(nodeKey, "replaced", "a newer session of this node took over");
    this.#connections.set(nodeKey, { running, nodeKey });
    this.#publisher.put(this.#presence.cameOnline(nodeKey, bootId, this.#nowUnixMs()));
    this.#grantTickets(running, nodeKey);
  }

  #handleEndpoints(nodeKey: NodeKey, endpoints: SessionEvent & { kind: "endpoints" }): void {
    const claims = acceptableClaims(endpoints.candidates, [this.#mesh.ipv4, this.#mesh.ipv6]);
    const entry = this.#presence.moved(nodeKey, claims, endpoints.homeRelay);
    if (entry !== undefined && this.#publisher.put(entry)) this.#scheduleFlush();
  }

  #seen(nodeKey: NodeKey): SeenNode | undefined {
    const candidates = this.#presence.candidatesOf(nodeKey);
    if (candidates === undefined) return undefined;
    const control = this.#connections.get(nodeKey)?.running.remoteIp;
    // The channel may come through a proxy, so it is the first to give way.
    const observed = [...this.#observed.of(nodeKey), ...(control === undefined ? [] : [control])];
    return { candidates, observed: [...new Set(observed)].slice(0, MAX_OBSERVED_IPS) };
  }

  #handleObservations(relay: string | undefined, observations: readonly RelayObservation[]): void {
    if (relay === undefined) return;
    for (const { nodeKey, ip } of observations) {
      if (this.#registry.member(nodeKey) !== undefined) this.#observed.note(nodeKey, relay, ip);
    }
  }

  #handleEnd(running: RunningSession): void {
    for (const [nodeKey, connection] of this.#connections) {
      if (connection.running !== running) continue;
      this.#connections.delete(nodeKey);
      const entry = this.#presence.wentOffline(nodeKey, this.#nowUnixMs());
      if (entry !== undefined && this.#publisher.put(entry)) this.#scheduleFlush();
      this.#registry.saw(nodeKey).catch((error: unknown) => {
        this.#log.error({ err: error }, "cannot write when a node was last seen");
      });
      return;
    }
  }

  /** Ends a node's session without its going offline being news. */
  #dismiss(nodeKey: NodeKey, reason: "removed" | "replaced", message: string): void {
    const connection = this.#connections.get(nodeKey);
    if (connection === undefined) return;
    this.#connections.delete(nodeKey);
    connection.running.session.handleGoodbye(reason, message);
    connection.running.pump();
  }

  #introduce(member: Member): void {
    const { nodeKey, discoKey, discoSignature, hostname, ips, tags, os } = member;
    this.#publisher.put({ kind: "peer", nodeKey, discoKey, discoSignature, hostname, ips, routes: [], tags, os });
    this.#publisher.putSelf({ kind: "self", nodeKey, hostname, ips, tags });
  }

  #grantTickets(running: RunningSession, nodeKey: NodeKey, relays?: readonly string[]): void {
    for (const { relay, ticket } of this.#tickets.grant(nodeKey, relays)) running.session.handleTicket(relay, ticket);
    running.pump();
  }

  #handleSweep(): void {
    this.offers.handleSweep();
    for (const { running, nodeKey } of this.#connections.values()) {
      if (this.#tickets.isRenewalDue(nodeKey)) this.#grantTickets(running, nodeKey);
    }
    const now = this.#nowUnixMs();
    for (const member of this.#registry.members()) {
      if (!member.ephemeral || this.isOnline(member.nodeKey)) continue;
      const goneSince = Math.max(this.lastSeenUnixMs(member.nodeKey) ?? 0, this.#startedUnixMs);
      if (now - goneSince < EPHEMERAL_GRACE_MS) continue;
      this.removeNode(member.nodeKey).catch((error: unknown) => {
        this.#log.error({ err: error, node: member.hostname }, "cannot remove an ephemeral node");
      });
    }
  }

  #scheduleFlush(): void {
    this.#flush ??= setTimeout(() => {
      this.#flushNow();
    }, COALESCE_MS);
  }

  #flushNow(): void {
    clearTimeout(this.#flush);
    this.#flush = undefined;
    for (const { running } of this.#connections.values()) {
      running.session.handleNetmapChanged();
      running.pump();
    }
  }
}
