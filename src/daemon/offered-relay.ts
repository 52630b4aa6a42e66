// The relay that this node offers to its mesh (`meshd up --offer-relay`): the same as `meshd relay`, in the node's own process, UDP only,
// on a port of its own. The node's key is the relay's; the coordinator says over the node's control channel whether it was reached, and
// who is no member any more. Until it has said that, nobody is admitted.
import { randomInt } from "node:crypto";
import type { Logger } from "pino";
import type { OpenServerEngine } from "../engine/index.ts";
import type { SigningKey } from "../identity/index.ts";
import type { OfferedRelayStatus } from "../local-api/node-api.ts";
import { formatSocketAddress, type SocketAddress, splitSocketAddress } from "../protocol/address.ts";
import type { Candidate } from "../protocol/candidate.ts";
import { MAX_OFFERED_ADDRESSES } from "../protocol/limits.ts";
import type { RelayOfferAnswerMessage, RelayRevocationsMessage } from "../protocol/messages.ts";
import { openUdpServer, type UdpServer } from "../relay/index.ts";
import { Revocations } from "../relay/revocations.ts";
import { loadPort, savePort } from "./port-file.ts";
import type { Settings } from "./settings.ts";

export interface OfferedRelayOptions {
  readonly openServer: OpenServerEngine;
  /** Families that this host has. */
  readonly families: { readonly hasIpv4: boolean; readonly hasIpv6: boolean };
  readonly node: SigningKey;
  readonly rootKey: Uint8Array;
  readonly stateDir: string;
  /** Where this node may be found; the relay may be at the same IPs. */
  readonly candidates: () => readonly Candidate[];
  /** Asks the router for a port that leads to the relay's. */
  readonly mapPort: (port: number, onChange: () => void) => RelayPortMapping;
  /** Tells the coordinator; nothing: it is not offered (any more). */
  readonly tell: (addresses: readonly SocketAddress[]) => void;
  readonly onChange: () => void;
  readonly log: Logger;
}

export interface RelayPortMapping {
  /** What the router says leads to the relay. */
  external(): readonly SocketAddress[];
  networkChanged(): void;
  close(): Promise<void>;
}

export type OfferSettings = Pick<Settings, "offerRelay" | "relayPort" | "relayRate" | "portMapping">;

interface Open {
  readonly server: UdpServer;
  readonly port: number;
  /** Undefined: the router is not asked for a port. */
  readonly mapping: RelayPortMapping | undefined;
}

/** Tried first where nobody chose: somebody who opens a firewall finds the same port on every node. */
const USUAL_PORT = 41443;
const RANDOM_PORTS = { from: 20_000, to: 60_000, tries: 8 } as const;

export class OfferedRelay {
  readonly #options: OfferedRelayOptions;
  #settings: OfferSettings = { offerRelay: false, relayPort: 0, relayRate: 0, portMapping: false };
  #open: Open | undefined;
  #revocations: Revocations | undefined;
  #answer: RelayOfferAnswerMessage | undefined;
  #problem: string | undefined;
  /** Starts and stops come one after the other. */
  #changing: Promise<void> = Promise.resolve();

  constructor(options: OfferedRelayOptions) {
    this.#options = options;
  }

