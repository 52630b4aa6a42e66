// A node that is in the mesh, from `up` to `down`: the one place where engine, control channel, netmap, path machines and host meet.
// Each concern has its file (peers.ts, relays.ts, endpoints.ts, overlay.ts); here they are made, connected, and taken apart in reverse.
import { hostname as hostName } from "node:os";
import type { Logger } from "pino";
import type { ControlClient, ControlEvent, ControlOptions } from "../control/index.ts";
import type { HostNetwork } from "../host/host-network.ts";
import type { NetworkChange } from "../host/network-watch.ts";
import type { EngineEvent, EngineStats, NodeEngine, OpenNodeEngine } from "../engine/index.ts";
import { meshIdOf, portMappingNonce, randomBytes } from "../identity/index.ts";
import { type NetmapState, type NetmapView, viewOf } from "../netmap/index.ts";
import { Boot } from "../paths/boot.ts";
import { type HostPort, formatHostPort, parseHostPort, parseSocketAddress } from "../protocol/address.ts";
import { MeshdError } from "../protocol/errors.ts";
import type { AuthSecret } from "../protocol/messages.ts";
import { type Clock, Driver } from "./driver.ts";
import { Endpoints } from "./endpoints.ts";
import { startEngine, type StartedEngine } from "./engine-start.ts";
import type { Identity } from "./identity-file.ts";
import { type Mesh, saveMesh } from "./mesh-file.ts";
import { NetmapWriter } from "./netmap-file.ts";
import { Netchecker } from "./netcheck.ts";
import { Overlay, type OverlayHost } from "./overlay.ts";
import { Peers } from "./peers.ts";
import { type PortMappingHost, PortMappings } from "./port-mappings.ts";
import type { OpenRelayStream } from "./relay-stream.ts";
import { Relays } from "./relays.ts";
import type { Settings } from "./settings.ts";
import type { TicketStore } from "./ticket-store.ts";

/** What the world is made of; replaced in tests. */
export interface Surroundings {
  readonly openEngine: OpenNodeEngine;
  readonly startControl: (options: ControlOptions) => ControlClient;
  readonly host: OverlayHost;
  readonly network: HostNetwork;
  readonly portMapping: PortMappingHost;
  readonly openRelayStream: OpenRelayStream;
  readonly clock?: Clock;
}

export interface RunningNodeOptions {
  readonly stateDir: string;
  /** Names the state directory. */
  readonly stateId: string;
  readonly identity: Identity;
  readonly settings: Settings;
  readonly mesh: Mesh;
  readonly auth: AuthSecret | undefined;
  readonly netmap: NetmapState | undefined;
  readonly lastPort: number;
  readonly tickets: TicketStore;
  readonly software: string;
  readonly log: Logger;
  readonly surroundings: Surroundings;
  readonly onEvent: (event: NodeEvent) => void;
}

export type NodeEvent =
  /** Something that `status` shows changed. */
  | { readonly type: "changed" }
  /** Progress of joining, for people. */
  | { readonly type: "progress"; readonly stage: "connecting" | "registering" | "configuring"; readonly detail: string }
  /** The coordinator will not have this node (any more). */
  | { readonly type: "refused"; readonly error: MeshdError }
  /** The node cannot go on. */
  | { readonly type: "fatal"; readonly error: unknown };

const TICKET_CHECK_MS = 3_600_000;

export class RunningNode {
  readonly engine: NodeEngine;
  readonly peers: Peers;
  readonly relays: Relays;
  readonly endpoints: Endpoints;
  readonly portMappings: PortMappings;
  readonly netchecker: Netchecker;
  readonly control: ControlClient;
  readonly tunName: string;
  readonly #options: RunningNodeOptions;
  readonly #driver: Driver;
  readonly #overlay: Overlay;
  readonly #netmapWriter: NetmapWriter;
  readonly #ticketTimer: NodeJS.Timeout;
  #mesh: Mesh;
  #meshSaved = false;
  #view: NetmapView | undefined;
  #overlayReady = false;
  #storageProblem: string | undefined;
  #closed = false;
  /** Why the coordinator is not connected; undefined while it is. */
  #controlError: MeshdError | undefined;

