// Which mesh the node is in, and where that mesh's coordinators are; on disk from the moment the coordinator took the node in.
import { formatHostPort, type HostPort } from "../protocol/address.ts";
import { type Mesh, saveMesh } from "./mesh-file.ts";

export class Membership {
  readonly #stateDir: string;
  readonly #onStorageError: (error: unknown) => void;
  #mesh: Mesh;
  #confirmed = false;

  constructor(mesh: Mesh, stateDir: string, onStorageError: (error: unknown) => void) {
    this.#mesh = mesh;
    this.#stateDir = stateDir;
    this.#onStorageError = onStorageError;
  }

  get mesh(): Mesh {
    return this.#mesh;
  }

  /** The coordinator knows this node. */
  confirm(): void {
    if (this.#confirmed) return;
    this.#confirmed = true;
    this.#save();
  }

  /** As the netmap says. */
  setCoordinators(coordinators: readonly HostPort[]): void {
    const text = (list: readonly HostPort[]): string => list.map(formatHostPort).join();
    if (coordinators.length === 0 || text(coordinators) === text(this.#mesh.coordinators)) return;
    this.#mesh = { ...this.#mesh, coordinators };
    // Not before the coordinator took this node in: until then it is in no mesh.
    if (this.#confirmed) this.#save();
  }

  #save(): void {
    saveMesh(this.#stateDir, this.#mesh).catch(this.#onStorageError);
  }
}
