// Addresses of this host's interfaces, and when they change. Polled: reading them takes a fraction of a millisecond, and the engine
// notices a dead path long before the next look anyway.
import { networkInterfaces } from "node:os";
import type { InterfaceAddress } from "../nat/types.ts";

export interface InterfaceWatcher {
  current(): readonly InterfaceAddress[];
  /** Looks now, for instance because a path died. */
  check(): void;
  stop(): void;
}

const POLL_MS = 3000;

/** Addresses of interfaces that are up, without loopback and without `except` (the TUN device). */
export function interfaceAddresses(except?: string): readonly InterfaceAddress[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses]) =>
    name === except
      ? []
      : (addresses ?? [])
          .filter((address) => !address.internal)
          .map((address) => ({ name, ip: address.address, prefixLength: Number(address.cidr?.split("/")[1] ?? 0) })),
  );
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
