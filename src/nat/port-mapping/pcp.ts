// One mapping by PCP (RFC 6887), towards one gateway.
//
// PCP has no question but the request itself: searching is asking for the mapping. When another protocol got it meanwhile
// (`handleWanted(false)`) the asking ends, and a late answer only shows that PCP is there. A mapping is renewed at half its
// lifetime, and at once when the server's epoch shows that it lost its state (§8.5), be it in an answer or an announcement
// (§14.1). The nonce is the same for all requests, and the same after a restart: with another one the server would take us for a
// stranger who wants our own mapping (§11.3).
import { formatSocketAddress, ipFamily, type SocketAddress, splitSocketAddress } from "../../protocol/address.ts";
import { type Milliseconds, SECOND_MS } from "../../protocol/units.ts";
import { type ClientState, LIFETIME_SECONDS, type MappingClient } from "./client.ts";
import { EpochWatch } from "./epoch.ts";
import { Lease } from "./lease.ts";
import { decodePcpResponse, encodeMapRequest, PCP_PORT, type PcpResponse } from "./pcp-codec.ts";
import { RELEASE_AT_MS, RequestSchedule } from "./request-schedule.ts";
import type { DatagramSource, Gateway, GatewayDatagram } from "./types.ts";

export interface PcpOptions {
  readonly gateway: Gateway;
  readonly internalPort: number;
  /** 12 bytes nobody can guess. */
  readonly nonce: Uint8Array;
  readonly random: (length: number) => Uint8Array;
}

/** §7.4: errors that pass are given 30 s, lasting ones 30 min; servers that say less or much more are not taken at their word. */
const MIN_RETRY_MS: Milliseconds = 30 * SECOND_MS;
const MAX_RETRY_MS: Milliseconds = 3600 * SECOND_MS;
/** §14.1.2 spreads the clients of a rebooted server over five seconds; the nodes of a mesh behind one router are few. */
const ANNOUNCEMENT_SPREAD_MS: Milliseconds = SECOND_MS;

export class PcpClient implements MappingClient {
  readonly protocol = "pcp";
  readonly #options: PcpOptions;
  readonly #schedule = new RequestSchedule();
  readonly #epoch = new EpochWatch();
  #state: ClientState = { kind: "absent", reason: "not asked yet" };
  #answered = false;
  #lease: Lease | undefined;
  /** When a mapping that the server seems to have lost is asked for again. */
  #doubtAt: Milliseconds | undefined;
  #transmit: GatewayDatagram | undefined;

  constructor(options: PcpOptions) {
    this.#options = options;
  }

  get state(): ClientState {
    return this.#state;
  }

  get answered(): boolean {
    return this.#answered;
  }

  handleStart(now: Milliseconds): void {
    this.#state = { kind: "searching" };
    this.#lease = undefined;
    this.#doubtAt = undefined;
    this.#schedule.start(now);
    this.handleTimeout(now);
  }

