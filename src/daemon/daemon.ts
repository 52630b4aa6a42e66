// The daemon: state on disk, at most one running node, and what the local API may ask of it. `up` makes the node, `down` takes it
// apart; identity and settings outlive both. Changes of this kind come one after the other; waiting for the coordinator does not hold
// them up, so that `down` can end an `up` that waits.
import { hostname as hostName } from "node:os";
import type { Logger } from "pino";
import { nodeKeyOf } from "../identity/index.ts";
import type { NodeState, NodeStatus, UpProgress, UpRequest } from "../local-api/node-api.ts";
import { type NetmapView, viewOf } from "../netmap/index.ts";
import { MeshdError } from "../protocol/errors.ts";
import { type Joining, joiningOf } from "./joining.ts";
import { loadNetmap } from "./netmap-file.ts";
import type { NodeEvent } from "./node-event.ts";
import { statusOf } from "./node-status.ts";
import { NodeWatchers } from "./node-watchers.ts";
import { operatorUid } from "./operator.ts";
import { loadPort, savePort } from "./port-file.ts";
import { interrupted, untilReady } from "./readiness.ts";
import { RunningNode } from "./running-node.ts";
import { mergeSettings, needsRestart } from "./settings.ts";
import { StoredState } from "./stored-state.ts";
import type { Surroundings } from "./surroundings.ts";
import { TicketStore } from "./ticket-store.ts";

export interface DaemonOptions {
  /** Exists, and is locked by this process. */
  readonly stateDir: string;
  readonly version: string;
  readonly log: Logger;
  readonly surroundings: Surroundings;
}

const DEFAULT_UP_TIMEOUT_MS = 30_000;
/** After the engine stopped by itself. */
const RESTART_DELAY_MS = 1000;

export class Daemon {
  readonly #options: DaemonOptions;
  readonly #stored: StoredState;
  readonly #watchers = new NodeWatchers();
  #node: RunningNode | undefined;
  #operatorUid: number | undefined;
  /** Of the last node, while none runs. */
  #lastView: NetmapView | undefined;
  /** Why no node runs although one should. */
  #problem: MeshdError | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #restartTimer: NodeJS.Timeout | undefined;
  #stopped = false;

  /** Errors: `MeshdError` "corrupt-state". `sodiumReady()` was awaited. */
  static async load(options: DaemonOptions): Promise<Daemon> {
    const stored = await StoredState.load(options.stateDir, (problem) => options.log.warn(problem));
    const daemon = new Daemon(options, stored);
    daemon.#operatorUid = await operatorUid(stored.settings.operator).catch(() => undefined);
    return daemon;
  }

  private constructor(options: DaemonOptions, stored: StoredState) {
    this.#options = options;
    this.#stored = stored;
  }

  /** Whether the node was in the mesh when the daemon last ran. */
  get wantsToRun(): boolean {
    return this.#stored.settings.running && this.#stored.mesh !== undefined;
  }

  get hasJoined(): boolean {
    return this.#stored.mesh !== undefined;
  }

  get state(): NodeState {
    if (this.#node !== undefined) return this.#node.overlayReady ? "running" : "starting";
    return this.#stored.mesh === undefined ? "needs-login" : "stopped";
  }

  isOperator(uid: number): boolean {
    return this.#operatorUid !== undefined && uid === this.#operatorUid;
  }

  /** Errors: `MeshdError` where the node is down. */
  runningNode(): RunningNode {
    if (this.#node === undefined) {
      throw new MeshdError("not-connected", 1, "this node is not in the mesh at present; connect with `meshd up`");
    }
    return this.#node;
  }

  /** Starts the node as it last ran, with what `changes` says, without waiting for the coordinator. */
  async resume(changes: UpRequest = {}): Promise<void> {
    await this.#exclusive(async () => {
      const { log } = this.#options;
      await this.#stored.adoptSettings(mergeSettings(this.#stored.settings, changes), (problem) => log.warn(problem));
      if (this.#node === undefined) await this.#startNode();
    });
  }

