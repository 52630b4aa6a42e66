// A mesh of one root key that writes genuine netmaps, a control channel that says what the test wants, and a host that only takes notes.
import { ChannelError } from "../../../src/channel/errors.ts";
import type { ControlClient, ControlEvent, ControlOptions } from "../../../src/control/index.ts";
import type { OverlayHost } from "../../../src/daemon/overlay.ts";
import type { Surroundings } from "../../../src/daemon/surroundings.ts";
import { type FakeNodeEngine, fakeNodeEngines, FakeServerEngine } from "../../../src/engine/fake.ts";
import type { NetworkNews } from "../../../src/host/network-watch.ts";
import {
  formatAuthKey,
  generateDiscoKey,
  generateSigningKey,
  meshIdOf,
  nodeKeyOf,
  signDiscoKey,
  type SigningKey,
} from "../../../src/identity/index.ts";
import type { InterfaceAddress } from "../../../src/nat/index.ts";
import {
  add,
  applyUpdate,
  emptySet,
  entryDigest,
  type NetmapState,
  signHeader,
  viewOf,
} from "../../../src/netmap/index.ts";
import { parseOverlayIp, parseSocketAddress } from "../../../src/protocol/address.ts";
import { MeshdError } from "../../../src/protocol/errors.ts";
import type { NetmapEntry } from "../../../src/protocol/messages.ts";
import { encodeNetmapEntry } from "../../../src/protocol/netmap-codec.ts";
import type { NodeKey } from "../../../src/protocol/node-key.ts";
import { Secret } from "../../../src/protocol/secret.ts";

export interface TestPeer {
  readonly key: NodeKey;
  readonly entry: NetmapEntry;
  presence(bootId: number, online?: boolean): NetmapEntry;
}

/** The coordinator's side, as far as signatures go. */
export class TestMesh {
  readonly root: SigningKey = generateSigningKey();
  readonly authKey: string;
  #version = 0;

  constructor() {
    this.authKey = formatAuthKey({
      coordinators: [{ host: "192.0.2.1", port: 443 }],
      rootKey: this.root.publicKey,
      keyId: new Uint8Array(8),
      secret: new Secret(new Uint8Array(32)),
    });
  }

  peer(hostname: string, ip: string): TestPeer {
    const node = generateSigningKey();
    const disco = generateDiscoKey();
    const key = nodeKeyOf(node);
    return {
      key,
      entry: {
        kind: "peer",
        nodeKey: key,
        discoKey: disco.publicKey,
        discoSignature: signDiscoKey(node, meshIdOf(this.root.publicKey), disco.publicKey),
        hostname,
        ips: [overlayIp(ip)],
        routes: [],
        tags: [],
        os: "linux",
      },
      presence: (bootId, online = true) => ({
        kind: "presence",
        nodeKey: key,
        online,
        lastSeenUnixMs: 1_000,
        bootId: new Uint8Array(8).fill(bootId),
        candidates: [{ kind: "host", address: socketAddress("203.0.113.9:41641") }],
        homeRelay: "main",
      }),
    };
  }

