// One mapping by NAT-PMP (RFC 6886), towards one gateway.
//
// Searching asks for the external address (§3.2), which changes nothing at the router; only a client that is wanted asks for the mapping
// (§3.3). A mapping needs both answers: the router's address comes with one, the port with the other. Renewal asks for both again, as
// does an epoch that shows a restart (§3.6) or an announced address that is another (§3.2.1).
import { formatSocketAddress } from "../../protocol/address.ts";
import { type Milliseconds, SECOND_MS } from "../../protocol/units.ts";
import { type ClientState, LIFETIME_SECONDS, type MappingClient } from "./client.ts";
import { EpochWatch } from "./epoch.ts";
import { Lease } from "./lease.ts";
import {
  decodeNatPmpResponse,
  encodeAddressRequest,
  encodeUdpMapRequest,
  type NatPmpResponse,
} from "./nat-pmp-codec.ts";
import { RELEASE_AT_MS, RequestSchedule } from "./request-schedule.ts";
import type { DatagramSource, GatewayDatagram } from "./types.ts";

/** RFC 6886 §1: the same as PCP's. */
const NAT_PMP_PORT = 5351;
const RETRY_MS: Milliseconds = 60 * SECOND_MS;

type MapResponse = Extract<NatPmpResponse, { kind: "map" }>;
type AddressResponse = Extract<NatPmpResponse, { kind: "address" }>;

export class NatPmpClient implements MappingClient {
  readonly protocol = "nat-pmp";
  readonly #internalPort: number;
  readonly #addressSchedule = new RequestSchedule();
  readonly #mapSchedule = new RequestSchedule();
  readonly #epoch = new EpochWatch();
  readonly #transmits: GatewayDatagram[] = [];
  #state: ClientState = { kind: "absent", reason: "not asked yet" };
  #answered = false;
  #externalIp: string | undefined;
  #externalPort: number | undefined;
  #lease: Lease | undefined;

  constructor({ internalPort }: { readonly internalPort: number }) {
    this.#internalPort = internalPort;
  }

  get state(): ClientState {
    return this.#state;
  }

  get answered(): boolean {
    return this.#answered;
  }

  handleStart(now: Milliseconds): void {
    this.#stop();
    this.#state = { kind: "searching" };
    this.#addressSchedule.start(now);
    this.handleTimeout(now);
  }

