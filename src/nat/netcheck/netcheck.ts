// One check of what this host's network lets through, from start to report.
//
// First all servers are asked from the engine's own socket: what they see of it is the mapping that peers meet, their round trips are the
// relays' latencies; TCP connections to the relays run beside. As soon as a server is known to answer, fresh sockets ask that one
// alone, one after the other: the ports they get show how the NAT allocates, and their mappings have heard of no other
// address. When all these are settled, the fresh mappings are tried (RFC 5780 §4): an answer from another port of the server, an
// answer from another server, requests from one of them to the other's public address. Two seconds in all, with what is
// blocked told by silence. Where nothing answers at all, one look at port 80 tells a login page.
//
// Facts about NATs are IPv4's; of IPv6 only whether it works. The first socket's datagrams must be those of announced transactions.
import { type SocketAddress, splitSocketAddress } from "../../protocol/address.ts";
import { type Milliseconds, SECOND_MS } from "../../protocol/units.ts";
import { classifyAllocation, classifyFiltering, classifyMapping, type Observation } from "./classify.ts";
import { type Transaction, Transactions } from "./transactions.ts";
import type {
  NetcheckFindings,
  NetcheckInput,
  NetcheckMachine,
  NetcheckTransmit,
  PortalAnswer,
  RelayLatency,
} from "./types.ts";

/** One for each test of a fresh mapping, and enough ports to see a pattern. */
export const FRESH_SOCKETS = 5;
/** How long an answer may take on the engine's socket. */
export const NETCHECK_TRANSACTION_TTL_MS: Milliseconds = 2 * SECOND_MS;
/** Three sends each: a mesh of many relays is not asked in full. */
const MAX_SERVERS = 16;
const MAX_TCP = 8;
const MAX_TCP_ADDRESSES = 4;
/** Apart, so that they keep their order on the way. */
const FRESH_STEP_MS: Milliseconds = 15;
/** TCP connections and the portal may take longer than STUN, but not longer than people wait. */
const LIMIT_MS: Milliseconds = 5 * SECOND_MS;
const HTTP_NETWORK_AUTHENTICATION_REQUIRED = 511;

const [PORT_SOCKET, SERVER_SOCKET, SERVER_ASKING_SOCKET, HAIRPIN_SOCKET, OTHER_HAIRPIN_SOCKET] = [
  1, 2, 3, 4, 5,
] as const;

interface Trials {
  readonly otherPort: Transaction | undefined;
  readonly otherServer: Transaction | undefined;
  readonly hairpins: readonly Transaction[];
}

type Stage = "asking" | "trying" | "portal" | "done";

export interface NetcheckOptions {
  readonly input: NetcheckInput;
  readonly random: (length: number) => Uint8Array;
  readonly now: Milliseconds;
}

export class Netcheck implements NetcheckMachine {
  readonly #input: NetcheckInput;
  readonly #transactions: Transactions;
  readonly #own: readonly Transaction[];
  readonly #endsAt: Milliseconds;
  readonly #transmits: NetcheckTransmit[] = [];
  readonly #tcpMs: (Milliseconds | null | "pending")[];
  #fresh: readonly Transaction[] | undefined;
  #trials: Trials = { otherPort: undefined, otherServer: undefined, hairpins: [] };
  #portal: PortalAnswer | undefined;
  #stage: Stage = "asking";
  #findings: NetcheckFindings | undefined;

