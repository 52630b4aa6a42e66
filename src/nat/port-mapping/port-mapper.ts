// Keeps one mapping of this host's UDP port on its gateway, by whichever protocol works.
//
// All protocols are searched for at once, since most routers speak none and the answer is wanted within a second: PCP by the request
// itself, NAT-PMP and UPnP by questions that change nothing at the router. The best that answers holds the mapping: PCP before
// NAT-PMP before UPnP. A better one has a head start of half a second over the others, after which the first that is there is taken
// and kept as long as it works. What a protocol refuses is asked of the next; when none is left, all are searched for again after
// a growing pause, and when the network changes. With another gateway all that was known is void; the old one's mapping runs out by
// itself, as nobody could reach the router any more to remove it.
//
// Assumes that datagrams and responses may come from anyone: nothing but what the gateway's own IP sends is looked at.
import { type Milliseconds, SECOND_MS } from "../../protocol/units.ts";
import type { ClientState, MappingClient } from "./client.ts";
import { NatPmpClient } from "./nat-pmp.ts";
import { PcpClient } from "./pcp.ts";
import type {
  DatagramSource,
  Gateway,
  GatewayResponse,
  PortMapperEvent,
  PortMapperMachine,
  PortMapperReport,
  PortMapping,
  PortMappingTransmit,
} from "./types.ts";
import { UpnpClient } from "./upnp.ts";

export interface PortMapperOptions {
  /** The UDP port on this host that is to be reachable. */
  readonly internalPort: number;
  /** Of PCP: 12 bytes that nobody can guess, the same after a restart. */
  readonly nonce: Uint8Array;
  readonly random: (length: number) => Uint8Array;
}

const HEAD_START_MS: Milliseconds = 500;
const FIRST_RETRY_MS: Milliseconds = 60 * SECOND_MS;
const MAX_RETRY_MS: Milliseconds = 3600 * SECOND_MS;

export class PortMapper implements PortMapperMachine {
  readonly #options: PortMapperOptions;
  readonly #events: PortMapperEvent[] = [];
  #gateway: Gateway | undefined;
  /** In the order of preference. */
  #clients: readonly MappingClient[] = [];
  #chosen: MappingClient | undefined;
  /** As last told. */
  #mapping: PortMapping | undefined;
  /** Until when a better protocol is waited for; undefined: no longer. */
  #headStartUntil: Milliseconds | undefined;
  #retryAt: Milliseconds | undefined;
  #failures = 0;
  #closing: "no" | "closing" | "closed" = "no";

  constructor(options: PortMapperOptions) {
    this.#options = options;
  }

