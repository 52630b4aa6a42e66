// The machine a node runs on: its clock, which stands still while it sleeps, its addresses, its UDP sockets - and the books kept of what
// it sends.
import type { Clock } from "../../src/daemon/driver.ts";
import { formatSocketAddress, type SocketAddress, splitSocketAddress } from "../../src/protocol/index.ts";
import { Ledger } from "./ledger.ts";
import type { Network, Packet, Site } from "./network.ts";
import type { Scheduled, Timeline } from "./timeline.ts";

export const PORT = 41641;
/** As a kernel picks for sockets that do not ask for a port. */
const FIRST_EXTRA_PORT = 32_768;
const EXTRA_PORTS = 8192;
const ROUNDING_MS = 0.001;

/** Where a host is: a network, and its address there. */
export interface Place {
  readonly site: Site;
  readonly ip: string;
}

/** One of them at least. */
export interface Places {
  readonly ipv4?: Place | undefined;
  readonly ipv6?: Place | undefined;
}

export interface Arrival {
  readonly data: Uint8Array;
  readonly from: SocketAddress;
  /** An extra socket's handle. */
  readonly socket: number | undefined;
}

/** Monotonic, as the product's: time asleep does not count. */
export class HostClock implements Clock {
  readonly #timeline: Timeline;
  #sleptMs = 0;
  #asleepSince: number | undefined;
  /** Timers that were due while asleep. */
  readonly #held: (() => void)[] = [];

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  get isAsleep(): boolean {
    return this.#asleepSince !== undefined;
  }

  now(): number {
    return (this.#asleepSince ?? this.#timeline.now) - this.#sleptMs;
  }

  setTimer(callback: () => void, delayMs: number): unknown {
    const timer: Scheduled = { cancelled: false };
    const dueAt = this.now() + delayMs;
    const look = () => {
      if (timer.cancelled) return;
      if (this.isAsleep) this.#held.push(look);
      // Sums of times asleep are rounded: a timer may be this early.
      else if (this.now() < dueAt - ROUNDING_MS) this.#timeline.after(dueAt - this.now(), look);
      else callback();
    };
    this.#timeline.after(delayMs, look);
    return timer;
  }

  clearTimer(timer: unknown): void {
    if (timer !== undefined) (timer as Scheduled).cancelled = true;
  }

  sleep(): void {
    this.#asleepSince = this.#timeline.now;
  }

  wake(): void {
    if (this.#asleepSince === undefined) return;
    this.#sleptMs += this.#timeline.now - this.#asleepSince;
    this.#asleepSince = undefined;
    for (const look of this.#held.splice(0)) look();
  }
}

export class Host {
  readonly clock: HostClock;
  readonly ledger = new Ledger();
  onArrival: (arrival: Arrival) => void = () => undefined;
  readonly #network: Network;
  #places: Places = {};
  #mainAddresses: ReadonlyMap<Place, SocketAddress> = new Map();
  /** Extra sockets by handle, and back. */
  readonly #ports = new Map<number, number>();
  readonly #sockets = new Map<number, number>();
  #nextSocket = 1;

  constructor(timeline: Timeline, network: Network, places: Places) {
    this.clock = new HostClock(timeline);
    this.#network = network;
    this.#attach(places);
  }

  get places(): Places {
    return this.#places;
  }

  /** That TCP takes. */
  get mainPlace(): Place {
    const place = this.#places.ipv4 ?? this.#places.ipv6;
    if (place === undefined) throw new Error("nowhere");
    return place;
  }

  get openSockets(): number {
    return this.#ports.size;
  }

  addresses(): readonly SocketAddress[] {
    return [...this.#mainAddresses.values()];
  }

  /** To other networks. */
  move(places: Places): void {
    for (const { site, ip } of this.#all()) site.hosts.delete(ip);
    this.#attach(places);
  }

  /** Of sealed disco, `peer` is for whom. */
  send(data: Uint8Array, to: SocketAddress, socket?: number, peer?: string): void {
    const place = splitSocketAddress(to).family === 4 ? this.#places.ipv4 : this.#places.ipv6;
    const port = socket === undefined ? PORT : this.#ports.get(socket);
    if (place === undefined || port === undefined || this.clock.isAsleep) return;
    const main = this.#mainAddresses.get(place);
    this.ledger.note({ at: this.clock.now(), data, to, socket, peer, isOwn: to === main });
    const from = port === PORT && main !== undefined ? main : formatSocketAddress(place.ip, port);
    this.#network.send(place.site, { from, to, data });
  }

  openMore(count: number): readonly number[] {
    const sockets = Array.from({ length: count }, () => this.#nextSocket++);
    for (const socket of sockets) {
      const port = FIRST_EXTRA_PORT + (socket % EXTRA_PORTS);
      this.#ports.set(socket, port);
      this.#sockets.set(port, socket);
    }
    this.ledger.peakSockets = Math.max(this.ledger.peakSockets, this.#ports.size);
    return sockets;
  }

  close(sockets: Iterable<number>): void {
    for (const socket of sockets) {
      this.#sockets.delete(this.#ports.get(socket) ?? 0);
      this.#ports.delete(socket);
    }
  }

  closeAll(): void {
    this.close([...this.#ports.keys()]);
  }

  #all(): readonly Place[] {
    return [this.#places.ipv4, this.#places.ipv6].filter((place) => place !== undefined);
  }

  #attach(places: Places): void {
    this.#places = places;
    this.#mainAddresses = new Map(this.#all().map((place) => [place, formatSocketAddress(place.ip, PORT)]));
    for (const { site, ip } of this.#all()) {
      site.hosts.set(ip, (packet) => {
        this.#receive(packet);
      });
    }
  }

  #receive({ data, from, to }: Packet): void {
    if (this.clock.isAsleep) return;
    const { port } = splitSocketAddress(to);
    const socket = this.#sockets.get(port);
    if (port === PORT || socket !== undefined) this.onArrival({ data, from, socket });
  }
}
