// Two nodes in sites of given kinds, with servers on the internet in between, out of one seed.
import { meshIdOf, signingKeyFromSeed } from "../../src/identity/index.ts";
import { parseSocketAddress, type SocketAddress } from "../../src/protocol/index.ts";
import type { Nat, NatBehaviour } from "./nat.ts";
import { type LinkQuality, Network, type Packet, Site } from "./network.ts";
import { type Place, SimNode, type Surroundings } from "./node.ts";
import { type Random, seededRandom } from "./random.ts";
import { Coordinator, Server } from "./servers.ts";
import { Timeline } from "./timeline.ts";

const STRICT = "address-and-port-dependent";
const HOME = { allocation: "preserving", hairpin: false, timeoutMs: 60_000 } as const;

/** The sites of the field, in RFC 4787's terms. */
export const SITES = {
  public: undefined,
  firewall: { ...HOME, mapping: "none", filtering: STRICT },
  "full-cone": { ...HOME, mapping: "endpoint-independent", filtering: "endpoint-independent", hairpin: true },
  "address-restricted": { ...HOME, mapping: "endpoint-independent", filtering: "address-dependent" },
  "port-restricted": { ...HOME, mapping: "endpoint-independent", filtering: STRICT },
  "port-restricted-random": { ...HOME, mapping: "endpoint-independent", filtering: STRICT, allocation: "random" },
  "short-timeout": { ...HOME, mapping: "endpoint-independent", filtering: STRICT, timeoutMs: 30_000 },
  "symmetric-random": { ...HOME, mapping: STRICT, filtering: STRICT, allocation: "random" },
  "symmetric-sequential": { ...HOME, mapping: STRICT, filtering: STRICT, allocation: "sequential" },
  /** Each destination a mapping of its own, on the inner port if that is free. */
  "preserving-until-taken": { ...HOME, mapping: STRICT, filtering: STRICT },
  /** Looks like a home router to the mesh's servers, and lets nobody else through. */
  "servers-only": {
    ...HOME,
    mapping: "endpoint-independent",
    filtering: STRICT,
    onlyTo: ["203.0.113.1", "203.0.113.2"],
  },
} as const satisfies Record<string, NatBehaviour | undefined>;
export type SiteKind = keyof typeof SITES;

export const CLEAN: LinkQuality = { delayMs: 20, jitterMs: 0, loss: 0 };
/** Everything a link may do to packets, as the seed says. */
export function roughLink(random: Random): LinkQuality {
  return { delayMs: random.integer(2, 60), jitterMs: random.integer(0, 20), loss: random.unit() * 0.03 };
}

export class World {
  readonly timeline = new Timeline();
  readonly random: Random;
  readonly internet = new Site({ delayMs: 0, jitterMs: 0, loss: 0 });
  readonly network: Network;
  readonly surroundings: Surroundings;
  /** Sealed disco packets to bare addresses, as they left, by the host's address. */
  readonly probes: { readonly at: number; readonly from: SocketAddress; readonly to: SocketAddress }[] = [];
  readonly nodes: SimNode[] = [];
  #nextPublicIp = 10;

  constructor(seed: number) {
    this.random = seededRandom(seed);
    this.network = new Network(this.timeline, this.random);
    this.network.onSend = (packet) => {
      this.#note(packet);
    };
    const root = signingKeyFromSeed(this.random.bytes(32));
    const key = signingKeyFromSeed(this.random.bytes(32));
    const relay = { root, key, meshId: meshIdOf(root.publicKey) };
    const server = (text: string) => {
      const address = parseSocketAddress(text);
      if (address === undefined) throw new RangeError(text);
      return new Server(address, this.network, this.internet, this.random, relay);
    };
    const relayServer = server("203.0.113.1:443");
    this.surroundings = {
      timeline: this.timeline,
      network: this.network,
      random: this.random,
      coordinator: new Coordinator(this.timeline),
      relay: relayServer,
      relayKey: key.publicKey,
      stunServers: [relayServer.address, server("203.0.113.2:3478").address],
      meshId: relay.meshId,
    };
  }

  publicIp(): string {
    return `198.51.100.${this.#nextPublicIp++}`;
  }

  /** A site of this kind, and the address of a host in it. */
  site(kind: SiteKind, link: LinkQuality, within = this.internet): Place {
    const behaviour = SITES[kind];
    const outside = within === this.internet ? this.publicIp() : `10.9.0.${this.random.integer(2, 250)}`;
    if (behaviour === undefined || behaviour.mapping === "none") {
      // A firewall that lets everything pass is a link with its delay.
      const open = { ...HOME, mapping: "none", filtering: "endpoint-independent", timeoutMs: Infinity } as const;
      return { site: within.behind(behaviour ?? open, outside, link, this.random), ip: outside };
    }
    const site = within.behind(behaviour, outside, link, this.random);
    return { site, ip: `192.168.${this.random.integer(1, 5)}.${this.random.integer(10, 30)}` };
  }

  /** IPv6 behind a stateful firewall, as home routers have it. */
  ipv6Site(link: LinkQuality): Place {
    const ip = `2001:db8:${this.#nextPublicIp}::1`;
    return { site: this.internet.behind(SITES.firewall, this.publicIp(), link, this.random), ip };
  }

  node(ipv4: Place, ipv6?: Place): SimNode {
    const node = new SimNode(this.surroundings, ipv4, ipv6);
    this.nodes.push(node);
    return node;
  }

  /** Two nodes that know each other and join now. */
  introduce(a: SimNode, b: SimNode): void {
    a.meet(b);
    b.meet(a);
    a.start();
    b.start();
  }

  /** The same, and they have had a second to find their way to STUN and relay. */
  pair(a: SimNode, b: SimNode): void {
    this.introduce(a, b);
    this.run(1000);
  }

  routerOf(node: SimNode): Nat {
    const { router } = node.site;
    if (router === undefined) throw new Error("on the internet itself");
    return router;
  }

  run(ms: number): void {
    this.timeline.runUntil(this.timeline.now + ms);
  }

  /** A packet every 100 ms one way (the other side's model does not answer: its paths are found all the same). */
  traffic(from: SimNode, to: SimNode, ms: number): void {
    const end = this.timeline.now + ms;
    for (let at = this.timeline.now, n = 0; at < end; at += 100, n++) {
      this.timeline.at(at, () => {
        from.sendTraffic(to, n);
      });
    }
    this.timeline.runUntil(end);
  }

  /** The largest number of probes of one node in any second. */
  peakProbes(node: SimNode): number {
    const times = node.probeTimes;
    let peak = 0;
    for (let first = 0, next = 0; next < times.length; next++) {
      while ((times[next] ?? 0) - (times[first] ?? 0) >= 1000) first++;
      peak = Math.max(peak, next - first + 1);
    }
    return peak;
  }

  #note({ from, to, data }: Packet): void {
    if (data[0] === 16 && data[1] === 1) this.probes.push({ at: this.timeline.now, from, to });
  }
}
