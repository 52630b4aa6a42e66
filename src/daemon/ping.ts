// POST /v1/ping: round trips to a peer through its connection, each with the path in use when it came back.
import { setTimeout as sleep } from "node:timers/promises";
import type { Fields } from "../host/fields.ts";
import type { PingLine, PingRequest } from "../local-api/node-api.ts";
import { MeshdError } from "../protocol/errors.ts";
import { formatNodeKey } from "../protocol/node-key.ts";
import type { Peer } from "./peer.ts";
import type { RunningNode } from "./running-node.ts";
import { pathStatus } from "./status.ts";

const MAX_COUNT = 1_000_000_000;
const MIN_INTERVAL_MS = 10;
const MAX_TIMEOUT_MS = 60_000;

export const PING_FIELDS = ["node", "count", "intervalMs", "timeoutMs", "untilDirect"] as const;

/** Checks a request's body. Errors: `MeshdError` with exit code 2. */
export function pingRequestFrom(fields: Fields): PingRequest {
  const { node, count, intervalMs, timeoutMs, untilDirect } = fields;
  if (typeof node !== "string" || node === "") throw new MeshdError("bad-request", 2, "node is missing");
  if (untilDirect !== undefined && typeof untilDirect !== "boolean") {
    throw new MeshdError("bad-request", 2, "untilDirect is neither true nor false");
  }
  return {
    node,
    count: bounded(count, "count", 1, MAX_COUNT),
    intervalMs: bounded(intervalMs, "intervalMs", MIN_INTERVAL_MS, MAX_COUNT),
    timeoutMs: bounded(timeoutMs, "timeoutMs", 1, MAX_TIMEOUT_MS),
    untilDirect: untilDirect === true,
  };
}

function bounded(value: unknown, name: string, low: number, high: number): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= low && value <= high) return value;
  throw new MeshdError("bad-request", 2, `${name} is not a whole number from ${low} to ${high}`);
}

export async function* ping(
  node: RunningNode,
  request: PingRequest,
  signal: AbortSignal,
): AsyncGenerator<PingLine, void> {
  const key = findPeer(node, request.node).key;
  for (let seq = 1; seq <= request.count && !signal.aborted; seq++) {
    const startedAt = performance.now();
    const line = await pingOnce(node, findPeer(node, formatNodeKey(key)), seq, request.timeoutMs);
    yield line;
    if (request.untilDirect && line.rttMs !== undefined && line.path.kind === "direct") return;
    const pauseMs = request.intervalMs - (performance.now() - startedAt);
    if (seq < request.count && pauseMs > 0) await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}

async function pingOnce(node: RunningNode, peer: Peer, seq: number, timeoutMs: number): Promise<PingLine> {
  try {
    const { rttMs, path } = await node.engine.ping(peer.handle, timeoutMs);
    const measured = (await node.stats()).peers
      .find((each) => each.peer === peer.handle)
      ?.paths.find(({ id }) => id === path);
    const reply = { ...measured, id: path, rttMs };
    const taken = pathStatus(reply, peer.pathById.get(path), (handle) => node.relays.accessOf(handle));
    return { seq, rttMs: Math.round(rttMs * 1000) / 1000, path: taken };
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ETIMEDOUT") return { seq, path: { kind: "none" } };
    throw error;
  }
}

/** By name, DNS name, overlay IP or key. */
export function findPeer(node: RunningNode, wanted: string): Peer {
  const domain = node.view?.mesh?.domain ?? "";
  const text = wanted.toLowerCase().replace(/\.$/, "");
  for (const peer of node.peers.all()) {
    const { hostname, ips } = peer.entry;
    const names = [hostname.toLowerCase(), `${hostname}.${domain}`.toLowerCase(), ...ips];
    if (names.includes(text) || formatNodeKey(peer.key) === wanted) return peer;
  }
  if (node.view?.self?.ips.some((ip) => ip === text) === true || node.view?.self?.hostname === text) {
    throw new MeshdError("self", 1, `${wanted} is this node itself`);
  }
  throw new MeshdError("no-such-node", 1, `no node ${wanted} in this mesh; \`meshd status\` lists them`);
}