  handleWanted(wanted: boolean, now: Milliseconds): void {
    if (!wanted || this.#state.kind !== "present") return;
    this.#state = { kind: "mapping" };
    this.#mapSchedule.start(now);
    this.handleTimeout(now);
  }

  handleDatagram(datagram: Uint8Array, from: DatagramSource, now: Milliseconds): void {
    const response = from.port === NAT_PMP_PORT ? decodeNatPmpResponse(datagram) : undefined;
    if (response === undefined || this.#state.kind === "closed") return;
    if (response.kind === "map" && response.internalPort !== this.#internalPort) return;
    this.#answered = true;
    const restarted = this.#epoch.handleEpoch(response.epochSeconds, now);
    if (response.kind === "address") this.#handleAddress(response, restarted, now);
    else this.#handleMapResponse(response, now);
  }

  handleHttpResponse(): boolean {
    return false;
  }

  handleDoubt(now: Milliseconds): void {
    if (this.#state.kind === "mapped") this.#renew(now);
    this.handleTimeout(now);
  }

  handleRelease(now: Milliseconds): void {
    const mayBeMapped = this.#state.kind === "mapped" || this.#state.kind === "mapping";
    this.#stop();
    if (!mayBeMapped) {
      this.#state = { kind: "closed" };
      return;
    }
    this.#state = { kind: "releasing" };
    this.#mapSchedule.start(now, RELEASE_AT_MS);
    this.handleTimeout(now);
  }

  handleTimeout(now: Milliseconds): void {
    if (this.#lease !== undefined && now >= this.#lease.renewAt) this.#renew(now);
    if (this.#addressSchedule.takeDue(now)) this.#send(encodeAddressRequest());
    if (this.#mapSchedule.takeDue(now)) {
      const wish = this.#externalPort ?? this.#internalPort;
      const releasing = this.#state.kind === "releasing";
      this.#send(encodeUdpMapRequest(this.#internalPort, releasing ? 0 : wish, releasing ? 0 : LIFETIME_SECONDS));
    }
    if (this.#addressSchedule.isOver(now)) {
      this.#addressSchedule.stop();
      if (this.#state.kind === "searching") this.#fail("the router does not answer NAT-PMP");
    }
    if (this.#mapSchedule.isOver(now)) {
      this.#mapSchedule.stop();
      if (this.#state.kind === "releasing") this.#state = { kind: "closed" };
      else if (this.#state.kind === "mapping") this.#refuse("the router's NAT-PMP does not answer the request to map");
    }
    if (this.#lease !== undefined && now >= this.#lease.expiresAt) {
      this.#fail("the mapping ran out and was not renewed");
    }
  }

  pollTimeout(): Milliseconds | undefined {
    const times = [
      this.#addressSchedule.pollTimeout(),
      this.#mapSchedule.pollTimeout(),
      this.#lease?.renewAt,
      this.#lease?.expiresAt,
    ].filter((time) => time !== undefined);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  pollTransmit(): GatewayDatagram | undefined {
    return this.#transmits.shift();
  }

  #handleAddress({ result, externalIp }: AddressResponse, restarted: boolean, now: Milliseconds): void {
    this.#addressSchedule.stop();
    const usable = result === "success" && externalIp !== "0.0.0.0";
    if (!usable) {
      if (this.#state.kind === "searching") this.#refuse(`the router's NAT-PMP has no external address: ${result}`);
      return;
    }
    const moved = this.#externalIp !== undefined && this.#externalIp !== externalIp;
    this.#externalIp = externalIp;
    if (this.#state.kind === "searching") this.#state = { kind: "present" };
    if (this.#state.kind !== "mapped") return;
    this.#setMapped();
    // The answer to a renewal's question comes beside that to its request to map, which sets all right.
    if ((restarted || moved) && !this.#mapSchedule.running) this.#renew(now);
    this.handleTimeout(now);
  }

  #handleMapResponse({ result, externalPort, lifetimeSeconds }: MapResponse, now: Milliseconds): void {
    if (!this.#mapSchedule.running) return;
    this.#mapSchedule.stop();
    if (this.#state.kind === "releasing") {
      this.#state = { kind: "closed" };
      return;
    }
    if (result !== "success" || externalPort === 0 || lifetimeSeconds === 0) {
      this.#refuse(`the router's NAT-PMP refused: ${result}`);
      return;
    }
    this.#externalPort = externalPort;
    this.#lease = new Lease(lifetimeSeconds, now);
    this.#setMapped();
  }

  #setMapped(): void {
    if (this.#externalIp === undefined || this.#externalPort === undefined || this.#lease === undefined) return;
    const external = formatSocketAddress(this.#externalIp, this.#externalPort);
    this.#state = { kind: "mapped", mapping: { protocol: "nat-pmp", external, expiresAt: this.#lease.expiresAt } };
  }

  #renew(now: Milliseconds): void {
    this.#lease?.postpone(now);
    this.#addressSchedule.start(now);
    this.#mapSchedule.start(now);
  }

  #send(data: Uint8Array): void {
    this.#transmits.push({ kind: "datagram", to: "gateway", port: NAT_PMP_PORT, data });
  }

  #fail(reason: string): void {
    this.#stop();
    this.#state = { kind: "absent", reason };
  }

  #refuse(reason: string): void {
    this.#stop();
    this.#state = { kind: "refused", reason, retryAfterMs: RETRY_MS };
  }

  #stop(): void {
    this.#addressSchedule.stop();
    this.#mapSchedule.stop();
    this.#lease = undefined;
  }
}
