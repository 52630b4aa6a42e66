// One mapping by UPnP IGD (versions 1 and 2), towards one gateway.
//
// Searching is one SSDP search, to the multicast group and to the gateway itself; only an answer from the gateway that names a
// description of its own counts. A client that is wanted then goes step by step over HTTP, one request at a time: description, external
// address (the next service if that has none), mapping. The mapping is asked for with a lease; routers that know only permanent ones get
// that. A version 2 device chooses another port itself if ours is taken, for the others we try a few. Any step that fails or
// lasts too long ends in "refused". Renewal repeats the last step with the port it gave.
import { formatSocketAddress } from "../../protocol/address.ts";
import { type Milliseconds, SECOND_MS } from "../../protocol/units.ts";
import { type ClientState, LIFETIME_SECONDS, type MappingClient } from "./client.ts";
import {
  isResponse,
  parseDescription,
  parseExternalIp,
  parseFault,
  parseReservedPort,
  soapRequest,
  supportsAnyPort,
  type WanService,
} from "./igd.ts";
import { Lease } from "./lease.ts";
import { RequestSchedule } from "./request-schedule.ts";
import { decodeSearchAnswer, encodeSearch, type GatewayUrl, SSDP_PORT } from "./ssdp.ts";
import type { DatagramSource, Gateway, GatewayRequest, GatewayResponse, PortMappingTransmit } from "./types.ts";

export interface UpnpOptions {
  readonly gateway: Gateway;
  readonly internalPort: number;
  readonly random: (length: number) => Uint8Array;
}

type Step =
  | { readonly kind: "description"; readonly location: GatewayUrl }
  | { readonly kind: "address"; readonly services: readonly WanService[] }
  | { readonly kind: "add"; readonly service: WanService; readonly externalIp: string; readonly attempt: Attempt }
  | { readonly kind: "delete"; readonly service: WanService };

interface Attempt {
  readonly port: number;
  /** 0: without end. */
  readonly leaseSeconds: number;
  /** Ports that are left to try. */
  readonly portsLeft: number;
}

/** What is mapped where; what renewal and removal need. */
interface Held {
  readonly service: WanService;
  readonly externalIp: string;
  readonly attempt: Attempt;
}

const SSDP_GROUP = "239.255.255.250";
const STEP_LIMIT_MS: Milliseconds = 5 * SECOND_MS;
const DELETE_LIMIT_MS: Milliseconds = 1500;
const RETRY_MS: Milliseconds = 300 * SECOND_MS;
const MAX_PORTS = 3;
const FIRST_DYNAMIC_PORT = 49_152;
/** WANIPConnection:1 §2.4.16, WANIPConnection:2 §2.5.16. */
const FAULTS_OF_A_TAKEN_PORT: readonly number[] = [718, 729];
/** 725: only permanent leases. 402 and 501 are what some routers of version 1 say for the same. */
const FAULTS_OF_A_LEASE: readonly number[] = [725, 402, 501];

export class UpnpClient implements MappingClient {
  readonly protocol = "upnp";
  readonly #options: UpnpOptions;
  readonly #search = new RequestSchedule();
  readonly #transmits: PortMappingTransmit[] = [];
  #state: ClientState = { kind: "absent", reason: "not asked yet" };
  #answered = false;
  #location: GatewayUrl | undefined;
  #step: { readonly step: Step; readonly id: number; readonly limitAt: Milliseconds } | undefined;
  #held: Held | undefined;
  #lease: Lease | undefined;
  #lastId = 0;

  constructor(options: UpnpOptions) {
    this.#options = options;
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
    this.#search.start(now);
    this.handleTimeout(now);
  }

