// Carries out what a peer's path machine wants: ranked paths and sockets for the engine, requests for the coordinator, datagrams.
import type { NodeEngine } from "../engine/index.ts";
import { STUN_TRANSACTION_TTL_MS } from "../nat/index.ts";
import type { PeerPath, PeerPathsEvent } from "../paths/index.ts";
import type { PunchRequestMessage } from "../protocol/messages.ts";
import { type Peer, publishPaths, socketOf } from "./peer.ts";

export interface PeerWishes {
  readonly engine: NodeEngine;
  readonly requestPunch: (request: Omit<PunchRequestMessage, "kind">) => void;
  /** For the log: what became of a peer's paths, and why. */
  readonly onPaths: (peer: Peer, reason: string) => void;
}

export function fulfil(peer: Peer, wishes: PeerWishes, now: number): void {
  for (let event = peer.paths.pollEvent(); event !== undefined; event = peer.paths.pollEvent()) {
    carryOut(peer, event, wishes, now);
  }
  sendAll(peer, wishes.engine, now);
}

function carryOut(peer: Peer, event: PeerPathsEvent, wishes: PeerWishes, now: number): void {
  const { engine, requestPunch, onPaths } = wishes;
  switch (event.type) {
    case "paths":
      publishPaths(peer, event.paths);
      engine.setPaths(peer.handle, event.paths.map(toEnginePath));
      onPaths(peer, event.reason);
      break;
    case "signal":
      requestPunch({ peer: peer.key, candidates: event.candidates, attempt: event.attempt, nat: event.nat });
      break;
    case "open-sockets":
      peer.paths.handleSockets(openSockets(engine, event.count), now);
      break;
    case "close-sockets":
      engine.closeSockets([...event.sockets]);
      break;
    case "restarted":
      engine.reconnect(peer.handle);
      break;
  }
}

function openSockets(engine: NodeEngine, count: number): readonly number[] {
  try {
    return engine.openSockets(count, 4);
  } catch {
    // Out of descriptors, or no IPv4: the machine goes on without.
    return [];
  }
}

function sendAll({ paths, handle }: Peer, engine: NodeEngine, now: number): void {
  const datagrams = [];
  for (let next = paths.pollTransmit(now); next !== undefined; next = paths.pollTransmit(now)) {
    const { data, to, stunTransactionId } = next;
    if (stunTransactionId !== undefined) engine.expectStun([stunTransactionId], STUN_TRANSACTION_TTL_MS);
    datagrams.push(
      to.kind === "direct" ? { data, address: to.address, ...socketOf(to) } : { data, relay: to.relay, peer: handle },
    );
  }
  if (datagrams.length > 0) engine.send(datagrams);
}

function toEnginePath(path: PeerPath) {
  return path.kind === "direct"
    ? { id: path.id, address: path.address, ...socketOf(path) }
    : { id: path.id, relay: path.relay };
}
