// How the verbs of a node reach its daemon.
import { findSocketPath } from "../host/directories.ts";
import { createLocalApiClient, type LocalApiClient } from "../local-api/client.ts";
import { unknown } from "../local-api/nearest.ts";
import type { NodeStatus, PeerStatus, SelfStatus } from "../local-api/node-api.ts";
import { MeshdError } from "../protocol/errors.ts";

export interface SocketOption {
  readonly socket?: string;
}

export function nodeClient(options: SocketOption): LocalApiClient {
  return createLocalApiClient(options.socket ?? findSocketPath("node"), "daemon");
}

/** The daemon is of this very program, so its answer is taken to have the shape that node-api.ts gives it. */
export async function fetchStatus(client: LocalApiClient, signal?: AbortSignal): Promise<NodeStatus> {
  try {
    return (await client.request("GET", "/v1/status", undefined, signal)) as NodeStatus;
  } catch (error) {
    throw withStartAdvice(error);
  }
}

/** "the daemon is not running" with what starts it. */
export function withStartAdvice(error: unknown): unknown {
  if (!(error instanceof MeshdError) || error.code !== "not-running") return error;
  return new MeshdError(error.code, error.exitCode, `${error.message}; start it with \`meshd up\` or \`meshd daemon\``);
}

/** The node that somebody means: by name, DNS name, overlay IP or key. */
export function findNode(status: NodeStatus, wanted: string): SelfStatus | PeerStatus {
  const all = [...(status.self === undefined ? [] : [status.self]), ...status.peers];
  const text = wanted.toLowerCase().replace(/\.$/, "");
  const found = all.find(
    (node) =>
      node.name.toLowerCase() === text ||
      node.dnsName.toLowerCase() === text ||
      node.key === wanted ||
      node.ips.some((ip) => ip === text),
  );
  if (found !== undefined) return found;
  const names = all.map((node) => node.name);
  throw new MeshdError(
    "no-such-node",
    1,
    names.length === 0 ? `no node ${wanted}: this mesh has no nodes yet` : unknown("node", wanted, names),
  );
}

/** Aborted by Ctrl-C. */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  process.once("SIGINT", () => controller.abort());
  return controller.signal;
}
