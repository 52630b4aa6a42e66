// A simulated internet out of one seed: servers of the mesh, sites of given kinds with nodes in them, and traffic between those.
import { meshIdOf, signingKeyFromSeed } from "../../src/identity/index.ts";
import { parseSocketAddress, type SocketAddress, splitSocketAddress } from "../../src/protocol/index.ts";
import { Coordinator } from "./coordinator.ts";
import type { Place, Places } from "./host.ts";
import { Journal } from "./journal.ts";
import type { NatBehaviour } from "./nat.ts";
import { type Detour, type LinkQuality, Network, Site } from "./network.ts";
import { outsideIp, SimNode } from "./node.ts";
import { type Random, seededRandom } from "./random.ts";
import { RelayServer } from "./relay-server.ts";
import { FIREWALL, OPEN, SERVER_IPS, type SiteKind, siteType } from "./sites.ts";
import type { Surroundings } from "./surroundings.ts";
import { Timeline } from "./timeline.ts";

export const CLEAN: LinkQuality = { delayMs: 10, jitterMs: 0, loss: 0 };
/** Within a building. */
const NEAR: LinkQuality = { delayMs: 1, jitterMs: 0, loss: 0 };

/** Everything a link may do to packets, as the seed says. */
export function roughLink(random: Random): LinkQuality {
  return { delayMs: random.integer(2, 60), jitterMs: random.integer(0, 20), loss: random.unit() * 0.03 };
}

export interface WorldOptions {
  /** One way, to each relay. */
  readonly relayDelaysMs?: readonly number[];
  readonly pace?: number;
  readonly keepJournal?: boolean;
}

const TRAFFIC_INTERVAL_MS = 100;
const NAMES = "abcdefghijklmnopqrstuvwxyz";

export class World {
  readonly timeline = new Timeline();
  readonly random: Random;
  readonly journal: Journal;
  readonly internet = new Site({ delayMs: 0, jitterMs: 0, loss: 0 });
  readonly network: Network;
  readonly surroundings: Surroundings;
  readonly nodes: SimNode[] = [];
  #nextPublicIp = 10;
  #nextHost = 10;

  constructor(seed: number, { relayDelaysMs = [0, 0], pace = 1, keepJournal = false }: WorldOptions = {}) {
    this.random = seededRandom(seed);
    this.journal = new Journal(this.timeline, keepJournal);
    this.network = new Network(this.timeline, this.random);
    const root = signingKeyFromSeed(this.random.bytes(32));
    const meshId = meshIdOf(root.publicKey);
    const relays = relayDelaysMs.map((delayMs, i) => {
      const key = signingKeyFromSeed(this.random.bytes(32));
      const site = this.internet.behind(OPEN, "", { delayMs, jitterMs: 0, loss: 0 }, this.random);
      const addresses = [address(`${SERVER_IPS[i] ?? ""}:443`), address(`[2001:db8:ffff::${i + 1}]:443`)];
      const place = { network: this.network, site };
      return new RelayServer(`relay-${i + 1}`, addresses, place, this.random, { root, key, meshId });
    });
    this.surroundings = {
      timeline: this.timeline,
      network: this.network,
      random: this.random,
      journal: this.journal,
      coordinator: new Coordinator(this.timeline),
      relays,
      stunServers: relays.flatMap(({ addresses }) => addresses),
      meshId,
      pace,
    };
  }

  get coordinator(): Coordinator {
    return this.surroundings.coordinator;
  }

  relay(name: string): RelayServer {
    const relay = this.surroundings.relays.find((each) => each.name === name);
    if (relay === undefined) throw new Error(`no ${name}`);
    return relay;
  }

  /** A home's own networks are behind the same link. */
  places(kind: SiteKind, link: LinkQuality): Places {
    const { ipv4, ipv6 } = siteType(kind);
    return {
      ...(ipv4.length > 0 && { ipv4: this.ipv4Place(ipv4, link) }),
      ...(ipv6 === true && { ipv6: this.ipv6Place(link) }),
    };
  }