  /** Takes over what the user wants; resolves when it is done. Never rejects: `health` says what did not work. */
  apply(settings: OfferSettings): Promise<void> {
    this.#changing = this.#changing.then(async () => {
      if (JSON.stringify(pick(settings)) === JSON.stringify(pick(this.#settings))) return;
      this.#settings = settings;
      await this.#stop();
      if (settings.offerRelay) await this.#start();
      this.#options.onChange();
    });
    return this.#changing;
  }

  /** This node may be found elsewhere. */
  addressesChanged(): void {
    if (this.#open !== undefined) this.#options.tell(this.#addresses(this.#open));
  }

  networkChanged(): void {
    this.#open?.mapping?.networkChanged();
  }

  handleAnswer(answer: RelayOfferAnswerMessage): void {
    if (answer.status !== this.#answer?.status) {
      this.#options.log.info({ status: answer.status, addresses: answer.udpAddresses }, "the offer of a relay");
    }
    this.#answer = answer;
  }

  handleRevocations(message: RelayRevocationsMessage): void {
    if (this.#revocations === undefined && !message.full) return;
    this.#revocations ??= new Revocations([]);
    for (const nodeKey of this.#revocations.apply(message)) this.#open?.server.revoke(nodeKey);
  }

  /** Undefined: nothing is offered. */
  async status(): Promise<OfferedRelayStatus | undefined> {
    if (!this.#settings.offerRelay) return undefined;
    if (this.#open === undefined) return { state: "failed", addresses: [], clients: 0, forwardedBytes: 0 };
    const { server, port } = this.#open;
    const stats = await server.stats().catch(() => undefined);
    const isAccepted = this.#answer?.status === "accepted";
    return {
      state: this.#answer?.status ?? "checking",
      ...(isAccepted && { name: this.#answer?.relay ?? "" }),
      port,
      addresses: isAccepted ? (this.#answer?.udpAddresses ?? []) : this.#addresses(this.#open),
      clients: stats?.clients ?? 0,
      forwardedBytes: stats?.forwardedBytes ?? 0,
    };
  }

  get health(): readonly string[] {
    const takeBack = "`meshd up --offer-relay=false` takes the offer back";
    if (this.#problem !== undefined) return [`${this.#problem}; ${takeBack}`];
    if (this.#open === undefined) return [];
    switch (this.#answer?.status) {
      case "unreachable": {
        const tried = this.#addresses(this.#open).join(", ");
        const advice = `open UDP port ${this.#open.port} to this host, in its firewall and on its router (--relay-port chooses another)`;
        return [`the relay that this node offers is not used: the coordinator cannot reach it at ${tried}; ${advice}`];
      }
      case "not-wanted":
        return [`the operator of this mesh takes no relays of its nodes; ${takeBack}`];
      case "refused":
        return [`the operator of this mesh refuses the relay that this node offers; ${takeBack}`];
      case "full":
        return [`enough nodes of this mesh offer relays already; ${takeBack}`];
      case "checking":
      case "accepted":
      case undefined:
        return [];
    }
  }

  close(): Promise<void> {
    return this.apply({ ...this.#settings, offerRelay: false });
  }

  async #start(): Promise<void> {
    const { stateDir, mapPort, log } = this.#options;
    const { relayPort, portMapping } = this.#settings;
    const lastPort = await loadPort(stateDir, "relay-port");
    const [server, port] = this.#bind(relayPort === 0 ? portsToTry(lastPort) : [relayPort]) ?? [undefined, relayPort];
    if (server === undefined) {
      const port = relayPort === 0 ? "no UDP port" : `UDP port ${relayPort}`;
      this.#problem = `${port} can be had for the relay that this node offers; choose another with --relay-port`;
      log.warn(this.#problem);
      return;
    }
    await savePort(stateDir, port, "relay-port").catch((error: unknown) => log.error(String(error)));
    const mapping = portMapping ? mapPort(port, () => this.addressesChanged()) : undefined;
    this.#open = { server, port, mapping };
    log.info({ port }, "offering a relay");
    this.addressesChanged();
  }

  async #stop(): Promise<void> {
    this.#problem = undefined;
    this.#answer = undefined;
    this.#revocations = undefined;
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    this.#options.tell([]);
    await open.mapping?.close();
    await open.server.close();
  }

  #bind(ports: readonly number[]): readonly [UdpServer, number] | undefined {
    for (const port of ports) {
      try {
        return [this.#openOn(port), port];
      } catch (error) {
        if (!isRefusal(error)) throw error;
      }
    }
    return undefined;
  }

  #openOn(port: number): UdpServer {
    const { openServer, families, node, rootKey, log } = this.#options;
    const total = Math.ceil(this.#settings.relayRate / 8);
    return openUdpServer({
      openEngine: openServer,
      relayOn: [...(families.hasIpv4 ? [`0.0.0.0:${port}`] : []), ...(families.hasIpv6 ? [`[::]:${port}`] : [])],
      stunOn: [],
      // No client has all of it.
      clientRate: Math.ceil(total / 2),
      totalRate: total,
      trust: {
        relay: node,
        rootKeys: [rootKey],
        isRevoked: (nodeKey) => this.#revocations?.has(nodeKey) ?? true,
      },
      log,
      // What a member's relay sees is a member's word (docs/decisions/0008-offered-relays.md).
      onAdmitted: () => undefined,
      nowUnixMs: Date.now,
      onFatal: (reason) => {
        this.#problem = `the relay that this node offers stopped: ${reason}`;
        this.#options.tell([]);
        this.#options.onChange();
      },
    });
  }

  #addresses({ port, mapping }: Open): readonly SocketAddress[] {
    const { candidates, families } = this.#options;
    const ips = [...candidates()]
      .sort((a, b) => Number(a.kind === "host") - Number(b.kind === "host"))
      .map(({ address }) => splitSocketAddress(address))
      .filter(({ family }) => (family === 4 ? families.hasIpv4 : families.hasIpv6))
      .map(({ ip }) => formatSocketAddress(ip, port));
    return [...new Set([...(mapping?.external() ?? []), ...ips])].slice(0, MAX_OFFERED_ADDRESSES);
  }
}

/** What of the settings makes a difference. */
function pick({ offerRelay, relayPort, relayRate, portMapping }: OfferSettings): unknown {
  return offerRelay && { relayPort, relayRate, portMapping };
}

function portsToTry(lastPort: number): readonly number[] {
  const { from, to, tries } = RANDOM_PORTS;
  const random = Array.from({ length: tries }, () => randomInt(from, to));
  return [...(lastPort === 0 ? [] : [lastPort]), USUAL_PORT, ...random];
}

/** By the system, of this one port. */
function isRefusal(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "EADDRINUSE" || code === "EPERM" || code === "EACCES";
}
