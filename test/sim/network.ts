// A network of sites: the internet, and networks behind routers, in any depth. Packets are objects with addresses; they are lost,
// delayed and reordered as the links say.
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
  readonly children: Site[] = [];

  constructor(link: LinkQuality, parent?: Site, router?: Nat) {
    this.link = link;
    this.parent = parent;
    this.router = router;
    parent?.children.push(this);
  }

  behind(behaviour: NatBehaviour, publicIp: string, link: LinkQuality, random: Random): Site {
    return new Site(link, this, new Nat(behaviour, publicIp, random));
  }
}

const LAN_DELAY_MS = 0.2;

export class Network {
  readonly #timeline: Timeline;
  readonly #random: Random;
  /** Sees every packet as it leaves its host. */
  onSend: (packet: Packet) => void = () => undefined;

  constructor(timeline: Timeline, random: Random) {
    this.#timeline = timeline;
    this.#random = random;
  }

  send(site: Site, packet: Packet): void {
    this.onSend(packet);
    this.#up(site, packet, LAN_DELAY_MS);
  }

  /** The packet is inside `site` and looks for its destination there, then further out. */
  #up(site: Site, packet: Packet, delayMs: number): void {
    if (this.#deliverWithin(site, packet, delayMs)) return;
    const { parent, router } = site;
    if (parent === undefined || router === undefined) return;
    const from = router.outbound(packet.from, packet.to, this.#timeline.now);
    if (from === undefined) return;
    const toItself = splitSocketAddress(packet.to).ip === router.publicIp;
    if (toItself) {
      if (router.behaviour.hairpin) this.#down(site, { ...packet, from }, delayMs);
      return;
    }
    if (!this.#lost(site)) this.#up(parent, { ...packet, from }, delayMs + this.#delay(site));
  }

  /** To a host of this network, or through the router of one within it. */
  #deliverWithin(site: Site, packet: Packet, delayMs: number): boolean {
    const { ip } = splitSocketAddress(packet.to);
    const receiver = site.hosts.get(ip);
    if (receiver !== undefined) {
      this.#timeline.after(delayMs, () => {
        receiver(packet);
      });
      return true;
    }
    for (const child of site.children) {
      const isRouter = child.router?.behaviour.mapping !== "none" && child.router?.publicIp === ip;
      const isPassedThrough = child.router?.behaviour.mapping === "none" && child.hosts.has(ip);
      if (!isRouter && !isPassedThrough) continue;
      if (!this.#lost(child)) this.#down(child, packet, delayMs + this.#delay(child));
      return true;
    }
    return false;
  }

  /** Arrives at the site's router when the delay is over: what it lets in depends on what left until then. */
  #down(site: Site, packet: Packet, delayMs: number): void {
    this.#timeline.after(delayMs, () => {
      const to = site.router?.inbound(packet.from, packet.to, this.#timeline.now);
      if (to !== undefined) this.#deliverWithin(site, { ...packet, to }, LAN_DELAY_MS);
    });
  }

  #delay({ link }: Site): number {
    return link.delayMs + this.#random.unit() * link.jitterMs;
  }

  #lost({ link }: Site): boolean {
    return this.#random.unit() < link.loss;
  }
}