  handleGateway(gateway: Gateway | undefined, now: Milliseconds): void {
    if (this.#closing !== "no" || sameGateway(gateway, this.#gateway)) return;
    this.#gateway = gateway;
    this.#chosen = undefined;
    this.#failures = 0;
    this.#clients = gateway === undefined ? [] : this.#clientsOf(gateway);
    this.#search(now);
    this.#settle(now, "the gateway changed");
  }

  handleNetworkChange(now: Milliseconds): void {
    if (this.#closing !== "no") return;
    this.#failures = 0;
    if (this.#mapping === undefined) this.#search(now);
    else this.#chosen?.handleDoubt(now);
    this.#settle(now, "the network changed");
  }

  handleDatagram(datagram: Uint8Array, from: DatagramSource, now: Milliseconds): void {
    if (from.ip !== this.#gateway?.ip) return;
    for (const client of this.#clients) client.handleDatagram(datagram, from, now);
    this.#settle(now);
  }

  handleHttpResponse(id: number, response: GatewayResponse | undefined, now: Milliseconds): void {
    this.#clients.find((client) => client.handleHttpResponse(id, response, now));
    this.#settle(now);
  }

  handleClose(now: Milliseconds): void {
    if (this.#closing !== "no") return;
    this.#closing = "closing";
    this.#retryAt = undefined;
    this.#headStartUntil = undefined;
    for (const client of this.#clients) client.handleRelease(now);
    this.#settle(now, "the mapping was removed");
  }

  handleTimeout(now: Milliseconds): void {
    if (this.#headStartUntil !== undefined && now >= this.#headStartUntil) this.#headStartUntil = undefined;
    if (this.#retryAt !== undefined && now >= this.#retryAt) this.#search(now);
    for (const client of this.#clients) client.handleTimeout(now);
    this.#settle(now);
  }

  pollTimeout(): Milliseconds | undefined {
    const own = [this.#headStartUntil, this.#retryAt].filter((time) => time !== undefined);
    const times = [...own, ...this.#clients.flatMap((client) => client.pollTimeout() ?? [])];
    return times.length === 0 ? undefined : Math.min(...times);
  }

  pollTransmit(): PortMappingTransmit | undefined {
    for (const client of this.#clients) {
      const transmit = client.pollTransmit();
      if (transmit !== undefined) return transmit;
    }
    return undefined;
  }

  pollEvent(): PortMapperEvent | undefined {
    return this.#events.shift();
  }

  report(): PortMapperReport {
    return {
      available: this.#clients.filter(({ answered }) => answered).map(({ protocol }) => protocol),
      mapping: this.#mapping,
      problems:
        this.#gateway === undefined
          ? ["this host has no gateway"]
          : this.#clients.flatMap(({ state }) => (isOut(state) ? [state.reason] : [])),
      settled: this.#clients.every(({ state }) => state.kind !== "searching" && state.kind !== "mapping"),
    };
  }

  #clientsOf(gateway: Gateway): readonly MappingClient[] {
    const { internalPort, nonce, random } = this.#options;
    const pcp = new PcpClient({ gateway, internalPort, nonce, random });
    // The other two know IPv4 only.
    if (gateway.family === 6) return [pcp];
    return [pcp, new NatPmpClient({ internalPort }), new UpnpClient({ gateway, internalPort, random })];
  }

  #search(now: Milliseconds): void {
    this.#retryAt = undefined;
    this.#headStartUntil = this.#clients.length === 0 ? undefined : now + HEAD_START_MS;
    this.#chosen = undefined;
    for (const client of this.#clients) client.handleStart(now);
  }

  /** After every input: chooses, and tells what came of it. */
  #settle(now: Milliseconds, what = "the router forgot it"): void {
    const held = this.#chosen;
    if (this.#closing === "no") this.#choose(now);
    else this.#chosen = undefined;
    const mapping = this.#chosen?.state.kind === "mapped" ? this.#chosen.state.mapping : undefined;
    const before = this.#mapping;
    this.#mapping = mapping;
    if (mapping !== undefined && (mapping.external !== before?.external || mapping.protocol !== before.protocol)) {
      this.#events.push({ type: "mapped", mapping });
    }
    if (mapping === undefined && before !== undefined) {
      const reason = held !== undefined && isOut(held.state) ? held.state.reason : what;
      this.#events.push({ type: "lost", reason });
    }
    if (this.#closing === "closing" && this.#clients.every(({ state }) => state.kind === "closed")) {
      this.#closing = "closed";
      this.#events.push({ type: "closed" });
    }
  }

  #choose(now: Milliseconds): void {
    if (this.#chosen !== undefined && isOut(this.#chosen.state)) this.#chosen = undefined;
    for (const client of this.#chosen === undefined ? this.#clients : []) {
      const { state } = client;
      if (state.kind === "searching" && this.#headStartUntil !== undefined) return;
      if (state.kind !== "mapped" && state.kind !== "present") continue;
      this.#chosen = client;
      break;
    }
    if (this.#chosen !== undefined) {
      this.#failures = 0;
      this.#headStartUntil = undefined;
      for (const client of this.#clients) client.handleWanted(client === this.#chosen, now);
    } else if (this.#clients.length > 0 && this.#clients.every(({ state }) => isOut(state))) this.#pause(now);
  }

  #pause(now: Milliseconds): void {
    if (this.#retryAt !== undefined) return;
    const askedMs = this.#clients.map(({ state }) => (state.kind === "refused" ? state.retryAfterMs : MAX_RETRY_MS));
    const backoffMs = Math.min(FIRST_RETRY_MS * 2 ** this.#failures, MAX_RETRY_MS);
    this.#failures += 1;
    this.#retryAt = now + Math.max(backoffMs, Math.min(...askedMs));
  }
}

function isOut(state: ClientState): state is Extract<ClientState, { kind: "absent" | "refused" }> {
  return state.kind === "absent" || state.kind === "refused";
}

function sameGateway(a: Gateway | undefined, b: Gateway | undefined): boolean {
  return a?.ip === b?.ip && a?.localIp === b?.localIp && a?.interfaceName === b?.interfaceName;
}
