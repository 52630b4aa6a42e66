// A NAT or firewall in the terms of RFC 4787: how it maps (§4.1), how it picks ports (§4.2), what it lets in (§5), whether it
// hairpins (§6), and when it forgets.
import { formatSocketAddress, type SocketAddress, splitSocketAddress } from "../../src/protocol/index.ts";
import type { Random } from "./random.ts";

export type Dependence = "endpoint-independent" | "address-dependent" | "address-and-port-dependent";

export interface NatBehaviour {
  /** "none": a firewall, addresses pass unchanged. */
  readonly mapping: Dependence | "none";
  readonly filtering: Dependence;
  readonly allocation: "preserving" | "sequential" | "random";
  readonly hairpin: boolean;
  readonly timeoutMs: number;
  /** Lets nothing out but to these IPs: a network that allows what its owner knows. */
  readonly onlyTo?: readonly string[];
  readonly blocksUdp?: boolean;
  /** Of the line: what is larger is dropped without a word. TCP keeps to it (MSS clamped). */
  readonly mtu?: number;
  /** Byte streams at rest are cut after so long, as by a proxy that they have to pass. */
  readonly tcpIdleMs?: number;
  /** Gives an open port to whoever asks (PCP, NAT-PMP, UPnP IGD). */
  readonly forwards?: boolean;
}

interface Mapping {
  readonly inside: SocketAddress;
  readonly outside: SocketAddress;
  /** Remote addresses sent to, and when last. */
  readonly sentTo: Map<SocketAddress, number>;
  usedAt: number;
}

const FIRST_FORWARDED_PORT = 50_000;
const ETHERNET_MTU = 1500;

export class Nat {
  readonly behaviour: NatBehaviour;
  publicIp: string;
  blocksUdp: boolean;
  mtu: number;
  /** Grows with each reboot: whatever passed before is over. */
  generation = 0;
  readonly #random: Random;
  readonly #byKey = new Map<string, Mapping>();
  readonly #byOutside = new Map<SocketAddress, Mapping>();
  readonly #forwards = new Map<SocketAddress, SocketAddress>();
  /** Whoever came in by an open port is answered from it; other flows keep their ports, as connection tracking has it. */
  readonly #answers = new Map<string, { readonly outside: SocketAddress; usedAt: number }>();
  #nextPort: number;

  constructor(behaviour: NatBehaviour, publicIp: string, random: Random) {
    this.behaviour = behaviour;
    this.publicIp = publicIp;
    this.blocksUdp = behaviour.blocksUdp ?? false;
    this.mtu = behaviour.mtu ?? ETHERNET_MTU;
    this.#random = random;
    this.#nextPort = random.integer(20_000, 40_000);
  }

  /** Loses all mappings; its provider gives it another address. */
  reboot(publicIp: string): void {
    this.publicIp = publicIp;
    this.generation += 1;
    this.#byKey.clear();
    this.#byOutside.clear();
    this.#forwards.clear();
    this.#answers.clear();
  }