  handleWanted(wanted: boolean, now: Milliseconds): void {
    if (!wanted || this.#state.kind !== "present" || this.#location === undefined) return;
    this.#state = { kind: "mapping" };
    this.#begin({ kind: "description", location: this.#location }, now);
  }

  handleDatagram(datagram: Uint8Array, from: DatagramSource): void {
    if (this.#state.kind !== "searching") return;
    const location = decodeSearchAnswer(datagram, this.#options.gateway.ip);
    if (location === undefined || from.ip !== this.#options.gateway.ip) return;
    this.#search.stop();
    this.#answered = true;
    this.#location = location;
    this.#state = { kind: "present" };
  }

  handleHttpResponse(id: number, response: GatewayResponse | undefined, now: Milliseconds): boolean {
    const current = this.#step;
    if (current?.id !== id) return false;
    this.#step = undefined;
    this.#finish(current.step, response, now);
    return true;
  }

  handleDoubt(now: Milliseconds): void {
    if (this.#state.kind === "mapped") this.#renew(now);
  }

  handleRelease(now: Milliseconds): void {
    const held = this.#held ?? this.#heldWithoutAnswer();
    this.#stop();
    if (held === undefined) {
      this.#state = { kind: "closed" };
      return;
    }
    this.#held = held;
    this.#state = { kind: "releasing" };
    this.#begin({ kind: "delete", service: held.service }, now);
  }

  handleTimeout(now: Milliseconds): void {
    if (this.#search.takeDue(now)) this.#sendSearch();
    if (this.#search.isOver(now)) {
      this.#search.stop();
      this.#state = { kind: "absent", reason: "the router does not answer UPnP" };
    }
    if (this.#step !== undefined && now >= this.#step.limitAt) {
      const { step } = this.#step;
      this.#step = undefined;
      this.#finish(step, undefined, now);
    }
    if (this.#lease === undefined) return;
    if (now >= this.#lease.expiresAt) this.#refuse("the mapping ran out and was not renewed");
    else if (now >= this.#lease.renewAt) this.#renew(now);
  }

  pollTimeout(): Milliseconds | undefined {
    const times = [
      this.#search.pollTimeout(),
      this.#step?.limitAt,
      this.#lease?.renewAt,
      this.#lease?.expiresAt,
    ].filter((time) => time !== undefined);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  pollTransmit(): PortMappingTransmit | undefined {
    return this.#transmits.shift();
  }

  #sendSearch(): void {
    const { ip } = this.#options.gateway;
    this.#transmits.push({ kind: "datagram", to: "ssdp", port: SSDP_PORT, data: encodeSearch(SSDP_GROUP) });
    this.#transmits.push({ kind: "datagram", to: "gateway", port: SSDP_PORT, data: encodeSearch(ip) });
  }

  #begin(step: Step, now: Milliseconds): void {
    const limitMs = step.kind === "delete" ? DELETE_LIMIT_MS : STEP_LIMIT_MS;
    this.#lastId += 1;
    this.#step = { step, id: this.#lastId, limitAt: now + limitMs };
    this.#transmits.push({ kind: "http", id: this.#lastId, ...this.#requestOf(step) });
  }

  #requestOf(step: Step): Omit<GatewayRequest, "kind" | "id"> {
    switch (step.kind) {
      case "description":
        return { method: "GET", port: step.location.port, path: step.location.path, headers: {}, body: "" };
      case "address": {
        const [service] = step.services;
        if (service === undefined) throw new RangeError("no service");
        return soapRequest(service, "GetExternalIPAddress", []);
      }
      case "add": {
        const { service, attempt } = step;
        return soapRequest(service, addAction(service), [
          ["NewRemoteHost", ""],
          ["NewExternalPort", String(attempt.port)],
          ["NewProtocol", "UDP"],
          ["NewInternalPort", String(this.#options.internalPort)],
          ["NewInternalClient", this.#options.gateway.localIp],
          ["NewEnabled", "1"],
          ["NewPortMappingDescription", "meshd"],
          ["NewLeaseDuration", String(attempt.leaseSeconds)],
        ]);
      }
      case "delete":
        return soapRequest(step.service, "DeletePortMapping", [
          ["NewRemoteHost", ""],
          ["NewExternalPort", String(this.#held?.attempt.port ?? 0)],
          ["NewProtocol", "UDP"],
        ]);
    }
  }

  #finish(step: Step, response: GatewayResponse | undefined, now: Milliseconds): void {
    const body = response?.status === 200 ? response.body : undefined;
    switch (step.kind) {
      case "description": {
        const services = body === undefined ? [] : parseDescription(body, step.location, this.#options.gateway.ip);
        if (services.length === 0) this.#refuse("the router's UPnP description names no WAN connection");
        else this.#begin({ kind: "address", services }, now);
        break;
      }
      case "address":
        this.#finishAddress(step.services, body, now);
        break;
      case "add":
        this.#finishAdd(step, response, now);
        break;
      case "delete":
        this.#stop();
        this.#held = undefined;
        this.#state = { kind: "closed" };
        break;
    }
  }

  #finishAddress([service, ...others]: readonly WanService[], body: string | undefined, now: Milliseconds): void {
    const externalIp = body === undefined ? undefined : parseExternalIp(body);
    if (service !== undefined && externalIp !== undefined) {
      const { internalPort } = this.#options;
      const attempt = this.#held?.attempt ?? {
        port: internalPort,
        leaseSeconds: LIFETIME_SECONDS,
        portsLeft: MAX_PORTS - 1,
      };
      this.#begin({ kind: "add", service, externalIp, attempt }, now);
    } else if (others.length > 0) this.#begin({ kind: "address", services: others }, now);
    else if (this.#state.kind !== "mapped") this.#refuse("the router's UPnP has no external address");
  }

  #finishAdd({ service, externalIp, attempt }: Held, response: GatewayResponse | undefined, now: Milliseconds): void {
    const body = response?.body ?? "";
    if (response?.status === 200) {
      const port = supportsAnyPort(service) ? parseReservedPort(body) : attempt.port;
      if (port !== undefined && isResponse(body, addAction(service))) {
        this.#hold({ service, externalIp, attempt: { ...attempt, port } }, now);
        return;
      }
    }
    const fault = parseFault(body);
    if (fault !== undefined && attempt.leaseSeconds > 0 && FAULTS_OF_A_LEASE.includes(fault)) {
      this.#begin({ kind: "add", service, externalIp, attempt: { ...attempt, leaseSeconds: 0 } }, now);
    } else if (fault !== undefined && attempt.portsLeft > 0 && FAULTS_OF_A_TAKEN_PORT.includes(fault)) {
      const next = { ...attempt, port: this.#randomPort(), portsLeft: attempt.portsLeft - 1 };
      this.#begin({ kind: "add", service, externalIp, attempt: next }, now);
    } else if (this.#state.kind !== "mapped" || fault !== undefined) {
      const why = fault === undefined ? "does not answer the request to map" : `refused with error ${String(fault)}`;
      this.#refuse(`the router's UPnP ${why}`);
    }
  }

  #hold(held: Held, now: Milliseconds): void {
    this.#held = held;
    // A permanent mapping is looked after as if it had a lease: the router may be restarted.
    this.#lease = new Lease(LIFETIME_SECONDS, now);
    const external = formatSocketAddress(held.externalIp, held.attempt.port);
    this.#state = { kind: "mapped", mapping: { protocol: "upnp", external, expiresAt: this.#lease.expiresAt } };
  }

  #renew(now: Milliseconds): void {
    this.#lease?.postpone(now);
    if (this.#step === undefined && this.#held !== undefined) {
      this.#begin({ kind: "address", services: [this.#held.service] }, now);
    }
  }

  /** The request to map may have been obeyed though its answer is still out. */
  #heldWithoutAnswer(): Held | undefined {
    return this.#step?.step.kind === "add" ? this.#step.step : undefined;
  }

  #randomPort(): number {
    const [high = 0, low = 0] = this.#options.random(2);
    return FIRST_DYNAMIC_PORT + (((high << 8) | low) % (65_536 - FIRST_DYNAMIC_PORT));
  }

  #refuse(reason: string): void {
    this.#stop();
    this.#held = undefined;
    this.#state = { kind: "refused", reason, retryAfterMs: RETRY_MS };
  }

  #stop(): void {
    this.#search.stop();
    this.#step = undefined;
    this.#lease = undefined;
  }
}

function addAction(service: WanService): string {
  return supportsAnyPort(service) ? "AddAnyPortMapping" : "AddPortMapping";
}