  handleWanted(wanted: boolean): void {
    if (!wanted && this.#state.kind === "searching") this.#fail("the router did not answer PCP in time");
  }

  handleDatagram(datagram: Uint8Array, from: DatagramSource, now: Milliseconds): void {
    const response = from.port === PCP_PORT ? decodePcpResponse(datagram) : undefined;
    if (response === undefined || this.#state.kind === "closed") return;
    switch (response.kind) {
      case "other-version":
        // A server that answered in version 2 before does not forget it: somebody else's request was refused.
        if (this.#state.kind === "searching" && !this.#answered) this.#fail("the router speaks NAT-PMP, not PCP");
        break;
      case "announce":
        this.#answered = true;
        if (this.#epoch.handleEpoch(response.epochSeconds, now) && this.#state.kind === "mapped") {
          const [share = 0] = this.#options.random(1);
          this.#doubtAt = now + (share / 255) * ANNOUNCEMENT_SPREAD_MS;
        }
        break;
      case "map":
        this.#handleMapResponse(response, now);
        break;
    }
  }

  handleHttpResponse(): boolean {
    return false;
  }

  handleDoubt(now: Milliseconds): void {
    if (this.#state.kind !== "mapped") return;
    this.#doubtAt = now;
    this.handleTimeout(now);
  }

  handleRelease(now: Milliseconds): void {
    if (this.#state.kind === "mapped" || this.#state.kind === "searching") {
      this.#state = { kind: "releasing" };
      this.#schedule.start(now, RELEASE_AT_MS);
      this.handleTimeout(now);
    } else this.#close();
  }

  handleTimeout(now: Milliseconds): void {
    const lease = this.#lease;
    if (lease !== undefined && now >= Math.min(lease.renewAt, this.#doubtAt ?? Infinity)) {
      this.#doubtAt = undefined;
      lease.postpone(now);
      this.#schedule.start(now);
    }
    if (this.#schedule.takeDue(now)) this.#send();
    if (this.#schedule.isOver(now)) {
      this.#schedule.stop();
      if (this.#state.kind === "releasing") this.#close();
      else if (this.#state.kind === "searching") this.#fail("the router does not answer PCP");
    }
    if (lease !== undefined && now >= lease.expiresAt) this.#fail("the mapping ran out and was not renewed");
  }

  pollTimeout(): Milliseconds | undefined {
    const { renewAt = Infinity, expiresAt = Infinity } = this.#lease ?? {};
    const earliest = Math.min(this.#schedule.pollTimeout() ?? Infinity, renewAt, expiresAt, this.#doubtAt ?? Infinity);
    return earliest === Infinity ? undefined : earliest;
  }

  pollTransmit(): GatewayDatagram | undefined {
    const transmit = this.#transmit;
    this.#transmit = undefined;
    return transmit;
  }

  #handleMapResponse(response: MapResponse, now: Milliseconds): void {
    const { nonce, internalPort } = this.#options;
    // §11.4: what does not match a request of ours is dropped.
    if (Buffer.compare(response.nonce, nonce) !== 0 || response.internalPort !== internalPort) return;
    this.#answered = true;
    this.#epoch.handleEpoch(response.epochSeconds, now);
    if (this.#state.kind === "releasing") {
      this.#close();
      return;
    }
    if (!this.#schedule.running) return;
    this.#schedule.stop();
    const external = response.result === "SUCCESS" ? externalOf(response, this.#options.gateway) : undefined;
    if (external === undefined) {
      const retryMs = Math.max(MIN_RETRY_MS, response.lifetimeSeconds * SECOND_MS);
      this.#refuse(reasonOf(response), Math.min(MAX_RETRY_MS, retryMs));
      return;
    }
    this.#lease = new Lease(response.lifetimeSeconds, now);
    this.#state = { kind: "mapped", mapping: { protocol: "pcp", external, expiresAt: this.#lease.expiresAt } };
  }

  #send(): void {
    const { gateway, nonce, internalPort } = this.#options;
    const known = this.#state.kind === "mapped" ? this.#state.mapping.external : undefined;
    const suggested = known && splitSocketAddress(known);
    const releasing = this.#state.kind === "releasing";
    const data = encodeMapRequest({
      clientIp: gateway.localIp,
      nonce,
      internalPort,
      // §15.1: a deletion suggests nothing.
      suggestedPort: releasing ? 0 : (suggested?.port ?? internalPort),
      suggestedIp: releasing ? undefined : suggested?.ip,
      lifetimeSeconds: releasing ? 0 : LIFETIME_SECONDS,
    });
    this.#transmit = { kind: "datagram", to: "gateway", port: PCP_PORT, data };
  }

  #fail(reason: string): void {
    this.#stop();
    this.#state = { kind: "absent", reason };
  }

  #refuse(reason: string, retryAfterMs: Milliseconds): void {
    this.#stop();
    this.#state = { kind: "refused", reason, retryAfterMs };
  }

  #close(): void {
    this.#stop();
    this.#state = { kind: "closed" };
  }

  #stop(): void {
    this.#schedule.stop();
    this.#lease = undefined;
    this.#doubtAt = undefined;
  }
}

type MapResponse = Extract<PcpResponse, { kind: "map" }>;

/** Undefined for what leads nowhere: no port, no address yet, or one of the other family. */
function externalOf(
  { externalIp, externalPort, lifetimeSeconds }: MapResponse,
  gateway: Gateway,
): SocketAddress | undefined {
  const unspecified = externalIp === "0.0.0.0" || externalIp === "::";
  const usable = !unspecified && ipFamily(externalIp) === gateway.family && externalPort !== 0 && lifetimeSeconds !== 0;
  return usable ? formatSocketAddress(externalIp, externalPort) : undefined;
}

function reasonOf({ result }: MapResponse): string {
  switch (result) {
    case "SUCCESS":
      return "the router's PCP has no external address at the moment";
    case "ADDRESS_MISMATCH":
      return "another NAT lies between this host and the PCP server (ADDRESS_MISMATCH)";
    case "NOT_AUTHORIZED":
      return "the router's PCP does not permit it, or the port is another client's (NOT_AUTHORIZED)";
    default:
      return `the router's PCP refused: ${result}`;
  }
}
