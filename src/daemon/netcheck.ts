// `meshd netcheck`: one check (src/nat/netcheck) with its sockets. The engine's socket takes part, since its mapping is the one that
// peers meet; checks that are asked for at the same time are one. Soon after the network changed, and about once an hour, the part over
// UDP is done unasked (src/nat/netcheck/cadence.ts): what was found last is never old, and the log tells when the network is another.
import type { NodeEngine } from "../engine/index.ts";
import { openProbeSockets, type ProbeSockets } from "../host/probe-sockets.ts";
import { randomBytes } from "../identity/index.ts";
import {
  CheckCadence,
  FRESH_SOCKETS,
  type MappingLifetime,
  Netcheck,
  type NetcheckFindings,
  type NetcheckInput,
  type NetcheckReport,
  type NetcheckTransmit,
  NETCHECK_TRANSACTION_TTL_MS,
} from "../nat/netcheck/index.ts";
import type { PortMapperReport } from "../nat/port-mapping/index.ts";
import type { NetmapView } from "../netmap/index.ts";
import { parseHostPort, parseSocketAddress, type SocketAddress, splitSocketAddress } from "../protocol/address.ts";
import { SECOND_MS } from "../protocol/units.ts";
import { type Driven, driven, type Driver } from "./driver.ts";
import { findPortal, timeConnection } from "./proxied-probes.ts";

export interface NetcheckerOptions {
  readonly engine: NodeEngine;
  readonly driver: Driver;
  readonly view: () => NetmapView | undefined;
  readonly localIps: () => readonly string[];
  readonly portMapping: () => PortMapperReport | undefined;
  readonly lifetime: () => MappingLifetime | undefined;
  readonly onLog: (message: string) => void;
}

type Extent = NetcheckInput["extent"];

export class Netchecker {
  readonly #options: NetcheckerOptions;
  readonly #cadence: CheckCadence;
  readonly #driven: Driven;
  #running: { readonly extent: Extent; readonly report: Promise<NetcheckReport> } | undefined;
  #last: NetcheckReport | undefined;
  #handleEngineStun: (data: Uint8Array, from: SocketAddress) => void = () => undefined;
  #closed = false;

