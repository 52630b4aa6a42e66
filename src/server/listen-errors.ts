// Why a port could not be had, and what to do.
import { createSocket } from "node:dgram";
import { MeshdError } from "../protocol/errors.ts";

const FIRST_UNPRIVILEGED_PORT = 1024;

/** @param what "TCP 203.0.113.7:443" or "TCP port 443"; @param option the one that chooses another */
export function explainListenError(error: unknown, what: string, option: string): unknown {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE") {
    const message = `${what} is taken by another program; stop that one (ss -lntup shows it), or choose another port with ${option}`;
    return new MeshdError("port-taken", 1, message, { cause: error });
  }
  if (code === "EACCES" || code === "EPERM") {
    const message = `not permitted to listen on ${what}; run as root, or choose a port from ${String(FIRST_UNPRIVILEGED_PORT)} up with ${option}`;
    return new MeshdError("port-not-permitted", 4, message, { cause: error });
  }
  if (code === "EADDRNOTAVAIL") {
    const message = `this host has no such address: ${what}; choose one of its own with ${option}`;
    return new MeshdError("address-not-available", 1, message, { cause: error });
  }
  return error;
}

/** Which of several UDP sockets it was: the engine opens them all at once. Undefined if all can be had by now. */
export async function findRefusedUdp(addresses: readonly string[]): Promise<string | undefined> {
  for (const address of addresses) {
    const colon = address.lastIndexOf(":");
    const host = address.slice(0, colon).replace(/^\[|\]$/g, "");
    if (!(await canBind(host, Number(address.slice(colon + 1))))) return address;
  }
  return undefined;
}

/** False on hosts without IPv6. */
export function hasIpv6(): Promise<boolean> {
  return canBind("::", 0);
}

function canBind(host: string, port: number): Promise<boolean> {
  const isIpv6 = host.includes(":");
  const socket = createSocket({ type: isIpv6 ? "udp6" : "udp4", ipv6Only: isIpv6 });
  return new Promise<boolean>((resolve) => {
    socket.once("error", () => {
      resolve(false);
    });
    socket.bind({ address: host, port, exclusive: true }, () => {
      resolve(true);
    });
  }).finally(() => {
    socket.close();
  });
}
