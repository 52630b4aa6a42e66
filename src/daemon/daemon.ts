// The daemon: state on disk, at most one running node, and what the local API may ask of it. `up` makes the node, `down` takes it
// apart; identity and settings outlive both. Changes of this kind come one after the other; waiting for the coordinator does not hold
// them up, so that `down` can end an `up` that waits.
import { rm } from "node:fs/promises";
import { hostname as hostName } from "node:os";
import { join } from "node:path";
import type { Logger } from "pino";
import { run } from "../host/run.ts";
import { nodeKeyOf, parseAuthKey } from "../identity/index.ts";
import type { NodeState, NodeStatus, UpProgress, UpRequest } from "../local-api/node-api.ts";
import { type NetmapView, viewOf } from "../netmap/index.ts";
import { MeshdError } from "../protocol/errors.ts";
import type { AuthSecret } from "../protocol/messages.ts";
import { type Identity, identityPath, loadIdentity } from "./identity-file.ts";
import { forgetMesh, loadMesh, type Mesh } from "./mesh-file.ts";
import { loadNetmap } from "./netmap-file.ts";
import { loadPort, savePort } from "./port-file.ts";
import type { NodeEvent } from "./node-event.ts";
import { interrupted, untilReady } from "./readiness.ts";
import { RunningNode } from "./running-node.ts";
import { loadSettings, mergeSettings, needsRestart, saveSettings, type Settings } from "./settings.ts";
import { stateIdOf } from "./state-id.ts";
import { buildStatus, NO_STATS } from "./status.ts";
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

interface Joining {
  readonly mesh: Mesh;
  readonly auth: AuthSecret | undefined;
}

