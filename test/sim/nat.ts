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
}

interface Mapping {
  readonly inside: SocketAddress;
  readonly outside: SocketAddress;
  readonly key: string;
  /** Remote addresses sent to, and when last. */
  readonly sentTo: Map<SocketAddress, number>;
  usedAt: number;
}

export class Nat {
  readonly behaviour: NatBehaviour;
  publicIp: string;
  readonly #random: Random;
  readonly #byKey = new Map<string, Mapping>();
  readonly #byOutside = new Map<SocketAddress, Mapping>();
  #nextPort: number;

  constructor(behaviour: NatBehaviour, publicIp: string, random: Random) {
    this.behaviour = behaviour;
    this.publicIp = publicIp;
    this.#random = random;
    this.#nextPort = random.integer(20_000, 40_000);
  }

  /** Loses all mappings; its provider gives it another address. */
  reboot(publicIp: string): void {
    this.publicIp = publicIp;
    this.#byKey.clear();
    this.#byOutside.clear();
  }

  /** The source address that a packet from inside gets; undefined if it is not let out. */
  outbound(inside: SocketAddress, to: SocketAddress, now: number): SocketAddress | undefined {
    const { onlyTo } = this.behaviour;
    if (onlyTo !== undefined && !onlyTo.includes(splitSocketAddress(to).ip)) return undefined;
    const mapping = this.#mappingFor(inside, to, now);
    mapping.usedAt = now;
    mapping.sentTo.set(to, now);
    return mapping.outside;
  }

  /** Who inside gets a packet, if anyone. */
  inbound(from: SocketAddress, outside: SocketAddress, now: number): SocketAddress | undefined {
    const mapping = this.#byOutside.get(outside);
    if (mapping === undefined || this.#expired(mapping.usedAt, now)) return undefined;
    const { filtering } = this.behaviour;
    const admitted = [...mapping.sentTo].some(([to, at]) => {
      return !this.#expired(at, now) && dependsOn(to, filtering) === dependsOn(from, filtering);
    });
    return admitted ? mapping.inside : undefined;
  }

  #mappingFor(inside: SocketAddress, to: SocketAddress, now: number): Mapping {
    const { mapping } = this.behaviour;
    const key = `${inside} ${mapping === "none" ? "" : dependsOn(to, mapping)}`;
    const known = this.#byKey.get(key);
    if (known !== undefined && !this.#expired(known.usedAt, now)) return known;
    if (known !== undefined) this.#byOutside.delete(known.outside);
    const outside = mapping === "none" ? inside : this.#allocate(inside);
    const made = { inside, outside, key, sentTo: new Map<SocketAddress, number>(), usedAt: now };
    this.#byKey.set(key, made);
    this.#byOutside.set(outside, made);
    return made;
  }

  #allocate(inside: SocketAddress): SocketAddress {
    const { allocation } = this.behaviour;
    let outside = formatSocketAddress(this.publicIp, this.#firstChoice(inside));
    while (this.#byOutside.has(outside)) {
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
