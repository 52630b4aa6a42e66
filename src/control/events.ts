import type { NetmapState } from "../netmap/state.ts";
import type { NetmapView } from "../netmap/view.ts";
import type { HostPort } from "../protocol/address.ts";
import type { MeshdError } from "../protocol/errors.ts";
import type { Milliseconds } from "../protocol/units.ts";
import type {
  PunchNoticeMessage,
  RelayOfferAnswerMessage,
  RelayRevocationsMessage,
  SignedTicket,
} from "../protocol/messages.ts";

/** What a node hears of its coordinator. */
export type ControlEvent =
  | { readonly kind: "connecting"; readonly coordinators: readonly HostPort[] }
  /** Authenticated. That took `roundTripMs`: the coordinator needs little of it. */
  | {
      readonly kind: "connected";
      readonly coordinator: HostPort;
      readonly roundTripMs: Milliseconds;
      readonly coordinatorTimeUnixMs: number;
    }
  /** Not (or no longer) connected. `error` is one line for people; it is tried again in `retryInMs`. */
  | { readonly kind: "disconnected"; readonly error: MeshdError; readonly retryInMs: number }
  /** The coordinator will not have this node. Nothing is tried again before `authenticate()` is called with another key. */
  | { readonly kind: "refused"; readonly error: MeshdError }
  /** Checked; to be acted on and kept on disk (`serializeNetmap(state)`). */
  | { readonly kind: "netmap"; readonly state: NetmapState; readonly view: NetmapView }
  | PunchNoticeMessage
  | { readonly kind: "ticket"; readonly relay: string; readonly ticket: SignedTicket }
  /** Of the relay that this node offers. */
  | RelayOfferAnswerMessage
  | RelayRevocationsMessage;
