// GET /v1/why/:node: why a peer is reached as it is, from its path machine and the engine's word for the path in use.
import type { PathStatus, WhyAnswer, WhyNat } from "../local-api/node-api.ts";
import { describeNat, explain } from "../paths/explain.ts";
import { formatNodeKey } from "../protocol/node-key.ts";
import type { NatHint } from "../protocol/nat-hint.ts";
import type { Daemon } from "./daemon.ts";
import type { Peer } from "./peer.ts";
import { findPeer } from "./ping.ts";

export async function why(daemon: Daemon, wanted: string): Promise<WhyAnswer> {
  const node = daemon.runningNode();
  const peer = findPeer(node, wanted);
  const key = formatNodeKey(peer.key);
  const status = await daemon.status();
  const path = status.peers.find((each) => each.key === key)?.path ?? { kind: "none" };
  return whyAnswer(peer, path, performance.now());
}

function whyAnswer(peer: Peer, path: PathStatus, now: number): WhyAnswer {
  const report = peer.paths.report(now);
  const { hard, candidates, probing, failures, retryInMs } = report;
  const online = peer.entry.presence?.online ?? false;
  const kind = path.kind === "direct" || path.kind === "none" ? path.kind : "relay";
  const { blocker, advice } = explain(report, { online, path: kind, now });
  return {
    name: peer.entry.hostname,
    key: formatNodeKey(peer.key),
    online,
    path,
    ...(blocker !== undefined && { blocker }),
    advice,
    nat: { self: natOf(hard.own), peer: natOf(hard.peer) },
    observed: hard.observed,
    ...(hard.worked !== undefined && { foundBy: hard.worked }),
    probing,
    failures,
    ...(retryInMs !== undefined && { retryInMs }),
    candidates: candidates.map(({ address, source, probesSent, probedAgoMs, answeredAgoMs, rttMs }) => ({
      address,
      source,
      probesSent,
      ...(probedAgoMs !== undefined && { probedAgoMs }),
      ...(answeredAgoMs !== undefined && { answeredAgoMs }),
      ...(rttMs !== undefined && { rttMs }),
    })),
  };
}

function natOf(hint: NatHint): WhyNat {
  return { mapping: hint.mapping, allocation: hint.allocation, words: describeNat(hint) };
}
