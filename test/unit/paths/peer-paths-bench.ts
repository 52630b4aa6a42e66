// One machine for the paths to one peer, with the peer, the clock and the network in the test's hands.
import assert from "node:assert/strict";
import {
  BirthdayDesk,
  type DiscoChannel,
  type DiscoTransmit,
  PeerPaths,
  type PeerPathsEvent,
  ProbeBudget,
  type Route,
} from "../../../src/paths/index.ts";
import {
  type Candidate,
  type DiscoBody,
  nodeKeyFromBytes,
  parseSocketAddress,
  type SocketAddress,
} from "../../../src/protocol/index.ts";

export function address(text: string): SocketAddress {
  const parsed = parseSocketAddress(text);
  assert.ok(parsed !== undefined, text);
  return parsed;
}
export const claim = (text: string): Candidate => ({ kind: "reflexive", address: address(text) });
export const direct = (text: string): Route => ({ kind: "direct", address: address(text) });
export const RELAY: Route = { kind: "relay", relay: 1 };
export const [PEER, PEER_LAN, STRANGER] = ["198.51.100.1:1", "192.168.9.9:1", "198.51.100.66:6"] as const;
export const OWN = claim("203.0.113.50:1");

/** Words in clear: a datagram is the index of its body. Sealing is tested in disco.test.ts. */
class ClearChannel implements DiscoChannel {
  readonly bodies: DiscoBody[] = [];
  restarted = false;
  seal(body: DiscoBody): Uint8Array {
    return Uint8Array.of((this.bodies.push(body) - 1) >> 8, (this.bodies.length - 1) & 0xff);
  }
  open(datagram: Uint8Array) {
    const body = this.bodies[((datagram[0] ?? 0) << 8) | (datagram[1] ?? 0)];
    return body && { body, restarted: this.restarted };
  }
}

interface Sent {
  readonly at: number;
  readonly to: string;
  readonly body: DiscoBody;
}

export class Bench {
  readonly channel = new ClearChannel();
  readonly budget = new ProbeBudget();
  readonly forbidden = new Set<SocketAddress>();
  readonly paths: PeerPaths;
  #counter = 0;
  now = 0;
  readonly sent: Sent[] = [];
  readonly events: PeerPathsEvent[] = [];

  constructor() {
    this.paths = new PeerPaths({
      channel: this.channel,
      budget: this.budget,
      random: (length) =>
        new Uint8Array(length)
          .fill(0)
          .with(0, ++this.#counter & 0xff)
          .with(1, this.#counter >> 8),
      birthdays: new BirthdayDesk(this.budget).forPeer(nodeKeyFromBytes(new Uint8Array(32))),
      stunServer: () => undefined,
      allows: (to) => !this.forbidden.has(to),
    });
    this.paths.handleLocalCandidates([OWN], 0);
    this.paths.handleRelays([1], 0);
    this.drain();
  }

  drain(): void {
    for (let out = this.paths.pollTransmit(this.now); out !== undefined; out = this.paths.pollTransmit(this.now)) {
      this.sent.push({ at: this.now, to: nameOf(out), body: this.#bodyOf(out) });
    }
    for (let event = this.paths.pollEvent(); event !== undefined; event = this.paths.pollEvent())
      this.events.push(event);
  }

  /** Runs timers until then. */
  run(until: number): this {
    this.drain();
    for (let next = this.paths.pollTimeout(); next !== undefined && next <= until; next = this.paths.pollTimeout()) {
      this.now = Math.max(this.now, next);
      this.paths.handleTimeout(this.now);
      this.drain();
    }
    this.now = until;
    return this;
  }

  hear(body: DiscoBody, from: Route): void {
    this.paths.handleDatagram(this.channel.seal(body), from, this.now);
    this.drain();
  }

  /** The peer answers the last ping that went there, `rttMs` later. */
  pong(from: string, rttMs: number): void {
    const ping = this.sent.findLast(({ to, body }) => to === from && body.kind === "ping");
    assert.ok(ping?.body.kind === "ping", `no ping to ${from}`);
    this.run(ping.at + rttMs);
    this.hear({ kind: "pong", transactionId: ping.body.transactionId }, direct(from));
  }

  pings(to: string): number[] {
    return this.sent.filter((each) => each.to === to && each.body.kind === "ping").map(({ at }) => at);
  }

  /** The last ranking: addresses and "relay". */
  ranking(): readonly string[] {
    const last = this.events.findLast((event) => event.type === "paths");
    return (last?.paths ?? []).map((path) => (path.kind === "relay" ? "relay" : path.address));
  }

  pathId(to: string): number {
    const last = this.events.findLast((event) => event.type === "paths");
    const path = last?.paths.find((each) => each.kind === "direct" && each.address === to);
    assert.ok(path, `no path to ${to}`);
    return path.id;
  }

  signals(): number {
    return this.events.filter(({ type }) => type === "signal").length;
  }

  #bodyOf(out: DiscoTransmit): DiscoBody {
    const opened = this.channel.open(out.data);
    assert.ok(opened);
    return opened.body;
  }
}

function nameOf({ to }: DiscoTransmit): string {
  return to.kind === "direct" ? to.address : "relay";
}

/** Active, with a direct path to PEER of 40 ms. */
export function connected(): Bench {
  const bench = new Bench();
  bench.paths.handleCandidates([claim(PEER)], 0);
  bench.paths.handleActive(0);
  bench.drain();
  bench.pong(PEER, 40);
  return bench;
}
