// `meshd status` for people.
import type { NodeState, NodeStatus, OfferedRelayStatus, PathStatus, PeerStatus } from "../local-api/node-api.ts";
import { type Colour, formatBytes, formatDuration, formatMs, type Paint, renderTable } from "./table.ts";

const STATE_WORDS: Readonly<Record<NodeState, readonly [Colour, string]>> = {
  running: ["green", "connected"],
  starting: ["yellow", "connecting"],
  stopped: ["dim", "down; `meshd up` connects"],
  "needs-login": ["red", "not joined; `meshd up --authkey KEY` joins"],
  "needs-approval": ["yellow", "waiting for an administrator's approval"],
};

/** `nowUnixMs` makes "since" relative. No newline at the end. */
export function renderStatus(status: NodeStatus, paint: Paint, nowUnixMs: number): string {
  return [selfLines(status, paint), peerTable(status.peers, paint, nowUnixMs), healthLines(status, paint)]
    .filter((part) => part !== "")
    .join("\n\n");
}

function selfLines(status: NodeStatus, paint: Paint): string {
  const [colour, words] = STATE_WORDS[status.state];
  const { self, coordinator } = status;
  const lines = [
    self === undefined
      ? paint(colour, words)
      : `${paint("bold", self.name)}  ${self.ips.join("  ")}  ${paint(colour, words)}`,
  ];
  if (coordinator !== undefined) {
    const reached = coordinator.connected ? paint("green", "connected") : paint("yellow", "away");
    lines.push(paint("dim", `coordinator ${coordinator.url} `) + reached);
  }
  if (self?.offeredRelay !== undefined) lines.push(offeredRelayLine(self.offeredRelay, paint));
  return lines.join("\n");
}

const OFFER_WORDS: Readonly<Record<OfferedRelayStatus["state"], readonly [Colour, string]>> = {
  checking: ["yellow", "not checked yet"],
  accepted: ["green", "in use"],
  unreachable: ["yellow", "not reachable"],
  "not-wanted": ["yellow", "not wanted"],
  full: ["yellow", "not needed"],
  refused: ["yellow", "refused by the operator"],
  failed: ["red", "does not run"],
};

function offeredRelayLine({ state, name, addresses, clients }: OfferedRelayStatus, paint: Paint): string {
  const [colour, words] = OFFER_WORDS[state];
  const where = [...(name === undefined ? [] : [name]), ...addresses].join(" ");
  const used = state === "accepted" ? paint("dim", `  clients: ${clients}`) : "";
  return paint("dim", `offered relay ${where}`.trimEnd()) + ` ${paint(colour, words)}${used}`;
}

function peerTable(peers: readonly PeerStatus[], paint: Paint, nowUnixMs: number): string {
  if (peers.length === 0) return "";
  const rows = [...peers]
    .sort((a, b) => Number(b.online) - Number(a.online) || a.name.localeCompare(b.name))
    .map((peer) => [
      peer.online ? peer.name : paint("dim", peer.name),
      peer.ips[0] ?? "",
      pathText(peer, paint),
      peer.path.rttMs === undefined ? "" : formatMs(peer.path.rttMs),
      peer.rxBytes === 0 ? "" : formatBytes(peer.rxBytes),
      peer.txBytes === 0 ? "" : formatBytes(peer.txBytes),
      sinceText(peer.path.since, nowUnixMs),
    ]);
  return renderTable(
    [
      { title: "PEER" },
      { title: "IP" },
      { title: "PATH" },
      { title: "RTT", align: "right" },
      { title: "RECEIVED", align: "right" },
      { title: "SENT", align: "right" },
      { title: "SINCE", align: "right" },
    ],
    rows,
  );
}

function pathText(peer: PeerStatus, paint: Paint): string {
  const text = describePath(peer.path);
  switch (peer.path.kind) {
    case "direct":
      return paint("green", text);
    case "relay-udp":
    case "relay-tcp":
      return paint("yellow", text);
    case "none":
      return paint("dim", peer.online ? "idle" : "offline");
  }
}

/** "direct 198.51.100.9:41641", "relay main". */
export function describePath(path: PathStatus): string {
  switch (path.kind) {
    case "direct":
      return `direct ${path.address ?? ""}`.trimEnd();
    case "relay-udp":
      return `relay ${path.relay ?? ""}`.trimEnd();
    case "relay-tcp":
      return `relay ${path.relay ?? ""} over TCP`;
    case "none":
      return "no path";
  }
}

function sinceText(since: string | undefined, nowUnixMs: number): string {
  return since === undefined ? "" : formatDuration(nowUnixMs - Date.parse(since));
}

function healthLines(status: NodeStatus, paint: Paint): string {
  return status.health.map((warning) => paint("yellow", `! ${warning}`)).join("\n");
}
