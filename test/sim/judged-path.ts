// One path as the engine judges it (native/engine/src/path.rs).
import type { PeerPath, Route } from "../../src/paths/index.ts";
import { Echoes } from "./echoes.ts";
import { PathMtu } from "./path-mtu.ts";

/** Waited for the first round trip of a path before sizes are asked for again. */
const UNKNOWN_PATIENCE_MS = 1000;
/** Until it is strange that no full packet was acknowledged. */
const VANISHED_AFTER_MS = 250;

export class JudgedPath {
  readonly path: PeerPath;
  readonly key: string;
  readonly echoes = new Echoes();
  readonly mtu = new PathMtu();
  readonly since: number;
  state: "fresh" | "alive" | "stale" | "dead" = "fresh";
  /** While dead. */
  replies = 0;
  lastDataAt = -Infinity;
  inUseSince: number | undefined;
  /** Since when no full packet sent here was acknowledged. */
  fullUnheardSince: number | undefined;

  constructor(path: PeerPath, now: number) {
    this.path = path;
    this.key = routeKey(path);
    this.since = now;
  }

  /** The host's network changed: it has to answer first, and may be another way. */
  suspect(now: number): void {
    if (this.state !== "dead") this.state = "stale";
    this.echoes.forgetOutstanding();
    this.echoes.hurry();
    this.mtu.restart(now);
    this.fullUnheardSince = undefined;
  }

  leave(): void {
    this.inUseSince = undefined;
    this.fullUnheardSince = undefined;
  }

  /** Something sent then arrived. */
  handleAcknowledged(sentAt: number): void {
    if (this.inUseSince === undefined || sentAt < this.inUseSince) return;
    this.echoes.handleConfirmed(sentAt);
    if (this.fullUnheardSince !== undefined && sentAt >= this.fullUnheardSince) this.fullUnheardSince = undefined;
  }

  /** Whether full packets vanish although the path lives. */
  lookForFull(now: number): void {
    const since = this.fullUnheardSince;
    if (since === undefined || now < this.missesFullAt()) return;
    this.fullUnheardSince = undefined;
    if ((this.echoes.lastReplyAt ?? -Infinity) > since) this.mtu.suspect(now);
  }

  missesFullAt(): number {
    if (this.fullUnheardSince === undefined) return Infinity;
    return this.fullUnheardSince + Math.max(this.echoes.probeTimeoutMs() * 2, VANISHED_AFTER_MS);
  }

  /** For its probes of sizes. */
  patienceMs(): number {
    return this.echoes.rttMs === undefined ? UNKNOWN_PATIENCE_MS : this.echoes.probeTimeoutMs();
  }
}

export function routeKey(route: Route): string {
  if (route.kind === "relay") return `relay ${route.relay}`;
  return route.socket === undefined ? route.address : `${route.address} by ${route.socket}`;
}
