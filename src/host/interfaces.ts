// Addresses of this host's interfaces, and when they change. Polled: reading them takes a fraction of a millisecond, and the engine
// notices a dead path long before the next look anyway.
import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import type { InterfaceAddress } from "../nat/types.ts";

export interface InterfaceWatcher {
  current(): readonly InterfaceAddress[];
  /** Looks now, for instance because a path died. */
  check(): void;
  stop(): void;
}

const POLL_MS = 3000;

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

function hasNoLinkLayer(name: string): boolean {
  try {
    return readFileSync(`/sys/class/net/${name}/type`, "utf8").trim() === NO_LINK_LAYER;
  } catch {
    return false;
  }
}

/** `read` is `interfaceAddresses`, or a fake. */
export function watchInterfaces(
  read: () => readonly InterfaceAddress[],
  onChange: (addresses: readonly InterfaceAddress[]) => void,
): InterfaceWatcher {
  let known = read();
  const check = (): void => {
    const now = read();
    if (fingerprint(now) === fingerprint(known)) return;
    known = now;
    onChange(now);
  };
  const timer = setInterval(check, POLL_MS);
  return {
    current: () => known,
    check,
    stop: () => {
      clearInterval(timer);
    },
  };
}

function fingerprint(addresses: readonly InterfaceAddress[]): string {
  return addresses
    .map(({ name, ip, prefixLength }) => `${name} ${ip}/${String(prefixLength)}`)
    .sort()
    .join("\n");
}
