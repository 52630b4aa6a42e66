// The parts of a running node, made and connected. Each concern has its file; what one part has to know of another is passed here.
import { hostname as hostName } from "node:os";
import type { Logger } from "pino";
import type { ControlClient, ControlEvent } from "../control/index.ts";
import type { NodeEngine } from "../engine/index.ts";
import type { NetworkChange } from "../host/network-watch.ts";
import { meshIdOf, portMappingNonce } from "../identity/index.ts";
import type { NetmapState, NetmapView } from "../netmap/index.ts";
import type { Boot } from "../paths/boot.ts";
import type { AuthSecret } from "../protocol/messages.ts";
import { Driver } from "./driver.ts";
import { Endpoints } from "./endpoints.ts";
import type { StartedEngine } from "./engine-start.ts";
import type { Identity } from "./identity-file.ts";
import type { Mesh } from "./mesh-file.ts";
import { MappingLifetimes } from "./mapping-lifetime.ts";
import { Netchecker } from "./netcheck.ts";
import { OfferedRelay } from "./offered-relay.ts";
import { Overlay } from "./overlay.ts";
import { pathLog } from "./path-log.ts";
import { Peers } from "./peers.ts";
import { PortMappings } from "./port-mappings.ts";
import { Relays } from "./relays.ts";
import type { Settings } from "./settings.ts";
import type { Surroundings } from "./surroundings.ts";
import type { TicketStore } from "./ticket-store.ts";

export interface NodeParts {
  readonly engine: NodeEngine;
  readonly tunName: string;
  readonly driver: Driver;
  readonly peers: Peers;
  readonly relays: Relays;
  readonly endpoints: Endpoints;
  readonly portMappings: PortMappings;
  readonly offeredRelay: OfferedRelay;
  readonly mappingLifetimes: MappingLifetimes;
  readonly netchecker: Netchecker;
  readonly overlay: Overlay;
  readonly control: ControlClient;
}

export interface NodePartsOptions {
  readonly stateDir: string;
  /** Names the state directory. */
  readonly stateId: string;
  readonly identity: Identity;
  readonly settings: Settings;
  readonly mesh: Mesh;
  readonly auth: AuthSecret | undefined;
  readonly netmap: NetmapState | undefined;
  readonly tickets: TicketStore;
  readonly software: string;
  readonly log: Logger;
  readonly surroundings: Surroundings;
}

/** What concerns the node as a whole. */
export interface NodeHooks {
  readonly view: () => NetmapView | undefined;
  readonly onControlEvent: (event: ControlEvent) => void;
  readonly onNetworkChange: (change: NetworkChange) => void;
  /** Something that `status` shows changed. */
  readonly onChange: () => void;
  readonly onStorageError: (error: unknown) => void;
}

export function connectParts(
  options: NodePartsOptions,
  boot: Boot,
  { engine, tun }: StartedEngine,
  hooks: NodeHooks,
): NodeParts {
  const { stateDir, stateId, identity, settings, mesh, auth, netmap, surroundings, log } = options;
  const meshId = meshIdOf(mesh.rootKey);
  const tunName = tun.name;
  const driver = new Driver(surroundings.clock);
  const onLog = (message: string): void => log.info(message);
  const publishEndpoints = (): void => control.setEndpoints(endpoints.candidates, relays.home);
  const portMappings = new PortMappings({
    ...{ engine, driver, tunName, onLog, host: surroundings.portMapping },
    nonce: (port) => portMappingNonce(identity.node, port),
    onChange: () => endpoints.gather(),
  });
  const mappingLifetimes = new MappingLifetimes({
    ...{ engine, driver, stateDir, onLog, onStorageError: hooks.onStorageError },
    gateways: () => surroundings.network.read(tunName).gateways,
    onKeepalive: (keepaliveMs) => {
      engine.setKeepalive(keepaliveMs);
      relays.setKeepalive(keepaliveMs);
    },
  });
  const netchecker = new Netchecker({
    ...{ engine, driver, onLog, view: hooks.view },
    localIps: () => endpoints.localIps,
    portMapping: () => portMappings.report(),
    lifetime: () => mappingLifetimes.lifetime,
  });
  const endpoints: Endpoints = new Endpoints({
    ...{ engine, driver, tunName, network: surroundings.network },
    observed: () => relays.observed(),
    portMapped: () => portMappings.external(),
    onCandidates: (candidates) => {
      publishEndpoints();
      peers.setLocalCandidates(candidates);
      offeredRelay.addressesChanged();
    },
    onNat: (nat) => peers.setNat(nat),
    onReflexive: (addresses) => mappingLifetimes.setReflexive(addresses),
    onNetworkChange: hooks.onNetworkChange,
  });
  const relays: Relays = new Relays({
    ...{ engine, driver, identity, meshId, onLog, tickets: options.tickets, openStream: surroundings.openRelayStream },
    requestTickets: (wanted) => control.requestTickets(wanted),
    onChange: () => {
      publishEndpoints();
      peers.relaysChanged();
      hooks.onChange();
    },
    onObserved: (moved) => {
      if (moved) {
        endpoints.mappingChanged();
        portMappings.networkChanged();
        mappingLifetimes.mappingMoved(relays.observed());
      }
      endpoints.gather();
    },
  });
  const peers: Peers = new Peers({
    ...{ engine, driver, identity, boot, meshId, allows: endpoints.allows },
    relaysFor: (homeRelay) => relays.handlesFor(homeRelay),
    requestPunch: (request) => control.requestPunch(request),
    onActivity: (active) => {
      endpoints.handleActivity(active);
      relays.setWanted(peers.homeRelaysInUse());
    },
    onInvited: () => relays.setWanted(peers.homeRelaysInUse()),
    onPaths: pathLog(log),
  });
  const offeredRelay = new OfferedRelay({
    ...{ node: identity.node, rootKey: mesh.rootKey, stateDir, families: engine, log },
    openServer: surroundings.openServerEngine,
    candidates: () => endpoints.candidates,
    mapPort: (port, onChange) => {
      const { hasIpv4, hasIpv6 } = engine;
      const mappings = new PortMappings({
        ...{ engine: { port, hasIpv4, hasIpv6 }, driver, tunName, onLog, onChange, host: surroundings.portMapping },
        nonce: (mapped) => portMappingNonce(identity.node, mapped),
      });
      void mappings.setEnabled(true);
      return mappings;
    },
    tell: (addresses) => control.setRelayOffer(addresses),
    onChange: hooks.onChange,
  });
  const overlay = new Overlay({
    ...{ engine, tun, stateDir, stateId, acceptDns: settings.acceptDns, host: surroundings.host },
  });
  const control: ControlClient = surroundings.startControl({
    rootKey: mesh.rootKey,
    node: identity.node,
    disco: identity.disco,
    bootId: boot.id,
    hostname: settings.hostname ?? hostName(),
    os: process.platform,
    software: options.software,
    coordinators: mesh.coordinators,
    collisionWith: (prefixes) => overlay.collisionWith(prefixes),
    ...(auth === undefined ? {} : { auth }),
    ...(netmap === undefined ? {} : { netmap }),
    onEvent: hooks.onControlEvent,
  });
  const edges = { endpoints, offeredRelay, portMappings, mappingLifetimes, netchecker };
  return { engine, tunName, driver, peers, relays, overlay, control, ...edges };
}