  /** Errors: `MeshdError` for what the user can do something about. */
  static async start(options: RunningNodeOptions): Promise<RunningNode> {
    const { identity, settings, lastPort, surroundings } = options;
    const boot = new Boot(randomBytes);
    const early: EngineEvent[] = [];
    let deliver = (events: readonly EngineEvent[]): void => void early.push(...events);
    const started = await startEngine(
      surroundings.openEngine,
      {
        nodeSeed: identity.node.seed.reveal(),
        bootId: boot.id,
        port: settings.port,
        lastPort,
        tun: settings.tun,
      },
      (events) => deliver(events),
    );
    const node = new RunningNode(options, boot, started);
    deliver = (events) => {
      node.#handleEngineEvents(events);
    };
    deliver(early);
    return node;
  }

  private constructor(options: RunningNodeOptions, boot: Boot, { engine, tun }: StartedEngine) {
    const { stateDir, stateId, identity, settings, mesh, surroundings, log } = options;
    const meshId = meshIdOf(mesh.rootKey);
    this.#options = options;
    this.#mesh = mesh;
    this.engine = engine;
    this.tunName = tun.name;
    engine.setShieldsUp(settings.shieldsUp);
    const driver = new Driver(surroundings.clock);
    this.#driver = driver;
    this.#netmapWriter = new NetmapWriter(stateDir, (error) => this.#storageFailed(error));
    this.portMappings = new PortMappings({
      engine,
      driver,
      tunName: tun.name,
      host: surroundings.portMapping,
      nonce: (port) => portMappingNonce(identity.node, port),
      onChange: () => this.endpoints.gather(),
      onLog: (message) => log.info(message),
    });
    this.netchecker = new Netchecker({
      engine,
      driver,
      view: () => this.#view,
      localIps: () => this.endpoints.localIps,
      portMapping: () => this.portMappings.report(),
    });
    this.endpoints = new Endpoints({
      engine,
      driver,
      tunName: tun.name,
      observed: () => this.relays.observed(),
      portMapped: () => this.portMappings.external(),
      onCandidates: () => {
        this.#publishEndpoints();
        this.peers.setLocalCandidates(this.endpoints.candidates);
      },
      onNat: (nat) => this.peers.setNat(nat),
      onNetworkChange: (change) => this.#networkChanged(change),
      network: surroundings.network,
    });
    this.relays = new Relays({
      engine,
      driver,
      identity,
      meshId,
      tickets: options.tickets,
      openStream: surroundings.openRelayStream,
      requestTickets: (relays) => this.control.requestTickets(relays),
      onChange: () => {
        this.#publishEndpoints();
        this.peers.relaysChanged();
        this.#changed();
      },
      onObserved: (moved) => {
        if (moved) {
          this.endpoints.mappingChanged();
          this.portMappings.networkChanged();
        }
        this.endpoints.gather();
      },
      onLog: (message) => log.info(message),
    });
    this.peers = new Peers({
      engine,
      driver,
      identity,
      boot,
      meshId,
      allows: this.endpoints.allows,
      relaysFor: (homeRelay) => this.relays.handlesFor(homeRelay),
      requestPunch: (request) => this.control.requestPunch(request),
      onActivity: (active) => {
        this.endpoints.handleActivity(active);
        this.#wantRelays();
      },
      onPaths: (peer, reason) => log.info({ peer: peer.entry.hostname, paths: peer.published }, reason),
    });
    this.#overlay = new Overlay({
      engine,
      tun,
      stateDir,
      stateId,
      acceptDns: settings.acceptDns,
      host: surroundings.host,
    });
    this.control = surroundings.startControl({
      rootKey: mesh.rootKey,
      node: identity.node,
      disco: identity.disco,
      bootId: boot.id,
      hostname: settings.hostname ?? hostName(),
      os: process.platform,
      software: options.software,
      coordinators: mesh.coordinators,
      ...(options.auth === undefined ? {} : { auth: options.auth }),
      ...(options.netmap === undefined ? {} : { netmap: options.netmap }),
      onEvent: (event) => this.#handleControlEvent(event),
    });
    this.#ticketTimer = setInterval(() => this.relays.renewTickets(), TICKET_CHECK_MS);
    if (options.netmap !== undefined) this.#applyNetmap(viewOf(options.netmap));
    this.endpoints.gather();
    void this.portMappings.setEnabled(settings.portMapping);
  }

  /** Addresses and routes are in place: packets can flow, with or without the coordinator. */
  get overlayReady(): boolean {
    return this.#overlayReady;
  }

  get view(): NetmapView | undefined {
    return this.#view;
  }

  get mesh(): Mesh {
    return this.#mesh;
  }

  /** With what it joins; undefined for a member. */
  get auth(): AuthSecret | undefined {
    return this.#options.auth;
  }

  get controlError(): MeshdError | undefined {
    return this.#controlError;
  }

  get health(): readonly string[] {
    return [
      ...(this.#controlError === undefined ? [] : [this.#controlError.message]),
      ...(this.#storageProblem === undefined ? [] : [this.#storageProblem]),
      ...this.#overlay.health,
      ...this.peers.problems,
      ...(this.#view?.problems ?? []).map(({ name, problem }) => `the netmap's ${name} cannot be used: ${problem}`),
    ];
  }

  stats(): Promise<EngineStats> {
    return this.engine.stats();
  }

  /** Takes over the settings that need no new connection. */
  async applySettings(settings: Settings): Promise<void> {
    this.engine.setShieldsUp(settings.shieldsUp);
    await this.portMappings.setEnabled(settings.portMapping);
    await this.#overlay.setAcceptDns(settings.acceptDns);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#ticketTimer);
    const unmapped = this.portMappings.close();
    await this.#overlay.close();
    await this.control.close();
    await unmapped;
    this.peers.close();
    this.relays.close();
    this.endpoints.close();
    this.#driver.close();
    await this.#netmapWriter.close();
    this.engine.closeTun();
    await this.engine.close();
  }

  #handleEngineEvents(events: readonly EngineEvent[]): void {
    if (this.#closed) return;
    for (const event of events) {
      switch (event.type) {
        case "stun":
          if (event.socket === undefined) {
            this.endpoints.handleStun(event.data, event.address);
            this.netchecker.handleStun(event.data, event.address);
          } else this.peers.handleStun(event.data, event.address);
          break;
        case "relay-control": {
          const from = parseSocketAddress(event.address);
          if (from !== undefined) this.relays.handleDatagram(event.data, from);
          break;
        }
        case "fatal":
          this.#options.onEvent({
            type: "fatal",
            error: new MeshdError("engine", 1, `the engine stopped: ${event.reason}`),
          });
          return;
        case "tun-closed":
          // Somebody deleted the device, or it broke: nothing of it can be saved.
          this.#options.onEvent({
            type: "fatal",
            error: new MeshdError("engine", 1, `the network interface is gone (${event.reason}); making it anew`),
          });
          return;
        case "path-dead":
          this.#pathDied();
          this.peers.handleEvent(event);
          this.#changed();
          break;
        case "relay-transmit":
          this.relays.handleAwake(event.relay);
          break;
        case "disco":
        case "source-seen":
          this.peers.handleEvent(event);
          break;
        default:
          this.peers.handleEvent(event);
          this.#changed();
      }
    }
  }

  /** The first sign of a change of this host's network, or of the router in front of it. */
  #pathDied(): void {
    this.relays.checkSessions();
    this.endpoints.checkNetwork();
  }

  #handleControlEvent(event: ControlEvent): void {
    if (this.#closed) return;
    const { log, onEvent } = this.#options;
    switch (event.kind) {
      case "connecting": {
        const detail = `connecting to ${event.coordinators.map(formatHostPort).join(", ")}`;
        onEvent({ type: "progress", stage: "connecting", detail });
        break;
      }
      case "connected":
        this.#controlError = undefined;
        log.info({ coordinator: formatHostPort(event.coordinator) }, "connected to the coordinator");
        onEvent({ type: "progress", stage: "registering", detail: "registered; waiting for the netmap" });
        this.#rememberMesh();
        this.relays.renewTickets();
        break;
      case "disconnected":
        this.#controlError = event.error;
        log.warn({ retryInMs: event.retryInMs }, event.error.message);
        break;
      case "refused":
        this.#controlError = event.error;
        log.error(event.error.message);
        onEvent({ type: "refused", error: event.error });
        break;
      case "netmap":
        this.#netmapWriter.write(event.state);
        this.#applyNetmap(event.view);
        break;
      case "punch-notice":
        this.peers.handlePunchNotice(event);
        return;
      case "ticket":
        this.#options.tickets.put(event.relay, event.ticket).catch((error: unknown) => this.#storageFailed(error));
        this.relays.handleTicket(event.relay, event.ticket);
        return;
    }
    this.#changed();
  }

  #applyNetmap(view: NetmapView): void {
    this.#view = view;
    const coordinators = (view.mesh?.coordinators ?? []).flatMap((text) => parseHostPort(text) ?? []);
    if (coordinators.length > 0) this.#coordinatorsMoved(coordinators);
    this.endpoints.applyNetmap(view);
    this.relays.applyNetmap(view);
    this.peers.applyNetmap(view);
    this.#wantRelays();
    if (view.self === undefined || view.mesh === undefined) return;
    if (!this.#overlayReady) {
      this.#options.onEvent({ type: "progress", stage: "configuring", detail: `configuring ${this.tunName}` });
    }
    this.#overlay.apply(view).then(
      () => {
        this.#overlayReady = true;
        this.#changed();
      },
      (error: unknown) => this.#options.onEvent({ type: "fatal", error }),
    );
  }

  /** Packets for a peer meet it at its home relay. */
  #wantRelays(): void {
    const active = [...this.peers.all()].filter((peer) => peer.active);
    this.relays.setWanted(active.map(({ entry }) => entry.presence?.homeRelay ?? ""));
  }

  #coordinatorsMoved(coordinators: readonly HostPort[]): void {
    const text = (list: readonly HostPort[]): string => list.map(formatHostPort).join();
    if (text(coordinators) === text(this.#mesh.coordinators)) return;
    this.#mesh = { ...this.#mesh, coordinators };
    // Not before the coordinator took this node in: until then it is in no mesh.
    if (this.#meshSaved) this.#saveMesh();
  }

  #rememberMesh(): void {
    if (this.#meshSaved) return;
    this.#meshSaved = true;
    this.#saveMesh();
  }

  #saveMesh(): void {
    saveMesh(this.#options.stateDir, this.#mesh).catch((error: unknown) => this.#storageFailed(error));
  }

  #publishEndpoints(): void {
    this.control.setEndpoints(this.endpoints.candidates, this.relays.home);
  }

  #networkChanged({ moved }: NetworkChange): void {
    this.#options.log.info({ moved }, "the host's network changed");
    this.control.networkChanged(moved);
    void this.#rebind();
    this.relays.networkChanged();
    this.peers.networkChanged();
  }

  /** The port of before is taken again where it can be; where it cannot, the candidates change. */
  async #rebind(): Promise<void> {
    try {
      await this.engine.rebind();
      if (this.#closed) return;
      this.endpoints.gather();
      this.portMappings.networkChanged();
    } catch (error) {
      this.#options.log.warn(`the sockets could not be bound anew: ${messageOf(error)}`);
    }
  }

  #storageFailed(error: unknown): void {
    this.#storageProblem = `state cannot be written to ${this.#options.stateDir}: ${messageOf(error)}`;
    this.#options.log.error(this.#storageProblem);
    this.#changed();
  }

  #changed(): void {
    if (!this.#closed) this.#options.onEvent({ type: "changed" });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