  /** Behind these routers, outermost first. */
  ipv4Place(routers: readonly NatBehaviour[], link: LinkQuality): Place {
    let site = this.internet;
    let outside = "";
    for (const behaviour of routers) {
      outside = site === this.internet ? this.publicIp() : this.#carrierIp();
      site = site.behind(behaviour, outside, site === this.internet ? link : NEAR, this.random);
    }
    const isTranslated = routers.some(({ mapping }) => mapping !== "none");
    return { site, ip: isTranslated ? this.#privateIp() : outside };
  }

  ipv6Place(link: LinkQuality): Place {
    const ip = `2001:db8:${this.#nextPublicIp++}::1`;
    return { site: this.internet.behind(FIREWALL, "", link, this.random), ip };
  }

  node(places: Places): SimNode {
    const node = new SimNode(NAMES[this.nodes.length] ?? `n${this.nodes.length}`, this.surroundings, places);
    this.nodes.push(node);
    this.journal.note(
      node.name,
      () => `is at ${node.host.addresses().join(", ")}, outside ${outsideIp(node.host.mainPlace)}`,
    );
    return node;
  }

  /** Nodes that know each other and join now. */
  introduce(...nodes: readonly SimNode[]): void {
    for (const node of nodes) for (const other of nodes) if (other !== node) node.meet(other);
    for (const node of nodes) node.start();
  }

  /** The same, and they have had a second to find their way to STUN and relays. */
  join(...nodes: readonly SimNode[]): void {
    this.introduce(...nodes);
    this.run(1000);
  }

  /** Only the hub knows all the others. */
  joinHub(hub: SimNode, others: readonly SimNode[]): void {
    for (const node of others) {
      hub.meet(node);
      node.meet(hub);
    }
    for (const node of [hub, ...others]) node.start();
    this.run(1000);
  }

  /** The router that has the public address forgets everything and gets another one; its IPv6 firewall as well. */
  reboot({ host, name }: SimNode): void {
    this.journal.note(name, () => "its router reboots");
    for (const place of [host.places.ipv4, host.places.ipv6]) {
      let site = place?.site;
      while (site?.parent?.router !== undefined) site = site.parent;
      site?.router?.reboot(place === host.places.ipv4 ? this.publicIp() : "");
    }
  }

  /** UDP between the two sites takes another way than to the servers. */
  throttle(a: SimNode, b: SimNode, detour: Detour): void {
    this.journal.note("", () => `${detour.delayMs} ms and ${detour.loss} loss more between ${a.name} and ${b.name}`);
    this.network.throttle(outsideIp(a.host.mainPlace), outsideIp(b.host.mainPlace), detour);
  }

  /** One way, between a node's sites and a relay. */
  farFrom({ host: { places } }: SimNode, relay: string, delayMs: number): void {
    const { addresses } = this.relay(relay);
    for (const place of [places.ipv4, places.ipv6]) {
      if (place === undefined) continue;
      for (const each of addresses)
        this.network.throttle(outsideIp(place), splitSocketAddress(each).ip, { delayMs, loss: 0 });
    }
  }

  run(ms: number): void {
    this.timeline.runUntil(this.timeline.now + ms);
  }

  /** A packet every 100 ms one way (the other side acknowledges). */
  traffic(from: SimNode, to: SimNode, ms: number): void {
    const end = this.timeline.now + ms;
    for (let at = this.timeline.now; at < end; at += TRAFFIC_INTERVAL_MS) {
      this.timeline.at(at, () => {
        from.sendTraffic(to);
      });
    }
    this.timeline.runUntil(end);
  }

  /** Just enough to keep the peers awake. */
  trickle(from: SimNode, to: readonly SimNode[], ms: number, intervalMs = 20_000): void {
    const end = this.timeline.now + ms;
    while (this.timeline.now < end) {
      for (const node of to) from.sendTraffic(node);
      this.timeline.runUntil(Math.min(end, this.timeline.now + intervalMs));
    }
  }

  publicIp(): string {
    const next = this.#nextPublicIp++;
    return `198.51.${100 + Math.floor(next / 250)}.${next % 250}`;
  }

  #privateIp(): string {
    return `192.168.${this.random.integer(1, 5)}.${this.random.integer(10, 30)}`;
  }

  #carrierIp(): string {
    return `100.126.0.${this.#nextHost++}`;
  }
}

function address(text: string): SocketAddress {
  const parsed = parseSocketAddress(text);
  if (parsed === undefined) throw new RangeError(text);
  return parsed;
}