  constructor({ input, random, now }: NetcheckOptions) {
    this.#input = input;
    this.#transactions = new Transactions(random);
    this.#endsAt = now + LIMIT_MS;
    const hasIpv6 = input.localIps.some((ip) => ip.includes(":") && !ip.startsWith("fe80:"));
    const servers = new Set(
      [...input.servers, ...input.relays.flatMap(({ udp }) => udp)].filter(
        // Nothing to wait for: no answer would come.
        (server) => hasIpv6 || splitSocketAddress(server).family === 4,
      ),
    );
    this.#own = [...servers].slice(0, MAX_SERVERS).map((to) => this.#transactions.start({ socket: 0, to }, now));
    this.#tcpMs = input.relays.map(({ tcp }, id) => {
      if (input.extent === "udp" || tcp.length === 0 || id >= MAX_TCP) return null;
      this.#transmits.push({ kind: "tcp", id, to: tcp.slice(0, MAX_TCP_ADDRESSES) });
      return "pending";
    });
    this.handleTimeout(now);
  }

  handleDatagram(socket: number, datagram: Uint8Array, from: SocketAddress, now: Milliseconds): void {
    this.#transactions.handleDatagram(socket, datagram, from, now);
    this.handleTimeout(now);
  }

  handleTcpResult(id: number, connectMs: Milliseconds | undefined, now: Milliseconds): void {
    if (this.#tcpMs[id] === "pending") this.#tcpMs[id] = connectMs ?? null;
    this.handleTimeout(now);
  }

  handlePortalResult(answer: PortalAnswer | undefined, now: Milliseconds): void {
    if (this.#stage !== "portal") return;
    this.#portal = answer;
    this.#finish();
    this.handleTimeout(now);
  }

  handleTimeout(now: Milliseconds): void {
    if (this.#stage === "done") return;
    if (now >= this.#endsAt) {
      this.#finish();
      return;
    }
    this.#transactions.handleTimeout(now);
    this.#advance(now);
    this.#transactions.handleTimeout(now);
  }

  pollTimeout(): Milliseconds | undefined {
    if (this.#stage === "done") return undefined;
    return Math.min(this.#endsAt, this.#transactions.pollTimeout() ?? Infinity);
  }

  pollTransmit(): NetcheckTransmit | undefined {
    return this.#transmits.shift() ?? this.#transactions.pollTransmit();
  }

  pollEvent(): NetcheckFindings | undefined {
    const findings = this.#findings;
    this.#findings = undefined;
    return findings;
  }

  #advance(now: Milliseconds): void {
    this.#fresh ??= this.#askFresh(now);
    const settled = this.#transactions.settled;
    if (this.#stage === "asking" && settled) {
      this.#stage = "trying";
      this.#trials = this.#tryFresh(now);
    }
    if (this.#stage !== "trying" || !this.#transactions.settled || this.#tcpMs.includes("pending")) return;
    const host = this.#portalHost();
    if (host === undefined) {
      this.#finish();
      return;
    }
    this.#stage = "portal";
    this.#transmits.push({ kind: "portal", host });
  }

  /** Undefined: not yet, or never. */
  #askFresh(now: Milliseconds): readonly Transaction[] | undefined {
    const answered = observations(this.#own, 4).map(({ server }) => server);
    const hasSibling = (server: SocketAddress): boolean =>
      this.#own.some(({ to }) => to !== server && splitSocketAddress(to).ip === splitSocketAddress(server).ip);
    // A server with two ports can show more: worth waiting for the others.
    const to = answered.find(hasSibling) ?? (this.#transactions.settled ? answered[0] : undefined);
    if (to === undefined) return undefined;
    return this.#input.freshPorts
      .slice(0, FRESH_SOCKETS)
      .map((_, i) => this.#transactions.start({ socket: i + 1, to, delayMs: i * FRESH_STEP_MS }, now));
  }

  #tryFresh(now: Milliseconds): Trials {
    const primary = this.#fresh?.[0]?.to;
    const mappedOf = (socket: number): SocketAddress | undefined => {
      const outcome = this.#fresh?.[socket - 1]?.outcome;
      return outcome?.kind === "answered" ? outcome.mapped : undefined;
    };
    const start = (options: Parameters<Transactions["start"]>[0]): Transaction =>
      this.#transactions.start(options, now);
    const otherPort =
      primary === undefined || mappedOf(PORT_SOCKET) === undefined
        ? undefined
        : start({ socket: PORT_SOCKET, to: primary, wish: { kind: "change-port" } });
    return {
      otherPort,
      otherServer: this.#tryOtherServer(primary, mappedOf(SERVER_SOCKET), mappedOf(SERVER_ASKING_SOCKET), start),
      hairpins: this.#isNatted() ? tryHairpin(mappedOf(HAIRPIN_SOCKET), mappedOf(OTHER_HAIRPIN_SOCKET), start) : [],
    };
  }

  /** One socket asks a server to answer to the mapping of the other, which never wrote to it. */
  #tryOtherServer(
    primary: SocketAddress | undefined,
    silent: SocketAddress | undefined,
    asking: SocketAddress | undefined,
    start: (options: Parameters<Transactions["start"]>[0]) => Transaction,
  ): Transaction | undefined {
    if (primary === undefined || silent === undefined || asking === undefined) return undefined;
    const other = observations(this.#own, 4).find(({ server }) => ipOf(server) !== ipOf(primary))?.server;
    // The answer goes to the asking socket's public IP: with a pool of them it may be another one.
    if (other === undefined || ipOf(silent) !== ipOf(asking)) return undefined;
    const { port } = splitSocketAddress(silent);
    const wish = { kind: "response-port", port } as const;
    return start({ socket: SERVER_ASKING_SOCKET, answerOn: SERVER_SOCKET, to: other, wish });
  }

  /** Undefined unless nothing at all answers. */
  #portalHost(): string | undefined {
    const reached = this.#own.some(isAnswered) || this.#tcpMs.some((ms) => typeof ms === "number");
    if (reached || this.#input.extent === "udp") return undefined;
    return this.#input.relays.flatMap(({ tcp }) => tcp)[0]?.host ?? this.#own.map(({ to }) => ipOf(to))[0];
  }

  #isNatted(): boolean {
    const [first] = observations(this.#own, 4);
    return first !== undefined && !this.#input.localIps.includes(ipOf(first.mapped));
  }

  #finish(): void {
    this.#stage = "done";
    const [ipv4, ipv6] = [observations(this.#own, 4), observations(this.#own, 6)];
    const [{ mapped: public4 } = { mapped: undefined }] = ipv4;
    const [{ mapped: public6 } = { mapped: undefined }] = ipv6;
    const [family, address] = public4 === undefined ? [ipv6, public6] : [ipv4, public4];
    const isLocal = address !== undefined && this.#input.localIps.includes(ipOf(address));
    const untouched = isLocal && family.every(({ mapped }) => mapped === address);
    this.#findings = {
      udp: ipv4.length + ipv6.length > 0,
      ipv4: ipv4.length > 0,
      ipv6: ipv6.length > 0,
      publicAddresses: [public4, public6].filter((address) => address !== undefined),
      mapping: untouched ? "endpoint-independent" : classifyMapping(ipv4),
      filtering: classifyFiltering(this.#trials.otherPort?.outcome, this.#trials.otherServer?.outcome),
      allocation: classifyAllocation(this.#allocationSamples()),
      hairpin: this.#hairpin(),
      captivePortal: this.#captivePortal(ipv4.length + ipv6.length > 0),
      relays: this.#relayLatencies(),
    };
  }

  #allocationSamples() {
    return (this.#fresh ?? []).flatMap(({ outcome }, i) => {
      const localPort = this.#input.freshPorts[i];
      if (outcome.kind !== "answered" || localPort === undefined) return [];
      return [{ localPort, mappedPort: splitSocketAddress(outcome.mapped).port }];
    });
  }

  #hairpin(): boolean | null {
    const { hairpins } = this.#trials;
    return hairpins.length === 0 ? null : hairpins.some(({ outcome }) => outcome.kind === "returned");
  }

  #captivePortal(udp: boolean): boolean | null {
    if (udp || this.#tcpMs.some((ms) => typeof ms === "number")) return false;
    if (this.#portal === undefined) return null;
    const { status, redirectHost } = this.#portal;
    return status === HTTP_NETWORK_AUTHENTICATION_REQUIRED || redirectHost !== undefined;
  }

  #relayLatencies(): readonly RelayLatency[] {
    return this.#input.relays.map(({ name, udp }, id) => {
      const rtts = this.#own.flatMap(({ to, outcome }) =>
        outcome.kind === "answered" && udp.includes(to) ? [outcome.rttMs] : [],
      );
      const tcpMs = this.#tcpMs[id];
      return {
        name,
        udpMs: rtts.length === 0 ? null : rounded(Math.min(...rtts)),
        tcpMs: typeof tcpMs === "number" ? rounded(tcpMs) : null,
      };
    });
  }
}

/** Both write at once, and more than once: a filter that wants to see a packet out first has seen one. */
function tryHairpin(
  one: SocketAddress | undefined,
  other: SocketAddress | undefined,
  start: (options: Parameters<Transactions["start"]>[0]) => Transaction,
): readonly Transaction[] {
  if (one === undefined || other === undefined) return [];
  return [
    start({ socket: HAIRPIN_SOCKET, answerOn: OTHER_HAIRPIN_SOCKET, to: other, hairpin: true }),
    start({ socket: OTHER_HAIRPIN_SOCKET, answerOn: HAIRPIN_SOCKET, to: one, hairpin: true }),
  ];
}

function observations(transactions: readonly Transaction[], family: 4 | 6): readonly Observation[] {
  return transactions.flatMap(({ to, outcome }) => {
    const fits = outcome.kind === "answered" && splitSocketAddress(to).family === family;
    return fits && splitSocketAddress(outcome.mapped).family === family ? [{ server: to, mapped: outcome.mapped }] : [];
  });
}

/** To tenths: more is noise. */
function rounded(ms: Milliseconds): Milliseconds {
  return Math.round(ms * 10) / 10;
}

function isAnswered({ outcome }: Transaction): boolean {
  return outcome.kind === "answered";
}

function ipOf(address: SocketAddress): string {
  return splitSocketAddress(address).ip;
}
