// What every node of a world has around it.
import type { Coordinator } from "./coordinator.ts";
import type { Journal } from "./journal.ts";
import type { Network } from "./network.ts";
import type { Random } from "./random.ts";
import type { RelayServer } from "./relay-server.ts";
import type { SocketAddress } from "../../src/protocol/index.ts";
import type { Timeline } from "./timeline.ts";

export interface Surroundings {
  readonly timeline: Timeline;
  readonly network: Network;
  readonly random: Random;
  readonly journal: Journal;
  readonly coordinator: Coordinator;
  /** In the netmap's order. */
  readonly relays: readonly RelayServer[];
  readonly stunServers: readonly SocketAddress[];
  readonly meshId: Uint8Array;
  /** Of the engine's rests between echoes: 1, more in simulations of hours. */
  readonly pace: number;
}
