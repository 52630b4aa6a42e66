// What a running node takes from the world around it; replaced in tests.
import type { ControlClient, ControlOptions } from "../control/index.ts";
import type { OpenNodeEngine, OpenServerEngine } from "../engine/index.ts";
import type { HostNetwork } from "../host/host-network.ts";
import type { Clock } from "./driver.ts";
import type { OverlayHost } from "./overlay.ts";
import type { PortMappingHost } from "./port-mappings.ts";
import type { OpenRelayStream } from "./relay-stream.ts";

export interface Surroundings {
  readonly openEngine: OpenNodeEngine;
  /** Of a relay that the node offers. */
  readonly openServerEngine: OpenServerEngine;
  readonly startControl: (options: ControlOptions) => ControlClient;
  readonly host: OverlayHost;
  readonly network: HostNetwork;
  readonly portMapping: PortMappingHost;
  readonly openRelayStream: OpenRelayStream;
  readonly clock?: Clock;
}
