// Where faults happen: a coordinator, two relays, and two pairs of nodes with traffic - one that meets directly, and one that can meet
// nowhere but at a relay. Every daemon has a disk and a wall clock of its own.
import { join } from "node:path";
import {
  Coordinator,
  type Daemon,
  type Host,
  Node,
  Relay,
  SiteLab,
  siteType,
  type SiteName,
  waitFor,
} from "../lab/index.ts";
import { DaemonClock } from "./clock.ts";
import { type Inventory, takeInventory } from "./inventory.ts";
import { Traffic } from "./traffic.ts";

const SITES: Readonly<Record<string, readonly [type: SiteName, hosts: readonly string[]]>> = {
  home: ["port-restricted", ["laptop"]],
  cafe: ["port-restricted", ["phone"]],
  hotel: ["symmetric-random", ["tablet"]],
  airport: ["symmetric-random", ["watch"]],
};
const RELAYS = ["east", "west"];
const NODES = Object.values(SITES).flatMap(([, hosts]) => hosts);
/** Room for what a daemon keeps, and little to fill. */
const DISK_MB = 8;
/** Nodes ask ever more rarely for a coordinator or a relay that dies again and again: in half a minute (src/channel/backoff.ts). */
const SETTLE_MS = 35_000;

interface Parts {
  readonly lab: SiteLab;
  readonly coordinator: Coordinator;
  readonly relays: readonly Relay[];
  readonly nodes: readonly Node[];
  readonly traffic: readonly Traffic[];
  readonly clocks: ReadonlyMap<Daemon, DaemonClock>;
  readonly bare: Inventory;
}

export class World {
  readonly lab: SiteLab;
  readonly coordinator: Coordinator;
  readonly relays: readonly Relay[];
  /** In pairs: the first two meet directly. */
  readonly nodes: readonly Node[];
  readonly traffic: readonly Traffic[];
  readonly #clocks: ReadonlyMap<Daemon, DaemonClock>;
  /** Of the machines before there was meshd on them, with the addresses that they have now. */
  #bare: Inventory;

  private constructor(parts: Parts) {
    this.lab = parts.lab;
    this.coordinator = parts.coordinator;
    this.relays = parts.relays;
    this.nodes = parts.nodes;
    this.traffic = parts.traffic;
    this.#clocks = parts.clocks;
    this.#bare = parts.bare;
  }

  get bare(): Inventory {
    return this.#bare;
  }

  static async start(clockShim: string): Promise<World> {
    const lab = await SiteLab.create(
      ["server", ...RELAYS, "stranger"],
      Object.entries(SITES).map(([name, [type, hosts]]) => ({ name, type: siteType(type), hosts })),
    );
    try {
      return new World(await startPrograms(lab, clockShim));
    } catch (error) {
      lab.destroy();
      throw error;
    }
  }

  get daemons(): readonly Daemon[] {
    return [this.coordinator, ...this.relays, ...this.nodes];
  }

  /** The site that a node's host is in. */
  siteOf(node: Node): string {
    return Object.entries(SITES).find(([, [, hosts]]) => hosts.includes(node.host.name))?.[0] ?? "";
  }

  /** To another address in the same network, with another cable. */
  async move({ host }: Node, site: string): Promise<void> {
    const before = await addressOf(host);
    this.lab.moveHost(host.name, site);
    const after = await addressOf(host);
    this.#bare = this.#bare.map((line) =>
      line.startsWith(`${host.name}: `) ? line.replaceAll(new RegExp(`${before}(?!\\d)`, "g"), after) : line,
    );
  }

  clockOf(daemon: Daemon): DaemonClock {
    const clock = this.#clocks.get(daemon);
    if (clock === undefined) throw new Error(`${daemon.host.name} has no clock of its own`);
    return clock;
  }

  async inventory(): Promise<Inventory> {
    return takeInventory(this.daemons.map(({ host }) => host));
  }

  /** All nodes are connected to the coordinator, and the pairs use the paths they should. */
  async settled(): Promise<void> {
    const [laptop, phone, tablet, watch] = this.nodes;
    await waitFor("node that is connected to the coordinator", SETTLE_MS, async () => {
      const all = await Promise.all(this.nodes.map((node) => node.tryStatus()));
      return all.every((status) => status?.coordinator?.connected === true);
    });
    await laptop?.waitForPath("phone", "direct", SETTLE_MS);
    await phone?.waitForPath("laptop", "direct", SETTLE_MS);
    await tablet?.waitForPath("watch", "relay-udp", SETTLE_MS);
    await watch?.waitForPath("tablet", "relay-udp", SETTLE_MS);
    await waitFor("standby relay", SETTLE_MS, async () => {
      const paths = [await tablet?.peer("watch"), await watch?.peer("tablet")].map((peer) => peer?.paths ?? []);
      return paths.every((each) => each.length === this.relays.length);
    });
  }

  /** Traffic and daemons, gently. */
  async stop(): Promise<void> {
    await Promise.all(this.traffic.map((each) => each.stop()));
    await Promise.all(this.daemons.map((daemon) => daemon.stop()));
  }

  [Symbol.dispose](): void {
    this.lab.destroy();
  }
}

async function startPrograms(lab: SiteLab, clockShim: string): Promise<Parts> {
  const server = lab.host("server");
  const clocks = new Map<Daemon, DaemonClock>();
  const withClock = async <Any extends Daemon>(
    hostName: string,
    role: string,
    start: (env: Readonly<Record<string, string>>) => Promise<Any>,
  ): Promise<Any> => {
    const host = lab.host(hostName);
    host.mountDisk(join(host.directory, role), DISK_MB);
    const clock = new DaemonClock(join(host.directory, `${role}.clock`));
    const daemon = await start(clock.environment(clockShim));
    clocks.set(daemon, clock);
    return daemon;
  };
  const bare = await takeInventory(["server", ...RELAYS, ...NODES].map((name) => lab.host(name)));
  const coordinator = await withClock("server", "coordinator", (env) => Coordinator.start(server, ["--no-relay"], env));
  const relays = [];
  for (const name of RELAYS) {
    relays.push(await withClock(name, "relay", (env) => Relay.join(server, lab.host(name), [], env)));
  }
  const nodes = [];
  for (const name of NODES) {
    const node = await withClock(name, "node", async (env) => new Node(lab.host(name), "node", env));
    await node.join(coordinator.joinKey);
    nodes.push(node);
  }
  const traffic = [];
  for (const number of [0, 2]) {
    const [to, from] = [nodes[number], nodes[number + 1]];
    if (from === undefined || to === undefined) throw new Error("nodes come in pairs");
    await from.waitForPeers(to.host.name);
    await to.waitForPeers(from.host.name);
    traffic.push(await Traffic.start(from, to));
  }
  return { lab, coordinator, relays, nodes, traffic, clocks, bare };
}

/** Of its own interface. */
async function addressOf(host: Host): Promise<string> {
  const text = await host.output(["ip", "-4", "-o", "address", "show", "dev", "eth0"]);
  return /inet ([\d.]+)/.exec(text)?.[1] ?? "";
}
