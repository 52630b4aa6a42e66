// The netmap, carried to everything that lives by it: addresses to probe, relays, peers, and the host's addresses, routes and names.
import type { NetmapView } from "../netmap/index.ts";
import { parseHostPort } from "../protocol/address.ts";
import type { Membership } from "./membership.ts";
import type { NodeEvent } from "./node-event.ts";
import type { NodeParts } from "./node-parts.ts";

export class AppliedNetmap {
  readonly #parts: NodeParts;
  readonly #membership: Membership;
  readonly #onEvent: (event: NodeEvent) => void;
  #view: NetmapView | undefined;
  #overlayReady = false;

  constructor(parts: NodeParts, membership: Membership, onEvent: (event: NodeEvent) => void) {
    this.#parts = parts;
    this.#membership = membership;
    this.#onEvent = onEvent;
  }

  get view(): NetmapView | undefined {
    return this.#view;
  }

  /** Addresses and routes are in place: packets can flow. */
  get overlayReady(): boolean {
    return this.#overlayReady;
  }

  apply(view: NetmapView): void {
    this.#view = view;
    const { endpoints, mappingLifetimes, relays, peers, overlay, tunName } = this.#parts;
    this.#membership.setCoordinators((view.mesh?.coordinators ?? []).flatMap((text) => parseHostPort(text) ?? []));
    endpoints.applyNetmap(view);
    mappingLifetimes.setServers(view.mesh?.stunServers ?? []);
    relays.applyNetmap(view);
    peers.applyNetmap(view);
    relays.setWanted(peers.homeRelaysInUse());
    if (view.self === undefined || view.mesh === undefined) return;
    if (!this.#overlayReady) {
      this.#onEvent({ type: "progress", stage: "configuring", detail: `configuring ${tunName}` });
    }
    overlay.apply(view).then(
      () => {
        this.#overlayReady = true;
        this.#onEvent({ type: "changed" });
      },
      (error: unknown) => this.#onEvent({ type: "fatal", error }),
    );
  }
}