export class Daemon {
  readonly #options: DaemonOptions;
  readonly #stateId: string;
  readonly #listeners = new Set<(event: NodeEvent) => void>();
  #identity: Identity;
  #settings: Settings;
  #mesh: Mesh | undefined;
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
    const { stateDir } = options;
    const identity = await loadIdentity(stateDir);
    const settings = await loadSettings(stateDir);
    const mesh = await loadMesh(stateDir);
    const stateId = await stateIdOf(stateDir);
    const daemon = new Daemon(options, stateId, identity, settings, mesh);
    daemon.#operatorUid = await operatorUid(settings.operator).catch(() => undefined);
    return daemon;
  }

  private constructor(
    options: DaemonOptions,
    stateId: string,
    identity: Identity,
    settings: Settings,
    mesh: Mesh | undefined,
  ) {
    this.#options = options;
    this.#stateId = stateId;
    this.#identity = identity;
    this.#settings = settings;
    this.#mesh = mesh;
  }

  /** Whether the node was in the mesh when the daemon last ran. */
  get wantsToRun(): boolean {
    return this.#settings.running && this.#mesh !== undefined;
  }

  get hasJoined(): boolean {
    return this.#mesh !== undefined;
  }

  get state(): NodeState {
    if (this.#node !== undefined) return this.#node.overlayReady ? "running" : "starting";
    return this.#mesh === undefined ? "needs-login" : "stopped";
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
      await this.#saveSettings(mergeSettings(this.#settings, changes));
      if (this.#node === undefined) await this.#startNode();
    });
  }

  /** Joins, or takes over changed settings; resolves when the node is connected. */
  async up(request: UpRequest, emit: (line: UpProgress) => void): Promise<NodeStatus> {
    const { timeoutMs = DEFAULT_UP_TIMEOUT_MS } = request;
    const forward = (event: NodeEvent): void => {
      if (event.type === "progress") emit({ stage: event.stage, detail: event.detail });
    };
    this.#listeners.add(forward);
    let node: RunningNode | undefined;
    try {
      emit({ stage: "starting", detail: "starting" });
      node = await this.#exclusive(() => this.#bringUp(request));
      await untilReady(node, {
        timeoutMs,
        listeners: this.#listeners,
        ended: () => (this.#node === node ? undefined : (this.#problem ?? interrupted())),
      });
      return await this.status();
    } catch (error) {
      // One that never joined, and will not with what it was given, has nothing to wait for.
      const hopeless = !(error instanceof MeshdError && error.exitCode === 5);
      if (hopeless && this.#mesh === undefined) {
        await this.#exclusive(async () => {
          if (this.#node === node) await this.#stopNode();
        });
      }
      throw error;
    } finally {
      this.#listeners.delete(forward);
    }
  }

  /** Leaves the mesh for now. */
  down(): Promise<void> {
    return this.#exclusive(async () => {
      await this.#saveSettings({ ...this.#settings, running: false });
      await this.#stopNode();
      this.#problem = undefined;
    });
  }

  /** Leaves the mesh for good. False: the coordinator could not be told. */
  logout(): Promise<boolean> {
    return this.#exclusive(async () => {
      const told = await this.#tellLogout();
      await this.#stopNode();
      const { stateDir } = this.#options;
      await this.#saveSettings({ ...this.#settings, running: false });
      await forgetMesh(stateDir);
      for (const path of [identityPath(stateDir), join(stateDir, "port")]) await rm(path, { force: true });
      this.#mesh = undefined;
      this.#lastView = undefined;
      // The coordinator's goodbye is what was asked for.
      this.#problem = undefined;
      this.#identity = await loadIdentity(stateDir);
      return told;
    });
  }

  /** Ends the node; settings stay, so that the next start resumes. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#restartTimer);
    await this.#exclusive(() => this.#stopNode());
  }

  async status(): Promise<NodeStatus> {
    const node = this.#node;
    const stats = (await node?.stats().catch(() => undefined)) ?? NO_STATS;
    const peers = new Map(Array.from(node?.peers.all() ?? [], (peer) => [peer.key, peer]));
    return buildStatus({
      version: this.#options.version,
      state: this.state,
      key: nodeKeyOf(this.#identity.node),
      hostname: this.#settings.hostname ?? hostName(),
      view: node?.view ?? this.#lastView,
      endpoints: node?.endpoints.candidates.map(({ address }) => address) ?? [],
      homeRelay: node?.relays.home ?? "",
      coordinator: node?.control.coordinator ?? (node?.mesh ?? this.#mesh)?.coordinators[0],
      connected: node?.control.connected ?? false,
      health: node?.health ?? (this.#problem === undefined ? [] : [this.#problem.message]),
      stats,
      peer: (key) => peers.get(key),
      relay: (handle) => node?.relays.accessOf(handle),
    });
  }

  /** Resolves at the next change, at the latest after `timeoutMs`, or when `signal` is aborted. */
  nextChange(signal: AbortSignal, timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#listeners.delete(done);
        signal.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      this.#listeners.add(done);
      signal.addEventListener("abort", done);
    });
  }

  async #bringUp(request: UpRequest): Promise<RunningNode> {
    const joining = this.#joining(request);
    const before = this.#settings;
    // The host's name of the first time stays the node's: what DHCP calls the host next is not what peers know it by.
    const named = { ...before, hostname: before.hostname ?? hostName() };
    const after = { ...mergeSettings(named, request), running: true };
    if (after.operator !== before.operator) this.#operatorUid = await operatorUid(after.operator);
    await this.#saveSettings(after);
    // A node that no mesh took in yet may be given the key of another one.
    const joinsAnew = request.authKey !== undefined && this.#mesh === undefined;
    if (this.#node !== undefined && (joinsAnew || needsRestart(named, after))) await this.#stopNode();
    if (this.#node === undefined) {
      try {
        return await this.#startNode(joining);
      } catch (error) {
        // A port that is taken, a device that cannot be had: the next `up` does not ask for it again.
        await this.#saveSettings(before);
        throw error;
      }
    }
    await this.#node.applySettings(after);
    if (joining.auth !== undefined && !this.#node.control.connected) {
      this.#node.control.authenticate(joining.auth, joining.mesh.coordinators);
    }
    return this.#node;
  }

  /** The mesh to be in, and the secret to join it with, if one was given. */
  #joining({ authKey }: UpRequest): Joining {
    const mesh = this.#node?.mesh ?? this.#mesh;
    if (authKey === undefined) {
      // Who still waits for the coordinator goes on with the key of before.
      if (mesh !== undefined) return { mesh, auth: this.#mesh === undefined ? this.#node?.auth : undefined };
      throw new MeshdError(
        "needs-login",
        2,
        "this node has not joined a mesh yet; give it a key: `meshd up --authkey KEY`",
      );
    }
    const { rootKey, coordinators, keyId, secret } = parseAuthKey(authKey);
    if (this.#mesh !== undefined && Buffer.compare(this.#mesh.rootKey, rootKey) !== 0) {
      throw new MeshdError("other-mesh", 1, "this node is in another mesh than that of the key; `meshd logout` first");
    }
    return { mesh: { rootKey, coordinators }, auth: { keyId, secret } };
  }

  async #startNode(joining?: Joining): Promise<RunningNode> {
    const { stateDir, version, log, surroundings } = this.#options;
    const { mesh, auth } = joining ?? this.#joining({});
    const trust = { rootKey: mesh.rootKey, recipient: nodeKeyOf(this.#identity.node) };
    const netmap = this.#mesh === undefined ? undefined : await loadNetmap(stateDir, trust);
    if (typeof netmap === "string") log.warn(`the netmap on disk cannot be used: ${netmap}`);
    this.#problem = undefined;
    const node: RunningNode = await RunningNode.start({
      stateDir,
      stateId: this.#stateId,
      identity: this.#identity,
      settings: this.#settings,
      mesh,
      auth,
      netmap: typeof netmap === "string" ? undefined : netmap,
      lastPort: await loadPort(stateDir),
      tickets: await TicketStore.load(stateDir),
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
    this.#notify({ type: "changed" });
  }

  #handleNodeEvent(event: NodeEvent): void {
    const { log } = this.#options;
    this.#notify(event);
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
        if (this.#node?.control.connected === true) this.#mesh = this.#node.mesh;
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
        await forgetMesh(this.#options.stateDir);
        this.#mesh = undefined;
        this.#lastView = undefined;
      }
      if (!refused && error.code === "engine") this.#restartLater();
      this.#notify({ type: "changed" });
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

  async #saveSettings(settings: Settings): Promise<void> {
    await saveSettings(this.#options.stateDir, settings);
    this.#settings = settings;
  }

  #notify(event: NodeEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }

  #exclusive<T>(action: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(action);
    this.#queue = done.catch(() => undefined);
    return done;
  }
}

/** Codes of refusals that mean: the coordinator does not know this node (any more). */
const UNKNOWN_NODE: ReadonlySet<string> = new Set(["key-required", "node-removed"]);

/** Through `id`, which asks the host's own user database, whatever it is. Undefined for "". */
async function operatorUid(operator: string): Promise<number | undefined> {
  if (operator === "") return undefined;
  const { ok, stdout } = await run("id", ["-u", "--", operator]);
  const uid = Number(stdout.trim());
  if (!ok || !Number.isInteger(uid)) {
    throw new MeshdError("no-such-user", 2, `there is no user ${operator} on this host to be the operator`);
  }
  return uid;
}
