// The mappings of the engine's port on this host's routers, one for each family: machines, sockets and default gateways together. IPv4's is
// what NATs need; IPv6's opens the router's firewall where it speaks PCP.
import type { NodeEngine } from "../engine/index.ts";
import type { PortMappingIo, PortMappingIoEvents } from "../host/port-mapping-io.ts";
import { randomBytes } from "../identity/index.ts";
import {
  type Gateway,
  PCP_NONCE_BYTES,
  PortMapper,
  type PortMapperEvent,
  type PortMapperReport,
} from "../nat/port-mapping/index.ts";
import type { IpFamily, SocketAddress } from "../protocol/address.ts";
import { type Driven, driven, type Driver } from "./driver.ts";

/** What the host does for it; replaced in tests. */
export interface PortMappingHost {
  readonly findGateway: (family: IpFamily, except: string) => Promise<Gateway | undefined>;
  readonly open: (gateway: Gateway, events: PortMappingIoEvents) => PortMappingIo;
}

export interface PortMappingsOptions {
  /** Whose port it is. */
  readonly engine: Pick<NodeEngine, "port" | "hasIpv4" | "hasIpv6">;
  readonly driver: Driver;
  readonly tunName: string;
  readonly host: PortMappingHost;
  /** Secret, the same after a restart: routers know a mapping's owner by it. */
  readonly nonce: (port: number) => Uint8Array;
  readonly onChange: () => void;
  readonly onLog: (message: string) => void;
}

interface FamilyMapping {
  readonly family: IpFamily;
  readonly mapper: PortMapper;
  readonly machine: Driven;
  /** The engine's, when the mapper was made. */
  readonly port: number;
  gateway: Gateway | undefined;
  io: PortMappingIo | undefined;
  readonly closed: PromiseWithResolvers<undefined>;
}

/** A router that does not answer the removal any more: its mapping runs out. */
const CLOSE_LIMIT_MS = 2000;

export class PortMappings {
  readonly #options: PortMappingsOptions;
  #families: readonly FamilyMapping[] = [];
  #enabled = false;
  /** Looks at the gateways come one after the other. */
  #looking: Promise<unknown> = Promise.resolve();

  constructor(options: PortMappingsOptions) {
    this.#options = options;
  }

  /** What the routers say leads here. */
  external(): readonly SocketAddress[] {
    return this.#families.flatMap(({ mapper }) => mapper.report().mapping?.external ?? []);
  }

  /** IPv4's; undefined: switched off, or this host has no IPv4. */
  report(): PortMapperReport | undefined {
    return this.#families.find(({ family }) => family === 4)?.mapper.report();
  }

  /** Resolves, switched off, when the mappings are removed. */
  async setEnabled(enabled: boolean): Promise<void> {
    if (enabled === this.#enabled) return;
    this.#enabled = enabled;
    if (enabled) this.networkChanged();
    else await this.#removeAll();
  }

  /** At the same router or another one: mappings may be gone. */
  networkChanged(): void {
    this.#looking = this.#looking
      .then(() => this.#look())
      .catch((error: unknown) => this.#options.onLog(String(error)));
  }

  close(): Promise<void> {
    return this.setEnabled(false);
  }

  async #look(): Promise<void> {
    const { engine, tunName, host, driver } = this.#options;
    const families = [...(engine.hasIpv4 ? [4 as const] : []), ...(engine.hasIpv6 ? [6 as const] : [])];
    for (const family of families) {
      const gateway = await host.findGateway(family, tunName);
      if (!this.#enabled) return;
      const mapping = this.#mappingOf(family);
      if (gateway !== undefined && isSame(gateway, mapping.gateway)) mapping.mapper.handleNetworkChange(driver.now());
      else {
        mapping.io?.close();
        mapping.gateway = gateway;
        mapping.io = gateway && host.open(gateway, this.#eventsOf(mapping, gateway));
        mapping.mapper.handleGateway(gateway, driver.now());
      }
      driver.touch(mapping.machine);
    }
  }

  /** A new one if the engine had to take another port: the old port's mapping runs out. */
  #mappingOf(family: IpFamily): FamilyMapping {
    const { engine } = this.#options;
    const known = this.#families.find((mapping) => mapping.family === family);
    if (known?.port === engine.port) return known;
    if (known !== undefined) this.#drop(known);
    const nonce = this.#options.nonce(engine.port).subarray(0, PCP_NONCE_BYTES);
    const mapper = new PortMapper({ internalPort: engine.port, nonce, random: randomBytes });
    const mapping: FamilyMapping = {
      family,
      mapper,
      machine: driven(mapper, () => this.#drain(mapping)),
      port: engine.port,
      gateway: undefined,
      io: undefined,
      closed: Promise.withResolvers<undefined>(),
    };
    this.#families = [...this.#families, mapping];
    return mapping;
  }

  /** What a gateway's sockets still hand in after it was replaced is nobody's. */
  #eventsOf(mapping: FamilyMapping, gateway: Gateway): PortMappingIoEvents {
    const { driver } = this.#options;
    const carryOn = (hand: () => void): void => {
      if (mapping.gateway !== gateway) return;
      hand();
      driver.touch(mapping.machine);
    };
    return {
      onDatagram: (data, from) => carryOn(() => mapping.mapper.handleDatagram(data, from, driver.now())),
      onHttpResponse: (id, response) => carryOn(() => mapping.mapper.handleHttpResponse(id, response, driver.now())),
    };
  }

  #drain(mapping: FamilyMapping): void {
    const { mapper } = mapping;
    for (let next = mapper.pollTransmit(); next !== undefined; next = mapper.pollTransmit()) mapping.io?.send(next);
    for (let event = mapper.pollEvent(); event !== undefined; event = mapper.pollEvent()) {
      this.#handleEvent(mapping, event);
    }
  }

  #handleEvent(mapping: FamilyMapping, event: PortMapperEvent): void {
    const { onChange, onLog } = this.#options;
    switch (event.type) {
      case "mapped":
        onLog(`the router maps ${event.mapping.external} to this node (${event.mapping.protocol})`);
        onChange();
        break;
      case "lost":
        onLog(`the router's port mapping is gone: ${event.reason}`);
        onChange();
        break;
      case "closed":
        mapping.closed.resolve(undefined);
    }
  }

  async #removeAll(): Promise<void> {
    const { driver } = this.#options;
    const mappings = this.#families;
    for (const { mapper, machine } of mappings) {
      mapper.handleClose(driver.now());
      driver.touch(machine);
    }
    const limit = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => limit.resolve(undefined), CLOSE_LIMIT_MS);
    await Promise.race([Promise.all(mappings.map(({ closed }) => closed.promise)), limit.promise]);
    clearTimeout(timer);
    for (const mapping of mappings) this.#drop(mapping);
  }

  #drop(mapping: FamilyMapping): void {
    this.#families = this.#families.filter((each) => each !== mapping);
    this.#options.driver.remove(mapping.machine);
    mapping.io?.close();
    mapping.gateway = undefined;
  }
}

function isSame(a: Gateway, b: Gateway | undefined): boolean {
  return a.ip === b?.ip && a.localIp === b.localIp && a.interfaceName === b.interfaceName;
}
