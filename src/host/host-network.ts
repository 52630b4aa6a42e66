// The network of the host that this process runs on, as network-watch.ts looks at it.
import { uptime } from "node:os";
import { SECOND_MS } from "../protocol/units.ts";
import { defaultGateways } from "./gateway.ts";
import { interfaceAddresses, interfaceIndex } from "./interfaces.ts";
import type { ListenForNews, NetworkReading, NetworkWatchOptions } from "./network-watch.ts";

export interface HostNetwork extends Omit<NetworkWatchOptions, "read"> {
  /** Without what belongs to the interface `except`. */
  readonly read: (except: string) => NetworkReading;
}

export function hostNetwork(listen: ListenForNews): HostNetwork {
  return {
    read: (except) => ({ addresses: interfaceAddresses(except), gateways: defaultGateways(except) }),
    listen,
    indexOf: interfaceIndex,
    bootMs: () => uptime() * SECOND_MS,
    monotonicMs: () => performance.now(),
  };
}
