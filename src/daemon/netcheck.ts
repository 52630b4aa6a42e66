// `meshd netcheck`: one check (src/nat/netcheck) with its sockets. The engine's socket takes part, since its mapping is the one that
// peers meet; checks that are asked for at the same time are one.
import type { NodeEngine } from "../engine/index.ts";
import { lookForPortal, openProbeSockets, timeTcpConnection } from "../host/probe-sockets.ts";
import { randomBytes } from "../identity/index.ts";
import {
  FRESH_SOCKETS,
  Netcheck,
  type NetcheckFindings,
  type NetcheckInput,
  type NetcheckReport,
  type NetcheckTransmit,
  NETCHECK_TRANSACTION_TTL_MS,
} from "../nat/netcheck/index.ts";
import type { PortMapperReport } from "../nat/port-mapping/index.ts";
import type { NetmapView } from "../netmap/index.ts";
import { parseHostPort, parseSocketAddress, type SocketAddress } from "../protocol/address.ts";
import type { Driven, Driver } from "./driver.ts";

export interface NetcheckerOptions {
  readonly engine: NodeEngine;
  readonly driver: Driver;
  readonly view: () => NetmapView | undefined;
  readonly localIps: () => readonly string[];
  readonly portMapping: () => PortMapperReport | undefined;
}

export class Netchecker {
  readonly #options: NetcheckerOptions;
  #running: Promise<NetcheckReport> | undefined;
  #handleEngineStun: (data: Uint8Array, from: SocketAddress) => void = () => undefined;

  constructor(options: NetcheckerOptions) {
    this.#options = options;
  }

  check(): Promise<NetcheckReport> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** The engine's "stun" datagrams; those of others are not taken for answers. */
  handleStun(data: Uint8Array, from: string): void {
    const address = parseSocketAddress(from);
    if (address !== undefined) this.#handleEngineStun(data, address);
  }

  async #run(): Promise<NetcheckReport> {
    const early: (readonly [number, Uint8Array, SocketAddress])[] = [];
    let deliver = (index: number, data: Uint8Array, from: SocketAddress): void => void early.push([index, data, from]);
    const sockets = await openProbeSockets(FRESH_SOCKETS, (index, data, from) => deliver(index, data, from));
    try {
      const findings = await this.#runWith(sockets, (handle) => {
        deliver = handle;
      });
      return { ...findings, portMapping: this.#options.portMapping()?.available ?? [] };
    } finally {
      deliver = () => undefined;
      this.#handleEngineStun = () => undefined;
      sockets.close();
    }
  }

  #runWith(
    sockets: Awaited<ReturnType<typeof openProbeSockets>>,
    listen: (handle: (index: number, data: Uint8Array, from: SocketAddress) => void) => void,
  ): Promise<NetcheckFindings> {
    const { driver } = this.#options;
    return new Promise((resolve) => {
      const check = new Netcheck({ input: this.#input(sockets.ports), random: randomBytes, now: driver.now() });
      const touch = (): void => {
        driver.touch(machine);
      };
      const machine: Driven = {
        handleTimeout: (now) => check.handleTimeout(now),
        pollTimeout: () => check.pollTimeout(),
        drain: () => {
          for (let next = check.pollTransmit(); next !== undefined; next = check.pollTransmit()) send(next);
          const findings = check.pollEvent();
          if (findings !== undefined) resolve(findings);
        },
      };
      const send = (transmit: NetcheckTransmit): void => {
        switch (transmit.kind) {
          case "stun":
            this.#sendStun(transmit, sockets);
            break;
          case "tcp":
            void timeTcpConnection(transmit.to).then((ms) => {
              check.handleTcpResult(transmit.id, ms, driver.now());
              touch();
            });
            break;
          case "portal":
            void lookForPortal(transmit.host).then((answer) => {
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
    sockets: Awaited<ReturnType<typeof openProbeSockets>>,
  ): void {
    const { engine } = this.#options;
    if (socket > 0) {
      sockets.send(socket - 1, data, address);
      return;
    }
    engine.expectStun([transactionId], NETCHECK_TRANSACTION_TTL_MS);
    engine.send([{ data, address }]);
  }

  #input(freshPorts: readonly number[]): NetcheckInput {
    const { engine, view, localIps } = this.#options;
    const netmap = view();
    return {
      servers: netmap?.mesh?.stunServers ?? [],
      relays: [...(netmap?.relays.values() ?? [])].map(({ relay, udpAddresses, tcpAddresses }) => {
        const tcp = tcpAddresses[0] === undefined ? undefined : parseHostPort(tcpAddresses[0]);
        return { name: relay, udp: udpAddresses, tcp };
      }),
      freshPorts,
      port: engine.port,
      localIps: localIps(),
    };
  }
}