  /** The outside address that leads to `inside` from anywhere, from now on; undefined if it gives none. */
  forward(inside: SocketAddress): SocketAddress | undefined {
    if (this.behaviour.forwards !== true) return undefined;
    const [known] = [...this.#forwards].find(([, each]) => each === inside) ?? [];
    const outside = known ?? formatSocketAddress(this.publicIp, FIRST_FORWARDED_PORT + this.#forwards.size);
    this.#forwards.set(outside, inside);
    return outside;
  }

  /** Whether the line bears a datagram. */
  bears(bytes: number, to: SocketAddress): boolean {
    // Larger than any header, and smaller than any narrow line: no need to look closer.
    return bytes < 512 || bytes + HEADER_BYTES[splitSocketAddress(to).family] <= this.mtu;
  }

  /** The source address that a packet from inside gets; undefined if it is not let out. */
  outbound(inside: SocketAddress, to: SocketAddress, now: number): SocketAddress | undefined {
    const { onlyTo } = this.behaviour;
    if (this.blocksUdp || (onlyTo !== undefined && !onlyTo.includes(splitSocketAddress(to).ip))) return undefined;
    const answer = this.#answers.get(`${inside} ${to}`);
    if (answer !== undefined && !this.#expired(answer.usedAt, now)) {
      answer.usedAt = now;
      return answer.outside;
    }
    const mapping = this.#mappingFor(inside, to, now);
    mapping.usedAt = now;
    mapping.sentTo.set(to, now);
    return mapping.outside;
  }

  /** Who inside gets a packet, if anyone. */
  inbound(from: SocketAddress, outside: SocketAddress, now: number): SocketAddress | undefined {
    if (this.blocksUdp) return undefined;
    const { mapping: translation, filtering } = this.behaviour;
    if (translation === "none" && filtering === "endpoint-independent") return outside;
    const forwarded = this.#forwards.get(outside);
    if (forwarded !== undefined) {
      if (translation !== "none") this.#answers.set(`${forwarded} ${from}`, { outside, usedAt: now });
      return forwarded;
    }
    const mapping = this.#byOutside.get(outside);
    if (mapping === undefined || this.#expired(mapping.usedAt, now)) return undefined;
    return this.#admits(mapping, from, now) ? mapping.inside : undefined;
  }

  #admits({ sentTo }: Mapping, from: SocketAddress, now: number): boolean {
    const { filtering } = this.behaviour;
    const exact = sentTo.get(from);
    if (exact !== undefined && !this.#expired(exact, now)) return true;
    if (filtering === "address-and-port-dependent") return false;
    for (const [to, at] of sentTo) {
      if (!this.#expired(at, now) && dependsOn(to, filtering) === dependsOn(from, filtering)) return true;
    }
    return false;
  }

  #keyFor(inside: SocketAddress, to: SocketAddress): string {
    const { mapping } = this.behaviour;
    return `${inside} ${mapping === "none" ? "" : dependsOn(to, mapping)}`;
  }

  #mappingFor(inside: SocketAddress, to: SocketAddress, now: number): Mapping {
    const key = this.#keyFor(inside, to);
    const known = this.#byKey.get(key);
    if (known !== undefined && !this.#expired(known.usedAt, now)) return known;
    if (known !== undefined) this.#byOutside.delete(known.outside);
    const outside = this.behaviour.mapping === "none" ? inside : this.#allocate(inside);
    const made = { inside, outside, sentTo: new Map<SocketAddress, number>(), usedAt: now };
    this.#byKey.set(key, made);
    this.#byOutside.set(outside, made);
    return made;
  }

  #allocate(inside: SocketAddress): SocketAddress {
    const { allocation } = this.behaviour;
    let outside = formatSocketAddress(this.publicIp, this.#firstChoice(inside));
    while (this.#byOutside.has(outside) || this.#forwards.has(outside)) {
      const port = allocation === "sequential" ? this.#nextPort++ : this.#random.integer(1024, 65_535);
      outside = formatSocketAddress(this.publicIp, port);
    }
    return outside;
  }

  #firstChoice(inside: SocketAddress): number {
    switch (this.behaviour.allocation) {
      case "preserving":
        return splitSocketAddress(inside).port;
      case "sequential":
        return this.#nextPort++;
      case "random":
        return this.#random.integer(1024, 65_535);
    }
  }

  #expired(usedAt: number, now: number): boolean {
    return now > usedAt + this.behaviour.timeoutMs;
  }
}

/** Of the headers before a datagram's payload. */
const HEADER_BYTES = { 4: 28, 6: 48 } as const;

/** The part of a remote address that a behaviour looks at. */
function dependsOn(remote: SocketAddress, dependence: Dependence): string {
  switch (dependence) {
    case "endpoint-independent":
      return "";
    case "address-dependent":
      return splitSocketAddress(remote).ip;
    case "address-and-port-dependent":
      return remote;
  }
}
