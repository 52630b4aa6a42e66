// What outlives a running node, on disk: who the node is, its settings, and the mesh that took it in.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type Identity, identityPath, loadIdentity } from "./identity-file.ts";
import { forgetMesh, loadMesh, type Mesh } from "./mesh-file.ts";
import { loadSettings, saveSettings, type Settings } from "./settings.ts";
import { stateIdOf } from "./state-id.ts";

export class StoredState {
  readonly stateDir: string;
  /** Names the state directory. */
  readonly stateId: string;
  #identity: Identity;
  #settings: Settings;
  #mesh: Mesh | undefined;

  /** `onProblem` hears of what was damaged and could be mended. Errors: `MeshdError` "corrupt-state". `sodiumReady()` was awaited. */
  static async load(stateDir: string, onProblem: (words: string) => void): Promise<StoredState> {
    const identity = await loadIdentity(stateDir);
    const settings = await loadSettings(stateDir, onProblem);
    const mesh = await loadMesh(stateDir, onProblem);
    return new StoredState(stateDir, await stateIdOf(stateDir), identity, settings, mesh);
  }

  private constructor(
    stateDir: string,
    stateId: string,
    identity: Identity,
    settings: Settings,
    mesh: Mesh | undefined,
  ) {
    this.stateDir = stateDir;
    this.stateId = stateId;
    this.#identity = identity;
    this.#settings = settings;
    this.#mesh = mesh;
  }

  get identity(): Identity {
    return this.#identity;
  }

  get settings(): Settings {
    return this.#settings;
  }

  /** Undefined: in none. */
  get mesh(): Mesh | undefined {
    return this.#mesh;
  }

  async saveSettings(settings: Settings): Promise<void> {
    await saveSettings(this.stateDir, settings);
    this.#settings = settings;
  }

  /** For this run at least: a disk that takes nothing now does not keep a node from its mesh. `onProblem` hears that they are not on disk. */
  async adoptSettings(settings: Settings, onProblem: (words: string) => void): Promise<void> {
    try {
      await this.saveSettings(settings);
    } catch (error) {
      this.#settings = settings;
      onProblem(`the settings could not be saved: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** The running node wrote it (membership.ts). */
  joined(mesh: Mesh): void {
    this.#mesh = mesh;
  }

  async leaveMesh(): Promise<void> {
    await forgetMesh(this.stateDir);
    this.#mesh = undefined;
  }

  /** The node of before is no more; another one, with new keys, may join. */
  async beginAnew(): Promise<void> {
    await this.leaveMesh();
    for (const path of [identityPath(this.stateDir), join(this.stateDir, "port")]) await rm(path, { force: true });
    this.#identity = await loadIdentity(this.stateDir);
  }
}
