// One way to join the two hosts of the cable. All contenders run side by side; only one is measured at a time.
import type { Host } from "../../test/lab/index.ts";

export interface Contender {
  readonly name: string;
  /** Undefined, with a word to the user, where it cannot be had here. */
  readonly start: (left: Host, right: Host) => Promise<Tunnel | undefined>;
}

export interface Tunnel {
  /** Address of the right host inside the tunnel. */
  readonly address: string;
  /** The processes that carry the traffic, on both ends. */
  readonly pids: readonly number[];
  /** Removes what the lab's own clean-up does not know of. */
  readonly stop?: () => void;
}
