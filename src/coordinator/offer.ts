// One member's offer of a relay, as the desk holds it (offer-desk.ts), and what its node is told of it.
import type { SocketAddress } from "../protocol/address.ts";
import type { RelayOfferAnswerMessage } from "../protocol/messages.ts";
import type { NodeKey } from "../protocol/node-key.ts";
import type { RunningSession } from "./session-runner.ts";
import type { TokenBucket } from "../protocol/token-bucket.ts";

export interface Offer {
  readonly nodeKey: NodeKey;
  /** "" until it was reached. */
  readonly name: string;
  readonly claimed: readonly SocketAddress[];
  /** Of the claims those that were reached; in the netmap while there is one. */
  readonly proven: readonly SocketAddress[];
  readonly isOnline: boolean;
  readonly isRefused: boolean;
}

export interface Held extends Offer {
  name: string;
  claimed: readonly SocketAddress[];
  proven: readonly SocketAddress[];
  /** Undefined: the node is not connected. */
  running: RunningSession | undefined;
  goneAt: number;
  isChecking: boolean;
  checkAt: number;
  failures: number;
  readonly bucket: TokenBucket;
}

export function answerOf({ name, proven, failures, isRefused }: Held): Omit<RelayOfferAnswerMessage, "kind"> {
  if (isRefused) return { status: "refused", relay: "", udpAddresses: [] };
  if (proven.length > 0) return { status: "accepted", relay: name, udpAddresses: proven };
  return { status: failures > 0 ? "unreachable" : "checking", relay: "", udpAddresses: [] };
}

export function answer(running: RunningSession, said: Omit<RelayOfferAnswerMessage, "kind">): void {
  running.session.handleOfferAnswer({ kind: "relay-offer-answer", ...said });
}
