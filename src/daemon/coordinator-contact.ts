// What the coordinator says, and whether it is there at all.
import type { Logger } from "pino";
import type { ControlEvent } from "../control/index.ts";
import { formatHostPort } from "../protocol/address.ts";
import type { MeshdError } from "../protocol/errors.ts";
import type { AppliedNetmap } from "./applied-netmap.ts";
import type { Membership } from "./membership.ts";
import type { NetmapWriter } from "./netmap-file.ts";
import type { NodeEvent } from "./node-event.ts";
import type { NodeParts } from "./node-parts.ts";
import type { TicketStore } from "./ticket-store.ts";

export interface CoordinatorContactOptions {
  readonly parts: () => Pick<NodeParts, "relays" | "peers" | "offeredRelay">;
  readonly applied: () => AppliedNetmap;
  readonly membership: Membership;
  readonly netmapWriter: NetmapWriter;
  readonly tickets: TicketStore;
  readonly log: Logger;
  readonly onEvent: (event: NodeEvent) => void;
  readonly onStorageError: (error: unknown) => void;
}

export class CoordinatorContact {
  readonly #options: CoordinatorContactOptions;
  #error: MeshdError | undefined;

  constructor(options: CoordinatorContactOptions) {
    this.#options = options;
  }

  /** Why the coordinator is not connected; undefined while it is. */
  get error(): MeshdError | undefined {
    return this.#error;
  }

  handle(event: ControlEvent): void {
    const { parts, applied, membership, netmapWriter, tickets, log, onEvent, onStorageError } = this.#options;
    switch (event.kind) {
      case "connecting": {
        const detail = `connecting to ${event.coordinators.map(formatHostPort).join(", ")}`;
        onEvent({ type: "progress", stage: "connecting", detail });
        break;
      }
      case "connected":
        this.#error = undefined;
        log.info(
          { coordinator: formatHostPort(event.coordinator), roundTripMs: Math.round(event.roundTripMs) },
          "connected to the coordinator",
        );
        onEvent({ type: "progress", stage: "registering", detail: "registered; waiting for the netmap" });
        membership.confirm();
        parts().relays.handleCoordinator(event.coordinator, event.roundTripMs);
        parts().relays.renewTickets();
        break;
      case "disconnected":
        this.#error = event.error;
        log.warn({ retryInMs: event.retryInMs }, event.error.message);
        break;
      case "refused":
        this.#error = event.error;
        log.error(event.error.message);
        onEvent({ type: "refused", error: event.error });
        break;
      case "netmap":
        netmapWriter.write(event.state);
        applied().apply(event.view);
        break;
      case "punch-notice":
        parts().peers.handlePunchNotice(event);
        return;
      case "ticket":
        tickets.put(event.relay, event.ticket).catch(onStorageError);
        parts().relays.handleTicket(event.relay, event.ticket);
        return;
      case "relay-revocations":
        parts().offeredRelay.handleRevocations(event);
        return;
      case "relay-offer-answer":
        parts().offeredRelay.handleAnswer(event);
        break;
    }
    onEvent({ type: "changed" });
  }
}
