// A network of sites: the internet, and networks behind routers, in any depth. Packets are objects with addresses; they are lost,
// delayed and reordered as the links say. Byte streams (TCP) get through every router, and break when one on their way reboots or has not
// heard of them for too long.
import { type SocketAddress, splitSocketAddress } from "../../src/protocol/index.ts";
import { Nat, type NatBehaviour } from "./nat.ts";
import type { Random } from "./random.ts";
import type { Timeline } from "./timeline.ts";

export interface Packet {
  readonly from: SocketAddress;
  readonly to: SocketAddress;
  readonly data: Uint8Array;
}

export interface LinkQuality {
  /** One way, between a site's router and the internet's middle. */
  readonly delayMs: number;
  /** Added at random: packets overtake each other. */
  readonly jitterMs: number;
  /** Share of packets lost on the way. */
  readonly loss: number;
}

export type Receiver = (packet: Packet) => void;

/** A network; `router` leads out of it to `parent`. The internet has neither. */
export class Site {
  readonly parent: Site | undefined;
  readonly router: Nat | undefined;
  readonly link: LinkQuality;
  readonly hosts = new Map<string, Receiver>();
  readonly #children: Site[] = [];
  /** Of the children that hosts are seen in as they are, and of those that have one address for all. */
  readonly #byIp = new Map<string, Site>();

  constructor(link: LinkQuality, parent?: Site, router?: Nat) {
    this.link = link;
    this.parent = parent;
    this.router = router;
    if (parent !== undefined) parent.#children.push(this);
  }

  behind(behaviour: NatBehaviour, publicIp: string, link: LinkQuality, random: Random): Site {
    return new Site(link, this, new Nat(behaviour, publicIp, random));
  }

  /** The network within this one that packets for the address go to. */
  childFor(ip: string): Site | undefined {
    const known = this.#byIp.get(ip);
    if (known !== undefined && known.#answersTo(ip)) return known;
    const found = this.#children.find((child) => child.#answersTo(ip));
    if (found !== undefined) this.#byIp.set(ip, found);
    return found;
  }

  #answersTo(ip: string): boolean {
    return this.router?.behaviour.mapping === "none" ? this.hosts.has(ip) : this.router?.publicIp === ip;
  }
}

const LAN_DELAY_MS = 0.2;

/** Extra trouble between two addresses of the internet. */
export interface Detour {
  readonly delayMs: number;
  readonly loss: number;
}

export class Network {
  readonly #timeline: Timeline;
  readonly #random: Random;
  readonly #detours = new Map<string, Detour>();

  constructor(timeline: Timeline, random: Random) {
    this.#timeline = timeline;
    this.#random = random;
  }

  send(site: Site, packet: Packet): void {
    this.#up(site, packet, LAN_DELAY_MS);
  }

  /** UDP between the two public addresses takes longer from now on, both ways. */
  throttle(a: string, b: string, detour: Detour): void {
    this.#detours.set(`${a} ${b}`, detour);
    this.#detours.set(`${b} ${a}`, detour);
  }

  /** A byte stream from a site's host to a server on the internet. */
  openStream(site: Site, server: Site): Line {
    return new Line(this.#timeline, site, server);
  }

  /** The packet is inside `site` and looks for its destination there, then further out. */
  #up(site: Site, packet: Packet, delayMs: number): void {
    const { ip } = splitSocketAddress(packet.to);
    if (this.#deliverWithin(site, packet, ip, delayMs)) return;
    const { parent, router } = site;
    if (parent === undefined || router === undefined) return;
    const from = router.outbound(packet.from, packet.to, this.#timeline.now);
    if (from === undefined || !router.bears(packet.data.length, packet.to)) return;
    if (ip === router.publicIp && router.behaviour.mapping !== "none") {
      if (router.behaviour.hairpin) this.#down(site, { ...packet, from }, delayMs);
      return;
    }
    if (!this.#lost(site)) this.#up(parent, { ...packet, from }, delayMs + this.#delay(site));
  }

  /** To a host of this network, or through the router of one within it. */
  #deliverWithin(site: Site, packet: Packet, ip: string, delayMs: number): boolean {
    const receiver = site.hosts.get(ip);
    if (receiver !== undefined) {
      this.#timeline.after(delayMs, () => {
        receiver(packet);
      });
      return true;
    }
    const child = site.childFor(ip);
    if (child === undefined) return false;
    const detour = site.parent === undefined ? this.#detourOf(packet, ip) : undefined;
    if (detour !== undefined && this.#random.unit() < detour.loss) return true;
    if (!this.#lost(child)) this.#down(child, packet, delayMs + this.#delay(child) + (detour?.delayMs ?? 0));
    return true;
  }

  /** Arrives at the site's router when the delay is over: what it lets in depends on what left until then. */
  #down(site: Site, packet: Packet, delayMs: number): void {
    this.#timeline.after(delayMs, () => {
      if (site.router?.bears(packet.data.length, packet.to) === false) return;
      const to = site.router?.inbound(packet.from, packet.to, this.#timeline.now);
      if (to !== undefined) this.#deliverWithin(site, { ...packet, to }, splitSocketAddress(to).ip, LAN_DELAY_MS);
    });
  }

  #detourOf({ from }: Packet, ip: string): Detour | undefined {
    return this.#detours.size === 0 ? undefined : this.#detours.get(`${splitSocketAddress(from).ip} ${ip}`);
  }

  #delay({ link }: Site): number {
    return link.delayMs + this.#random.unit() * link.jitterMs;
  }

  #lost({ link }: Site): boolean {
    return link.loss > 0 && this.#random.unit() < link.loss;
  }
}

/** One TCP connection, as far as delay and its end matter. */
export class Line {
  readonly #timeline: Timeline;
  readonly #routers: readonly { readonly router: Nat; readonly generation: number }[];
  readonly delayMs: number;
  readonly #idleMs: number;
  #usedAt: number;
  #isClosed = false;
  /** To the host's end, and to the far end. */
  onArrival: (data: Uint8Array) => void = () => undefined;
  onDeparture: (data: Uint8Array) => void = () => undefined;

  constructor(timeline: Timeline, site: Site, server: Site) {
    this.#timeline = timeline;
    const routers = [];
    let delayMs = LAN_DELAY_MS + server.link.delayMs;
    for (let at: Site | undefined = site; at !== undefined; at = at.parent) {
      delayMs += at.link.delayMs + at.link.jitterMs;
      if (at.router !== undefined) routers.push({ router: at.router, generation: at.router.generation });
    }
    this.#routers = routers;
    this.#idleMs = Math.min(...routers.map(({ router }) => router.behaviour.tcpIdleMs ?? Infinity));
    this.#usedAt = timeline.now;
    this.delayMs = delayMs;
  }

  send(data: Uint8Array): void {
    this.#carry(data, (bytes) => {
      this.onDeparture(bytes);
    });
  }

  /** From the far end. */
  answer(data: Uint8Array): void {
    this.#carry(data, (bytes) => {
      this.onArrival(bytes);
    });
  }

  close(): void {
    this.#isClosed = true;
  }

  #carry(data: Uint8Array, deliver: (data: Uint8Array) => void): void {
    if (this.#timeline.now > this.#usedAt + this.#idleMs) this.#isClosed = true;
    this.#usedAt = this.#timeline.now;
    this.#timeline.after(this.delayMs, () => {
      const isBroken = this.#routers.some(({ router, generation }) => router.generation !== generation);
      if (!this.#isClosed && !isBroken) deliver(data);
    });
  }
}
