// What the clients of the three protocols have in common, as the port mapper sees them.
import type { Milliseconds } from "../../protocol/units.ts";
import type {
  DatagramSource,
  GatewayResponse,
  PortMapping,
  PortMappingProtocol,
  PortMappingTransmit,
} from "./types.ts";

/** Two hours, as RFC 6886 §3.3 recommends: renewed every hour, and what a crash leaves behind is gone soon enough. */
export const LIFETIME_SECONDS = 7200;

export type ClientState =
  /** Asked whether it is there. */
  | { readonly kind: "searching" }
  /** Answers; no mapping is asked for. */
  | { readonly kind: "present" }
  | { readonly kind: "mapping" }
  | { readonly kind: "mapped"; readonly mapping: PortMapping }
  /** Not answered, or does not speak the protocol. */
  | { readonly kind: "absent"; readonly reason: string }
  /** Answered, and will not map. */
  | { readonly kind: "refused"; readonly reason: string; readonly retryAfterMs: Milliseconds }
  | { readonly kind: "releasing" }
  | { readonly kind: "closed" };

/** One protocol towards one gateway. Its state is looked at after every call instead of events. */
export interface MappingClient {
  readonly protocol: PortMappingProtocol;
  readonly state: ClientState;
  /** Whether anything in this protocol was ever heard from the gateway. */
  readonly answered: boolean;
  /** Starts, or starts over. */
  handleStart(now: Milliseconds): void;
  /** Whether this is the client that is to hold the mapping. */
  handleWanted(wanted: boolean, now: Milliseconds): void;
  /** Only those of the gateway's own IP are handed in. */
  handleDatagram(datagram: Uint8Array, from: DatagramSource, now: Milliseconds): void;
  /** False if the request was another's. */
  handleHttpResponse(id: number, response: GatewayResponse | undefined, now: Milliseconds): boolean;
  /** Asks again for the mapping that it holds: the router may have forgotten it. */
  handleDoubt(now: Milliseconds): void;
  /** Removes the mapping, if there may be one; ends in "closed". */
  handleRelease(now: Milliseconds): void;
  handleTimeout(now: Milliseconds): void;
  pollTimeout(): Milliseconds | undefined;
  pollTransmit(): PortMappingTransmit | undefined;
}
