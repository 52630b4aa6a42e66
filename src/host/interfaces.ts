// Addresses of this host's interfaces. Reading them takes a fraction of a millisecond.
import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import type { InterfaceAddress } from "../nat/types.ts";

/** ARPHRD_NONE of linux/if_arp.h: no link layer. What TUN devices and WireGuard have. */
const NO_LINK_LAYER = "65534";

/**
 * Addresses of interfaces that are up, without loopback, `except` (the TUN device) and the tunnels of other VPNs: packets of a tunnel
 * that run through another one may not fit, and are sealed twice for nothing. An uplink of that kind (some modems) is still found
 * by its reflexive address.
 */
export function interfaceAddresses(except?: string, isTunnel = hasNoLinkLayer): readonly InterfaceAddress[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses]) =>
    name === except || isTunnel(name)
      ? []
      : (addresses ?? [])
          .filter((address) => !address.internal)
          .map((address) => ({ name, ip: address.address, prefixLength: Number(address.cidr?.split("/")[1] ?? 0) })),
  );
}

/** Tunnels, almost always. */
export function hasNoLinkLayer(name: string): boolean {
  try {
    return readFileSync(`/sys/class/net/${name}/type`, "utf8").trim() === NO_LINK_LAYER;
  } catch {
    return false;
  }
}

/** The kernel's number of an interface. */
export function interfaceIndex(name: string): number | undefined {
  try {
    return Number(readFileSync(`/sys/class/net/${name}/ifindex`, "utf8"));
  } catch {
    return undefined;
  }
}
