// Each event of the engine to the part of the node that it is for.
import type { EngineEvent } from "../engine/index.ts";
import { parseSocketAddress } from "../protocol/address.ts";
import { MeshdError } from "../protocol/errors.ts";
import type { NodeParts } from "./node-parts.ts";

export interface EngineNews {
  /** Something that `status` shows changed. */
  readonly onChange: () => void;
  /** The engine is of no use any more. */
  readonly onFatal: (error: MeshdError) => void;
}

export function deliverEngineEvents(events: readonly EngineEvent[], parts: NodeParts, news: EngineNews): void {
  const { endpoints, mappingLifetimes, netchecker, peers, relays } = parts;
  for (const event of events) {
    switch (event.type) {
      case "stun":
        if (event.socket === undefined) {
          endpoints.handleStun(event.data, event.address);
          netchecker.handleStun(event.data, event.address);
          mappingLifetimes.handleStun(event.data, event.address);
        } else peers.handleStun(event.data, event.address);
        break;
      case "relay-control": {
        const from = parseSocketAddress(event.address);
        if (from !== undefined) relays.handleDatagram(event.data, from);
        break;
      }
      case "fatal":
        news.onFatal(new MeshdError("engine", 1, `the engine stopped: ${event.reason}`));
        return;
      case "tun-closed": {
        // Somebody deleted the device, or it broke: nothing of it can be saved.
        const message = `the network interface is gone (${event.reason}); making it anew`;
        news.onFatal(new MeshdError("engine", 1, message));
        return;
      }
      case "path-dead":
        // The first sign of a change of this host's network, or of the router in front of it.
        relays.checkSessions();
        endpoints.checkNetwork();
        peers.handleEvent(event);
        news.onChange();
        break;
      case "relay-transmit":
        relays.handleAwake(event.relay);
        break;
      case "disco":
      case "source-seen":
        peers.handleEvent(event);
        break;
      default:
        peers.handleEvent(event);
        news.onChange();
    }
  }
}
