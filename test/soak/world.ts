// What a soak run runs: two meshes in one internet. In the first, nodes come, go, roam and are killed around a coordinator and a relay that
// live through all of it; in the second, nodes live through restarts and absences of their coordinator and their relay.
import { join } from "node:path";
import {
  Coordinator,
  type Daemon,
  makeSampleFile,
  Node,
  Relay,
  serveFile,
  SiteLab,
  siteType,
  type SiteName,
  startSshServer,
  waitFor,
} from "../lab/index.ts";
import type { Watched } from "./sampler.ts";

const SITES: readonly (readonly [name: string, type: SiteName, hosts: readonly string[]])[] = [
  ["home", "port-restricted", ["laptop", "desktop"]],
  ["office", "firewall", ["office-pc"]],
  ["cafe", "port-restricted", ["phone"]],
  ["hotel", "symmetric-random", ["guest"]],
  ["carrier", "cgnat", ["ghost"]],
  ["flat", "port-restricted", ["anna"]],
  ["farm", "symmetric-sequential", ["bert"]],
];

/** Of the first mesh; "guest" and "ghost" are not there all the time. */
const STEADY = ["laptop", "desktop", "office-pc", "phone"] as const;
const SHAKEN = ["anna", "bert"] as const;

export const FILE_PORT = 8080;
const FILE_MB = 4;
const START_TRIES = 3;
/** The machine may be busy with something else. */
const PATIENCE_MS = 60_000;

export interface SharedFile {
  readonly path: string;
  readonly sha256: string;
}

export class World {
  readonly lab: SiteLab;
  readonly coordinator: Coordinator;
  readonly shakenCoordinator: Coordinator;
  readonly shakenRelay: Relay;
  readonly sshOptions: readonly string[];
  readonly file: SharedFile;
  /** Daemons that do not run at present because somebody ended them. */
  readonly resting = new Set<string>();
  readonly #relay: Relay;
  readonly #nodes: ReadonlyMap<string, Node>;

  private constructor(lab: SiteLab, programs: Programs) {
    this.lab = lab;
    this.coordinator = programs.coordinator;
    this.shakenCoordinator = programs.shakenCoordinator;
    this.shakenRelay = programs.shakenRelay;
    this.sshOptions = programs.sshOptions;
    this.file = programs.file;
    this.#relay = programs.relay;
    this.#nodes = programs.nodes;
  }

  static async start(onProgress: (text: string) => void): Promise<World> {
    onProgress("making the networks");
    const lab = await SiteLab.create(
      ["server", "east", "shaken-server", "west"],
      SITES.map(([name, type, hosts]) => ({ name, type: siteType(type), hosts })),
    );
    try {
      return new World(lab, await startPrograms(lab, onProgress));
    } catch (error) {
      lab.destroy();
      throw error;
    }
  }

  node(name: string): Node {
    const node = this.#nodes.get(name);
    if (node === undefined) throw new Error(`no node ${name}`);
    return node;
  }

  get steady(): readonly Node[] {
    return STEADY.map((name) => this.node(name));
  }

  get all(): readonly Node[] {
    return [...this.#nodes.values()];
  }

  /** Every daemon, to be sampled. */
  get watched(): readonly Watched[] {
    const watch =
      (role: Watched["role"]) =>
      (daemon: Daemon): Watched => ({
        ...{ name: daemon.host.name, role, socket: daemon.socket },
        pid: () => (daemon.process.running ? daemon.process.pid : undefined),
      });
    return [
      ...this.all.map(watch("node")),
      ...[this.coordinator, this.shakenCoordinator].map(watch("coordinator")),
      ...[this.#relay, this.shakenRelay].map(watch("relay")),
    ];
  }

  /** Those that ended by themselves. */
  get dead(): readonly string[] {
    return this.watched.flatMap(({ name, pid }) => (pid() === undefined && !this.resting.has(name) ? [name] : []));
  }

  /** Ends a daemon, rests, and starts it again; on a busy machine the start may take several tries. */
  async restart(
    daemon: Node | Coordinator | Relay,
    signal: "SIGTERM" | "SIGKILL",
    rest: () => Promise<void>,
  ): Promise<void> {
    const { name } = daemon.host;
    this.resting.add(name);
    await (signal === "SIGKILL" ? daemon.kill() : daemon.stop());
    await rest();
    for (let attempt = 1; ; attempt += 1) {
      try {
        await daemon.start();
        break;
      } catch (error) {
        if (attempt === START_TRIES) throw error;
        await daemon.kill();
      }
    }
    this.resting.delete(name);
  }

  [Symbol.dispose](): void {
    this.lab.destroy();
  }
}

/** Resolves once its coordinator has it. */
export async function untilConnected(node: Node): Promise<void> {
  await waitFor(`coordinator on ${node.host.name}`, PATIENCE_MS, async () => {
    const status = await node.tryStatus();
    return status?.state === "running" && status.coordinator?.connected === true;
  });
}

interface Programs {
  readonly coordinator: Coordinator;
  readonly shakenCoordinator: Coordinator;
  readonly relay: Relay;
  readonly shakenRelay: Relay;
  readonly nodes: ReadonlyMap<string, Node>;
  readonly sshOptions: readonly string[];
  readonly file: SharedFile;
}

async function startPrograms({ lab }: SiteLab, onProgress: (text: string) => void): Promise<Programs> {
  onProgress("starting coordinators and relays");
  const [server, shakenServer] = [lab.host("server"), lab.host("shaken-server")];
  const coordinator = await Coordinator.start(server);
  const shakenCoordinator = await Coordinator.start(shakenServer);
  const relay = await Relay.join(server, lab.host("east"));
  const shakenRelay = await Relay.join(shakenServer, lab.host("west"));
  const nodes = new Map<string, Node>();
  for (const name of SITES.flatMap(([, , hosts]) => hosts)) {
    onProgress(`${nodes.size} nodes joined`);
    const node = new Node(lab.host(name));
    nodes.set(name, node);
    const isShaken = (SHAKEN as readonly string[]).includes(name);
    await node.join((isShaken ? shakenCoordinator : coordinator).joinKey);
  }
  const laptop = lab.host("laptop");
  const file = makeSampleFile(join(laptop.directory, "album.bin"), FILE_MB);
  for (const name of ["desktop", "bert"]) await serveFile(lab.host(name), file, FILE_PORT);
  const { options: sshOptions } = await startSshServer(laptop);
  return { coordinator, shakenCoordinator, shakenRelay, relay, nodes, sshOptions, file };
}