  constructor(options: NetcheckerOptions) {
    this.#options = options;
    const cadence = new CheckCadence(randomBytes, options.driver.now());
    this.#cadence = cadence;
    this.#driven = driven(cadence, () => {
      if (cadence.pollEvent() === "due") void this.#check("udp");
    });
    options.driver.touch(this.#driven);
  }

  /** Of the last check, whoever wanted it, with what was measured since; undefined before the first. */
  get last(): NetcheckReport | undefined {
    return this.#last && { ...this.#last, mappingLifetimeSeconds: this.#lifetimeSeconds() };
  }

  /** All of it, now. */
  check(): Promise<NetcheckReport> {
    return this.#check("all");
  }

  networkChanged(): void {
    this.#cadence.handleNetworkChange(this.#options.driver.now());
    this.#options.driver.touch(this.#driven);
  }

  /** The engine's "stun" datagrams; those of others are not taken for answers. */
  handleStun(data: Uint8Array, from: string): void {
    const address = parseSocketAddress(from);
    if (address !== undefined) this.#handleEngineStun(data, address);
  }

  close(): void {
    this.#closed = true;
    this.#options.driver.remove(this.#driven);
  }

  /** One at a time; who wants all does not get the part. */
  async #check(extent: Extent): Promise<NetcheckReport> {
    const running = this.#running;
    if (running !== undefined) {
      const report = await running.report;
      return running.extent === "all" || extent === "udp" ? report : this.#check(extent);
    }
    const report = this.#run(extent).finally(() => {
      this.#running = undefined;
    });
    this.#running = { extent, report };
    return report;
  }

  async #run(extent: Extent): Promise<NetcheckReport> {
    const { driver, portMapping } = this.#options;
    const early: (readonly [number, Uint8Array, SocketAddress])[] = [];
    let deliver = (index: number, data: Uint8Array, from: SocketAddress): void => void early.push([index, data, from]);
    const sockets = await openProbeSockets(FRESH_SOCKETS, 4, (index, data, from) => deliver(index, data, from));
    try {
      const findings = await this.#runWith(sockets, extent, (handle) => {
        deliver = handle;
      });
      const report: NetcheckReport = {
        ...findings,
        relays: extent === "all" ? findings.relays : withTcp(findings.relays, this.#last),
        portMapping: portMapping()?.available ?? [],
        mappingLifetimeSeconds: this.#lifetimeSeconds(),
      };
      this.#keep(report);
      this.#cadence.handleChecked(driver.now());
      if (!this.#closed) driver.touch(this.#driven);
      return report;
    } finally {
      deliver = () => undefined;
      this.#handleEngineStun = () => undefined;
      sockets.close();
    }
  }

  #lifetimeSeconds(): number | null {
    const survivedMs = this.#options.lifetime()?.survivedMs;
    return survivedMs === undefined ? null : survivedMs / SECOND_MS;
  }

  #keep(report: NetcheckReport): void {
    const before = this.#last === undefined ? undefined : summary(this.#last);
    this.#last = report;
    if (summary(report) !== before) this.#options.onLog(`netcheck: ${summary(report)}`);
  }

  #runWith(
    sockets: ProbeSockets,
    extent: Extent,
    listen: (handle: (index: number, data: Uint8Array, from: SocketAddress) => void) => void,
  ): Promise<NetcheckFindings> {
    const { driver } = this.#options;
    return new Promise((resolve) => {
      const check = new Netcheck({ input: this.#input(sockets.ports, extent), random: randomBytes, now: driver.now() });
      const touch = (): void => {
        driver.touch(machine);
      };
      const machine = driven(check, () => {
        for (let next = check.pollTransmit(); next !== undefined; next = check.pollTransmit()) send(next);
        const findings = check.pollEvent();
        if (findings !== undefined) resolve(findings);
      });
      const send = (transmit: NetcheckTransmit): void => {
        switch (transmit.kind) {
          case "stun":
            this.#sendStun(transmit, sockets);
            break;
          case "tcp":
            void timeConnection(transmit.to, process.env).then((ms) => {
              check.handleTcpResult(transmit.id, ms, driver.now());
              touch();
            });
            break;
          case "portal":
            void findPortal(transmit.host, process.env).then((answer) => {
              check.handlePortalResult(answer, driver.now());
              touch();
            });
        }
      };
      listen((index, data, from) => {
        check.handleDatagram(index + 1, data, from, driver.now());
        touch();
      });
      this.#handleEngineStun = (data, from) => {
        check.handleDatagram(0, data, from, driver.now());
        touch();
      };
      touch();
    });
  }

  #sendStun(
    { socket, data, address, transactionId }: Extract<NetcheckTransmit, { kind: "stun" }>,
    sockets: ProbeSockets,
  ): void {
    const { engine } = this.#options;
    if (socket > 0) {
      sockets.send(socket - 1, data, address);
      return;
    }
    engine.expectStun([transactionId], NETCHECK_TRANSACTION_TTL_MS);
    engine.send([{ data, address }]);
  }

  #input(freshPorts: readonly number[], extent: Extent): NetcheckInput {
    const { engine, view, localIps } = this.#options;
    const netmap = view();
    return {
      servers: netmap?.mesh?.stunServers ?? [],
      relays: [...(netmap?.relays.values() ?? [])].map(({ relay, udpAddresses, tcpAddresses }) => ({
        name: relay,
        udp: udpAddresses,
        tcp: tcpAddresses.flatMap((text) => parseHostPort(text) ?? []),
      })),
      freshPorts,
      port: engine.port,
      extent,
      localIps: localIps(),
    };
  }
}

/** What a check over UDP did not ask, as it was found before. */
function withTcp(relays: NetcheckReport["relays"], last: NetcheckReport | undefined): NetcheckReport["relays"] {
  return relays.map((relay) => ({
    ...relay,
    tcpMs: last?.relays.find(({ name }) => name === relay.name)?.tcpMs ?? null,
  }));
}

function summary({ udp, ipv6, mapping, filtering, allocation, publicAddresses }: NetcheckReport): string {
  if (!udp) return "UDP is blocked, or no server answers";
  const ips = publicAddresses.map((address) => splitSocketAddress(address).ip).join(" and ");
  const ports = mapping === "endpoint-independent" ? "" : `, ports ${allocation.pattern}`;
  return `seen at ${ips}; mapping ${mapping}, filtering ${filtering}${ports}; IPv6 ${ipv6 ? "works" : "does not"}`;
}
