// A node that is in the mesh, from `up` to `down`: the one place where engine, control channel, netmap, path machines and host meet.
// node-parts.ts makes and connects them; engine-events.ts and coordinator-contact.ts bring them the news, applied-netmap.ts the netmap.
// Here the node begins, answers for its state, and is taken apart in reverse.
import type { ControlClient } from "../control/index.ts";
import type { EngineEvent, EngineStats, NodeEngine } from "../engine/index.ts";
import type { NetworkChange } from "../host/network-watch.ts";
import { randomBytes } from "../identity/index.ts";
import { type NetmapView, viewOf } from "../netmap/index.ts";
import { Boot } from "../paths/boot.ts";
import type { MeshdError } from "../protocol/errors.ts";
import type { AuthSecret } from "../protocol/messages.ts";
import { AppliedNetmap } from "./applied-netmap.ts";
import { CoordinatorContact } from "./coordinator-contact.ts";
import type { Endpoints } from "./endpoints.ts";
import { deliverEngineEvents } from "./engine-events.ts";
import { startEngine, type StartedEngine } from "./engine-start.ts";
import { Membership } from "./membership.ts";
import type { Mesh } from "./mesh-file.ts";
import type { Netchecker } from "./netcheck.ts";
import { NetmapWriter } from "./netmap-file.ts";
import { adoptNetwork } from "./network-changes.ts";
import type { NodeEvent } from "./node-event.ts";
import { connectParts, type NodeParts, type NodePartsOptions } from "./node-parts.ts";
import type { OfferedRelay } from "./offered-relay.ts";
import type { Peers } from "./peers.ts";
import type { Relays } from "./relays.ts";
import type { Settings } from "./settings.ts";

export interface RunningNodeOptions extends NodePartsOptions {
  readonly lastPort: number;
  readonly onEvent: (event: NodeEvent) => void;
}

const TICKET_CHECK_MS = 3_600_000;

export class RunningNode {
  readonly #options: RunningNodeOptions;
  readonly #parts: NodeParts;
  readonly #membership: Membership;
  readonly #applied: AppliedNetmap;
  readonly #contact: CoordinatorContact;
  readonly #netmapWriter: NetmapWriter;
  readonly #ticketTimer: NodeJS.Timeout;
  #storageProblem: string | undefined;
  #closed = false;

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

  private constructor(options: RunningNodeOptions, boot: Boot, started: StartedEngine) {
    const { stateDir, settings, mesh, netmap, tickets, log } = options;
    this.#options = options;
    const onEvent = (event: NodeEvent): void => this.#tell(event);
    const onStorageError = (error: unknown): void => this.#storageFailed(error);
    this.#membership = new Membership(mesh, stateDir, onStorageError);
    this.#netmapWriter = new NetmapWriter(stateDir, onStorageError);
    this.#contact = new CoordinatorContact({
      ...{ membership: this.#membership, netmapWriter: this.#netmapWriter, tickets, log, onEvent, onStorageError },
      parts: () => this.#parts,
      applied: () => this.#applied,
    });
    started.engine.setShieldsUp(settings.shieldsUp);
    this.#parts = connectParts(options, boot, started, {
      view: () => this.view,
      onControlEvent: (event) => {
        if (!this.#closed) this.#contact.handle(event);
      },
      onNetworkChange: (change) => this.#networkChanged(change),
      onChange: () => this.#changed(),
      onStorageError,
    });
    this.#applied = new AppliedNetmap(this.#parts, this.#membership, onEvent);
    this.#ticketTimer = setInterval(() => this.relays.renewTickets(), TICKET_CHECK_MS);
    if (netmap !== undefined) this.#applied.apply(viewOf(netmap));
    this.endpoints.gather();
    void this.#parts.portMappings.setEnabled(settings.portMapping);
    void this.#parts.offeredRelay.apply(settings);
  }

  get engine(): NodeEngine {
    return this.#parts.engine;
  }

  get peers(): Peers {
    return this.#parts.peers;
  }

  get relays(): Relays {
    return this.#parts.relays;
  }

  get endpoints(): Endpoints {
    return this.#parts.endpoints;
  }

  get netchecker(): Netchecker {
    return this.#parts.netchecker;
  }

  get offeredRelay(): OfferedRelay {
    return this.#parts.offeredRelay;
  }

  get control(): ControlClient {
    return this.#parts.control;
  }

  /** Addresses and routes are in place: packets can flow, with or without the coordinator. */
  get overlayReady(): boolean {
    return this.#applied.overlayReady;
  }

  get view(): NetmapView | undefined {
    return this.#applied.view;
  }

  get mesh(): Mesh {
    return this.#membership.mesh;
  }

  /** With what it joins; undefined for a member. */
  get auth(): AuthSecret | undefined {
    return this.#options.auth;
  }

  get controlError(): MeshdError | undefined {
    return this.#contact.error;
  }

  get health(): readonly string[] {
    return [
      ...(this.controlError === undefined ? [] : [this.controlError.message]),
      ...(this.#storageProblem === undefined ? [] : [this.#storageProblem]),
      ...this.#parts.overlay.health,
      ...this.peers.problems,
      ...this.#parts.offeredRelay.health,
      ...(this.view?.problems ?? []).map(({ name, problem }) => `the netmap's ${name} cannot be used: ${problem}`),
    ];
  }

  stats(): Promise<EngineStats> {
    return this.engine.stats();
  }

  /** Takes over the settings that need no new connection. */
  async applySettings(settings: Settings): Promise<void> {
    this.engine.setShieldsUp(settings.shieldsUp);
    await this.#parts.portMappings.setEnabled(settings.portMapping);
    await this.#parts.offeredRelay.apply(settings);
    await this.#parts.overlay.setAcceptDns(settings.acceptDns);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#ticketTimer);
    const { engine, driver, overlay, control, peers, relays } = this.#parts;
    const { endpoints, offeredRelay, portMappings, mappingLifetimes, netchecker } = this.#parts;
    const unmapped = Promise.all([portMappings.close(), offeredRelay.close()]);
    await overlay.close();
    await control.close();
    await unmapped;
    peers.close();
    relays.close();
    mappingLifetimes.close();
    netchecker.close();
    endpoints.close();
    driver.close();
    await this.#netmapWriter.close();
    engine.closeTun();
    await engine.close();
  }

  #handleEngineEvents(events: readonly EngineEvent[]): void {
    if (this.#closed) return;
    deliverEngineEvents(events, this.#parts, {
      onChange: () => this.#changed(),
      onFatal: (error) => this.#tell({ type: "fatal", error }),
    });
  }

  #networkChanged(change: NetworkChange): void {
    const { log } = this.#options;
    log.info({ moved: change.moved }, "the host's network changed");
    adoptNetwork(this.#parts, change, () => this.#closed).catch((error: unknown) => {
      log.warn(`the sockets could not be bound anew: ${messageOf(error)}`);
    });
  }

  #storageFailed(error: unknown): void {
    this.#storageProblem = `state cannot be written to ${this.#options.stateDir}: ${messageOf(error)}`;
    this.#options.log.error(this.#storageProblem);
    this.#changed();
  }

  #changed(): void {
    this.#tell({ type: "changed" });
  }

  #tell(event: NodeEvent): void {
    if (!this.#closed) this.#options.onEvent(event);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
