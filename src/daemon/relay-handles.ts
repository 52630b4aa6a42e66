// The engine knows relays by handles: one for each UDP address of a relay, and one for each stream to a relay. Who asks where a path
// leads gets the answer from here.
import type { NodeEngine } from "../engine/index.ts";
import type { SocketAddress } from "../protocol/address.ts";

/** How a session is reached. */
export interface RelayAccess {
  readonly relay: string;
  readonly kind: "relay-udp" | "relay-tcp";
  readonly address: string;
}

export class RelayHandles {
  readonly #engine: Pick<NodeEngine, "setRelay">;
  readonly #byRelay = new Map<string, Map<SocketAddress, number>>();
  readonly #owners = new Map<SocketAddress, string>();
  readonly #access = new Map<number, RelayAccess>();
  #next = 1;

  constructor(engine: Pick<NodeEngine, "setRelay">) {
    this.#engine = engine;
  }

  accessOf(handle: number): RelayAccess | undefined {
    return this.#access.get(handle);
  }

  /** Name of the relay at `address`. */
  ownerOf(address: SocketAddress): string | undefined {
    return this.#owners.get(address);
  }

  /** Made where there is none yet. */
  of(relay: string, address: SocketAddress): number {
    const handles = this.#byRelay.get(relay) ?? new Map<SocketAddress, number>();
    this.#byRelay.set(relay, handles);
    const known = handles.get(address);
    if (known !== undefined) return known;
    const handle = this.#next++;
    handles.set(address, handle);
    this.#owners.set(address, relay);
    this.#access.set(handle, { relay, kind: "relay-udp", address });
    return handle;
  }

  /** Has the engine take relay control from these addresses of the relay, and from no others. */
  listen(relay: string, addresses: readonly SocketAddress[]): void {
    const known = this.#byRelay.get(relay) ?? new Map<SocketAddress, number>();
    for (const [address, handle] of known) {
      if (addresses.includes(address)) continue;
      known.delete(address);
      this.#forget(address, handle);
    }
    for (const address of addresses) {
      if (!known.has(address)) this.#engine.setRelay(this.of(relay, address), address, 0);
    }
  }

  /** All addresses of the relay. */
  remove(relay: string): void {
    for (const [address, handle] of this.#byRelay.get(relay) ?? []) this.#forget(address, handle);
    this.#byRelay.delete(relay);
  }

  newStream(): number {
    return this.#next++;
  }

  /** Undefined: the stream has no session. */
  setStream(handle: number, access: RelayAccess | undefined): void {
    if (access === undefined) this.#access.delete(handle);
    else this.#access.set(handle, access);
  }

  #forget(address: SocketAddress, handle: number): void {
    this.#engine.setRelay(handle, undefined, 0);
    this.#owners.delete(address);
    this.#access.delete(handle);
  }
}