  /** Joins, or takes over changed settings; resolves when the node is connected. */
  async up(request: UpRequest, emit: (line: UpProgress) => void): Promise<NodeStatus> {
    const { timeoutMs = DEFAULT_UP_TIMEOUT_MS } = request;
    const forward = (event: NodeEvent): void => {
      if (event.type === "progress") emit({ stage: event.stage, detail: event.detail });
    };
    this.#watchers.add(forward);
    let node: RunningNode | undefined;
    try {
      emit({ stage: "starting", detail: "starting" });
      node = await this.#exclusive(() => this.#bringUp(request));
      await untilReady(node, {
        timeoutMs,
        watchers: this.#watchers,
        ended: () => (this.#node === node ? undefined : (this.#problem ?? interrupted())),
      });
      return await this.status();
    } catch (error) {
      // One that never joined, and will not with what it was given, has nothing to wait for.
      const hopeless = !(error instanceof MeshdError && error.exitCode === 5);
      if (hopeless && this.#stored.mesh === undefined) {
        await this.#exclusive(async () => {
          if (this.#node === node) await this.#stopNode();
        });
      }
      throw error;
    } finally {
      this.#watchers.delete(forward);
    }
  }

  /** Leaves the mesh for now. */
  down(): Promise<void> {
    return this.#exclusive(async () => {
      await this.#stored.saveSettings({ ...this.#stored.settings, running: false });
      await this.#stopNode();
      this.#problem = undefined;
    });
  }

  /** Leaves the mesh for good. False: the coordinator could not be told. */
  logout(): Promise<boolean> {
    return this.#exclusive(async () => {
      const told = await this.#tellLogout();
      await this.#stopNode();
      await this.#stored.saveSettings({ ...this.#stored.settings, running: false });
      await this.#stored.beginAnew();
      this.#lastView = undefined;
      // The coordinator's goodbye is what was asked for.
      this.#problem = undefined;
      return told;
    });
  }

  /** Ends the node; settings stay, so that the next start resumes. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#restartTimer);
    await this.#exclusive(() => this.#stopNode());
  }

  status(): Promise<NodeStatus> {
    return statusOf({
      version: this.#options.version,
      state: this.state,
      node: this.#node,
      stored: this.#stored,
      lastView: this.#lastView,
      problem: this.#problem?.message,
    });
  }

  /** Resolves at the next change, at the latest after `timeoutMs`, or when `signal` is aborted. */
  nextChange(signal: AbortSignal, timeoutMs: number): Promise<void> {
    return this.#watchers.nextChange(signal, timeoutMs);
  }

  async #bringUp(request: UpRequest): Promise<RunningNode> {
    const joining = this.#joining(request.authKey);
    const before = this.#stored.settings;
    // The host's name of the first time stays the node's: what DHCP calls the host next is not what peers know it by.
    const named = { ...before, hostname: before.hostname ?? hostName() };
    const after = { ...mergeSettings(named, request), running: true };
    if (after.operator !== before.operator) this.#operatorUid = await operatorUid(after.operator);
    await this.#stored.saveSettings(after);
    // A node that no mesh took in yet may be given the key of another one.
    const joinsAnew = request.authKey !== undefined && this.#stored.mesh === undefined;
    if (this.#node !== undefined && (joinsAnew || needsRestart(named, after))) await this.#stopNode();
    if (this.#node === undefined) {
      try {
        return await this.#startNode(joining);
      } catch (error) {
        // A port that is taken, a device that cannot be had: the next `up` does not ask for it again.
        await this.#stored.saveSettings(before);
        throw error;
      }
    }
    await this.#node.applySettings(after);
    if (joining.auth !== undefined && !this.#node.control.connected) {
      this.#node.control.authenticate(joining.auth, joining.mesh.coordinators);
    }
    return this.#node;
  }

  #joining(authKey?: string): Joining {
    return joiningOf(authKey, this.#stored.mesh, this.#node);
  }

  async #startNode(joining?: Joining): Promise<RunningNode> {
    const { version, log, surroundings } = this.#options;
    const { stateDir, stateId, identity, settings } = this.#stored;
    const { mesh, auth } = joining ?? this.#joining();
    const trust = { rootKey: mesh.rootKey, recipient: nodeKeyOf(identity.node) };
    const netmap = this.#stored.mesh === undefined ? undefined : await loadNetmap(stateDir, trust);
    if (typeof netmap === "string") log.warn(`the netmap on disk cannot be used: ${netmap}`);
    this.#problem = undefined;
    const node: RunningNode = await RunningNode.start({
      ...{ stateDir, stateId, identity, settings, mesh, auth },
      netmap: typeof netmap === "string" ? undefined : netmap,
      lastPort: await loadPort(stateDir),
      tickets: await TicketStore.load(stateDir, (problem) => log.warn(problem)),
      software: version,
      log,
      surroundings,
      onEvent: (event) => this.#handleNodeEvent(event),
    });
    this.#node = node;
    if (typeof netmap === "object") this.#lastView = viewOf(netmap);
    await savePort(stateDir, node.engine.port).catch((error: unknown) => log.error(String(error)));
    return node;
  }

  async #stopNode(): Promise<void> {
    clearTimeout(this.#restartTimer);
    const node = this.#node;
    if (node === undefined) return;
    this.#node = undefined;
    this.#lastView = node.view ?? this.#lastView;
    await node.close();
    this.#watchers.notify({ type: "changed" });
  }

  #handleNodeEvent(event: NodeEvent): void {
    const { log } = this.#options;
    this.#watchers.notify(event);
    switch (event.type) {
      case "refused":
        this.#end(event.error, true);
        break;
      case "fatal": {
        const error = event.error instanceof MeshdError ? event.error : undefined;
        log.error(error?.message ?? String(event.error));
        this.#end(error ?? new MeshdError("internal", 1, String(event.error)), false);
        break;
      }
      case "changed":
        // The first word of the coordinator makes the mesh ours.
        if (this.#node?.control.connected === true) this.#stored.joined(this.#node.mesh);
        break;
      case "progress":
        break;
    }
  }

  /** Takes the node apart for a reason. A node that was refused is in no mesh any more if the coordinator does not know it. */
  #end(error: MeshdError, refused: boolean): void {
    this.#problem = error;
    void this.#exclusive(async () => {
      await this.#stopNode();
      if (refused && UNKNOWN_NODE.has(error.code)) {
        await this.#stored.leaveMesh();
        this.#lastView = undefined;
      }
      if (!refused && error.code === "engine") this.#restartLater();
      this.#watchers.notify({ type: "changed" });
    }).catch((failure: unknown) => this.#options.log.error(String(failure)));
  }

  /** Until it succeeds, or somebody else decides: `up`, `down` and the end of the daemon come first. */
  #restartLater(): void {
    if (this.#stopped) return;
    clearTimeout(this.#restartTimer);
    this.#restartTimer = setTimeout(() => {
      void this.#exclusive(async () => {
        if (this.#stopped || this.#node !== undefined || !this.wantsToRun) return;
        await this.#startNode();
      }).catch((error: unknown) => {
        this.#problem = error instanceof MeshdError ? error : new MeshdError("internal", 1, String(error));
        this.#options.log.error(this.#problem.message);
        this.#restartLater();
      });
    }, RESTART_DELAY_MS);
  }

  async #tellLogout(): Promise<boolean> {
    if (this.#node?.control.connected !== true) return false;
    try {
      await this.#node.control.logout();
      return true;
    } catch (error) {
      this.#options.log.warn(error instanceof Error ? error.message : String(error));
      return false;
    }
  }

  #exclusive<T>(action: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(action);
    this.#queue = done.catch(() => undefined);
    return done;
  }
}

/** Codes of refusals that mean: the coordinator does not know this node (any more). */
const UNKNOWN_NODE: ReadonlySet<string> = new Set(["key-required", "node-removed"]);
