// netcheck's looks at TCP as this host's programs reach it: through the HTTP proxy that the environment names, where it names one.
import { openTunnel } from "../channel/proxy-tunnel.ts";
import { chooseProxy, type HttpProxy } from "../channel/proxy.ts";
import { lookForPortal, TCP_TIMEOUT_MS, timeTcpConnection } from "../host/probe-sockets.ts";
import type { PortalAnswer } from "../nat/netcheck/index.ts";
import type { HostPort } from "../protocol/address.ts";
import type { Milliseconds } from "../protocol/units.ts";

type Environment = Readonly<Record<string, string | undefined>>;

const HTTP_PORT = 80;

/** Until a connection to any of them stood; undefined: none in time. */
export async function timeConnection(
  targets: readonly HostPort[],
  environment: Environment,
): Promise<Milliseconds | undefined> {
  const attempts = targets.map(async (target) => {
    const ms = await timeOne(target, environment);
    if (ms === undefined) throw new Error("no connection");
    return ms;
  });
  return Promise.any(attempts).catch(() => undefined);
}

async function timeOne(target: HostPort, environment: Environment): Promise<Milliseconds | undefined> {
  const choice = chooseProxy(target, environment);
  switch (choice.kind) {
    case "none":
      return timeTcpConnection(target);
    case "proxy":
      return timeTunnel(choice.proxy, target);
    case "malformed":
      return undefined;
  }
}

async function timeTunnel(proxy: HttpProxy, target: HostPort): Promise<Milliseconds | undefined> {
  const startedAt = performance.now();
  try {
    const tunnel = await openTunnel(proxy, target, { timeoutMs: TCP_TIMEOUT_MS });
    tunnel.close();
    return performance.now() - startedAt;
  } catch {
    return undefined;
  }
}

/** What answers at `http://host/`; undefined: nothing does. */
export async function findPortal(host: string, environment: Environment): Promise<PortalAnswer | undefined> {
  const choice = chooseProxy({ host, port: HTTP_PORT }, environment);
  switch (choice.kind) {
    case "none":
      return lookForPortal(host);
    case "proxy": {
      const { at, isTls, authorization } = choice.proxy;
      const credentials = authorization && Buffer.from(authorization.reveal()).toString("latin1");
      return lookForPortal(host, { ...at, isTls, ...(credentials !== undefined && { authorization: credentials }) });
    }
    case "malformed":
      return undefined;
  }
}
