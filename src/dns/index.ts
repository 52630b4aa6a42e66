// Names of the mesh on this host: a small server that knows them (zone.ts, server.ts), and the host's resolver pointed at it, through
// systemd-resolved where it is in use (resolved.ts), else through /etc/resolv.conf (resolv-conf.ts, resolv-conf-file.ts, guard.ts).
import { join } from "node:path";
import { createForwarder } from "./forwarder.ts";
import { claimResolvConf, type ResolvConfClaim } from "./resolv-conf-file.ts";
import { configureResolved, resolvedIsInUse } from "./resolved.ts";
import { type DnsServer, startDnsServer } from "./server.ts";
import { watchFile } from "./watch-file.ts";
import { createZone, type Zone, type ZoneData } from "./zone.ts";

export { restoreResolvConf } from "./resolv-conf-file.ts";
export type { ZoneData } from "./zone.ts";

export interface HostDnsOptions {
  readonly stateDir: string;
  /** Names the state directory in resolv.conf; hexadecimal. */
  readonly stateId: string;
  readonly device: string;
  /** Own overlay IPv4 address: where systemd-resolved asks. */
  readonly ownIp: string | undefined;
  readonly zone: ZoneData;
  /** Said when names begin or cease to resolve; undefined: all is well. */
  readonly onHealth: (problem: string | undefined) => void;
}

export interface HostDns {
  setZone(zone: ZoneData): void;
  stop(): Promise<void>;
}

/** Of the loopback network (RFC 1122 §3.2.1.3), away from what others use: 127.0.0.1 (dnsmasq), 127.0.0.11 (Docker), 127.0.0.53 (resolved). */
const SERVER_ADDRESS = "127.0.0.111";
const DNS_PORT = 53;
const RESOLV_CONF = "/etc/resolv.conf";
/** Of the host. */
export const RESOLV_CONF_FILES = { path: RESOLV_CONF, lockPath: "/run/meshd/resolv.lock", server: SERVER_ADDRESS };

/** Never rejects: a node whose host cannot resolve names is still a node. */
export async function startHostDns(options: HostDnsOptions): Promise<HostDns> {
  let zone: Zone = createZone(options.zone);
  let server: DnsServer | undefined;
  let upstreams: () => readonly string[] = () => [];
  const listen = (address: string): Promise<DnsServer> => {
    const forwarder = createForwarder(() => upstreams());
    return startDnsServer({ address, port: DNS_PORT, zone: () => zone, forwarder });
  };

  let release = (): Promise<void> => Promise.resolve();
  try {
    server = await serveResolved(options, listen);
    if (server === undefined) {
      server = await listen(SERVER_ADDRESS);
      const claim = await claimFor(options);
      upstreams = () => claim.upstreams();
      release = keepClaim(claim, options.onHealth);
    }
    options.onHealth(undefined);
  } catch (error) {
    options.onHealth(problemOf(error));
  }
  return {
    setZone(data) {
      zone = createZone(data);
    },
    async stop() {
      // First the host's resolver, then the server that it asks.
      await release();
      await server?.close();
    },
  };
}

/** The server that systemd-resolved asks; undefined where it is not in use, or does not take it. */
async function serveResolved(
  options: HostDnsOptions,
  listen: (address: string) => Promise<DnsServer>,
): Promise<DnsServer | undefined> {
  const { device, ownIp, zone } = options;
  if (ownIp === undefined || !resolvedIsInUse(RESOLV_CONF)) return undefined;
  const server = await listen(ownIp).catch(() => undefined);
  // Another DNS server has the port on all addresses but those of its choice: ours of the loopback network may still be free.
  if (server === undefined) return undefined;
  const split = { device, server: ownIp, domain: zone.domain, prefixes: zone.prefixes };
  if ((await configureResolved(split)) === undefined) return server;
  // The whole mesh reaches this address: nothing there may pass questions on to the host's resolvers.
  await server.close();
  return undefined;
}

function claimFor({ stateDir, stateId, zone }: HostDnsOptions): Promise<ResolvConfClaim> {
  return claimResolvConf({
    ...RESOLV_CONF_FILES,
    backupPath: join(stateDir, "resolv.conf.before"),
    state: stateId,
    domain: zone.domain,
  });
}

/** Returns what releases the claim. */
function keepClaim(claim: ResolvConfClaim, onHealth: HostDnsOptions["onHealth"]): () => Promise<void> {
  const watch = watchFile(RESOLV_CONF, () => {
    claim.refresh().then(
      () => onHealth(undefined),
      (error: unknown) => onHealth(problemOf(error)),
    );
  });
  return async () => {
    watch.close();
    await claim.release().catch((error: unknown) => onHealth(problemOf(error)));
  };
}

function problemOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
  const syscall = error instanceof Error && "syscall" in error ? String(error.syscall) : "";
  if (syscall === "bind" || syscall === "listen") {
    return `names of the mesh do not resolve: ${SERVER_ADDRESS}:${String(DNS_PORT)} cannot be used (${code}); let the DNS server of this host listen on other addresses, or do without: meshd up --accept-dns=false`;
  }
  return `names of the mesh do not resolve: ${RESOLV_CONF} cannot be written (${code})`;
}