  /** A genuine netmap for `recipient` with mesh, self, one relay, and `entries`. */
  netmap(recipient: NodeKey, entries: readonly NetmapEntry[]): Extract<ControlEvent, { kind: "netmap" }> {
    const all: readonly NetmapEntry[] = [
      {
        kind: "mesh",
        domain: "mesh",
        ipv4Prefix: "100.64.0.0/10",
        ipv6Prefix: "fd7a:1::/48",
        coordinators: ["192.0.2.1:443"],
        stunServers: [socketAddress("192.0.2.1:3478")],
      },
      { kind: "self", nodeKey: recipient, hostname: "laptop", ips: [overlayIp("100.64.0.1")], tags: [] },
      {
        kind: "relay",
        relay: "main",
        key: this.root.publicKey,
        udpAddresses: [socketAddress("192.0.2.1:443")],
        region: "",
        tcpAddresses: [],
        away: false,
        offered: false,
      },
      ...entries,
    ];
    const bytes = all.map(encodeNetmapEntry);
    const set = emptySet();
    for (const entry of bytes) add(set, entryDigest(entry));
    const header = signHeader(this.root, { recipient, epoch: 1, version: ++this.#version, issuedAtUnixMs: 1 }, set);
    const trust = { rootKey: this.root.publicKey, recipient };
    const applied = applyUpdate(trust, undefined, { header, full: true, entries: bytes, removed: [] });
    if (!applied.ok) throw new Error(applied.reason);
    return { kind: "netmap", state: applied.state, view: viewOf(applied.state) };
  }
}

export class FakeControl implements ControlClient {
  readonly options: ControlOptions;
  connected = false;
  netmap: NetmapState | undefined;
  readonly endpoints: { readonly candidates: number; readonly homeRelay: string }[] = [];
  readonly punches: NodeKey[] = [];
  readonly tickets: string[] = [];
  readonly offers: string[][] = [];
  readonly networkChanges: { readonly moved: boolean }[] = [];
  authenticated = 0;
  loggedOut = false;
  closed = false;

  constructor(options: ControlOptions) {
    this.options = options;
    this.netmap = options.netmap;
  }

  get key(): NodeKey {
    return nodeKeyOf(this.options.node);
  }
  get coordinator() {
    return this.connected ? this.options.coordinators[0] : undefined;
  }

  emit(event: ControlEvent): void {
    if (event.kind === "connected") this.connected = true;
    if (event.kind === "disconnected" || event.kind === "refused") this.connected = false;
    this.options.onEvent(event);
  }
  /** Authenticated, with a netmap. */
  accept(mesh: TestMesh, entries: readonly NetmapEntry[] = []): void {
    const coordinator = { host: "192.0.2.1", port: 443 };
    this.emit({ kind: "connected", coordinator, roundTripMs: 20, coordinatorTimeUnixMs: 1 });
    this.emit(mesh.netmap(this.key, entries));
  }
  refuse(code: string): void {
    this.emit({ kind: "refused", error: new MeshdError(code, 1, `refused: ${code}`) });
  }

  setEndpoints(candidates: readonly unknown[], homeRelay: string): void {
    this.endpoints.push({ candidates: candidates.length, homeRelay });
  }
  setRelayOffer(udpAddresses: readonly string[]): void {
    this.offers.push([...udpAddresses]);
  }
  requestPunch({ peer }: { readonly peer: NodeKey }): boolean {
    this.punches.push(peer);
    return this.connected;
  }
  requestTickets(relays: readonly string[]): void {
    this.tickets.push(...relays);
  }
  authenticate(): void {
    this.authenticated++;
  }
  networkChanged(moved: boolean): void {
    this.networkChanges.push({ moved });
  }
  async logout(): Promise<void> {
    this.loggedOut = true;
    // The goodbye that confirms it.
    this.refuse("node-removed");
  }
  async close(): Promise<void> {
    this.closed = true;
  }
}

export interface FakeWorld {
  readonly surroundings: Surroundings;
  /** The latest of each. */
  engine(): FakeNodeEngine;
  control(): FakeControl;
  /** How many were ever made. */
  starts(): number;
  /** What the host was told, in order. */
  readonly host: string[];
  /** Routes of the host. */
  routes: { destination: string; device: string }[];
  /** Addresses of its interfaces, and what the kernel says of them. */
  addresses: readonly InterfaceAddress[];
  tellNews: (news: NetworkNews) => void;
  /** Thrown by the next engine that is opened. */
  openError: Error | undefined;
  /** Engines of the relays that were offered. */
  readonly servers: FakeServerEngine[];
  /** Thrown one after the other by those that are opened next. */
  readonly serverErrors: Error[];
}

export function fakeWorld(): FakeWorld {
  const engines = fakeNodeEngines();
  const controls: FakeControl[] = [];
  const notes: string[] = [];
  const host: OverlayHost = {
    routes: () => world.routes,
    configureTun: async (network) => {
      notes.push(`tun ${network.device} ${network.ips.join(" ")} ${network.prefixes.join(" ")}`);
      return [];
    },
    raiseGuard: async () => undefined,
    lowerGuard: async () => true,
    startDns: async ({ zone, onHealth }) => {
      const names = (records: typeof zone.records) => records.map(({ name }) => name).join(" ");
      notes.push(`dns ${names(zone.records)}`);
      onHealth(undefined);
      return {
        setZone: (next) => notes.push(`zone ${names(next.records)}`),
        stop: async () => void notes.push("dns stopped"),
      };
    },
  };
  const world: FakeWorld = {
    surroundings: {
      openEngine: (options, onEvents) => {
        const error = world.openError;
        world.openError = undefined;
        if (error !== undefined) throw error;
        return engines.open(options, onEvents);
      },
      openServerEngine: (options, handlers) => {
        const error = world.serverErrors.shift();
        if (error !== undefined) throw error;
        const engine = new FakeServerEngine(options, handlers);
        world.servers.push(engine);
        return engine;
      },
      startControl: (options) => {
        const control = new FakeControl(options);
        controls.push(control);
        return control;
      },
      host,
      portMapping: {
        findGateway: async () => undefined,
        open: () => {
          throw new Error("there is no gateway");
        },
      },
      openRelayStream: () => Promise.reject(new ChannelError("unreachable", "there is no TCP")),
      network: {
        read: () => ({ addresses: world.addresses, gateways: ["198.51.100.1 eth0"] }),
        listen: (onNews) => {
          world.tellNews = onNews;
          return { close: () => undefined };
        },
        indexOf: () => 2,
        bootMs: () => performance.now(),
        monotonicMs: () => performance.now(),
      },
    },
    engine: () => last(engines.opened),
    control: () => last(controls),
    starts: () => engines.opened.length,
    host: notes,
    routes: [],
    addresses: [{ name: "eth0", ip: "198.51.100.7", prefixLength: 24 }],
    tellNews: () => undefined,
    openError: undefined,
    servers: [],
    serverErrors: [],
  };
  return world;
}

function last<T>(items: readonly T[]): T {
  const item = items.at(-1);
  if (item === undefined) throw new Error("none was made yet");
  return item;
}

function overlayIp(text: string) {
  const ip = parseOverlayIp(text);
  if (ip === undefined) throw new Error(text);
  return ip;
}

function socketAddress(text: string) {
  const address = parseSocketAddress(text);
  if (address === undefined) throw new Error(text);
  return address;
}
