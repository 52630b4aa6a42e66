// A mesh for a test: a coordinator on the lab's server and joined nodes, each knowing the others.
import { Coordinator, Node, type Host, type Lab, type SiteSpec, type Topology } from "../lab/index.ts";

/** By what people call such places, with the machine that is there. */
const SITES = {
  home: { kind: "port-restricted", hosts: ["laptop"] },
  cafe: { kind: "port-restricted", hosts: ["phone"] },
  hotel: { kind: "symmetric", hosts: ["tablet"] },
  airport: { kind: "symmetric", hosts: ["watch"] },
} as const satisfies Readonly<Record<string, SiteSpec>>;

/** A server, and these sites. */
export function sites(...names: readonly (keyof typeof SITES)[]): Topology {
  return { publicHosts: ["server"], sites: Object.fromEntries(names.map((name) => [name, SITES[name]])) };
}

/** A coordinator on the lab's server, and a machine that has yet to join. */
export async function startAlone(lab: Lab, name: string) {
  const coordinator = await Coordinator.start(lab.host("server"));
  const host = lab.host(name);
  return { coordinator, host, node: new Node(host) };
}

export interface Mesh {
  readonly coordinator: Coordinator;
  readonly nodes: ReadonlyMap<string, Node>;
}

/** Joins the hosts one after the other: the first one gets the first address. */
export async function startMesh(lab: Lab, names: readonly string[], args: readonly string[] = []): Promise<Mesh> {
  const coordinator = await Coordinator.start(lab.host("server"), args);
  const nodes = new Map<string, Node>();
  for (const name of names) {
    const node = new Node(lab.host(name));
    nodes.set(name, node);
    await node.join(coordinator.joinKey);
  }
  await everyoneKnowsEveryone(nodes);
  return { coordinator, nodes };
}

async function everyoneKnowsEveryone(nodes: ReadonlyMap<string, Node>): Promise<void> {
  for (const [name, node] of nodes) await node.waitForPeers(...[...nodes.keys()].filter((other) => other !== name));
}

/** The two nodes of a test about a pair. */
export async function startPair(lab: Lab, left: string, right: string): Promise<readonly [Node, Node, Coordinator]> {
  const { coordinator, nodes } = await startMesh(lab, [left, right]);
  return [nodeOf(nodes, left), nodeOf(nodes, right), coordinator];
}

export function nodeOf(nodes: ReadonlyMap<string, Node>, name: string): Node {
  const node = nodes.get(name);
  if (node === undefined) throw new Error(`no node ${name} in this mesh`);
  return node;
}

export interface PingSummary {
  readonly sent: number;
  readonly received: number;
  /** icmp_seq of the first reply. */
  readonly first: number | undefined;
}

export async function ping(host: Host, target: string, count: number, intervalSeconds = 0.2): Promise<PingSummary> {
  const { stdout } = await host.run(["ping", "-n", "-c", `${count}`, "-i", `${intervalSeconds}`, "-W", "2", target]);
  const totals = /(\d+) packets transmitted, (\d+) received/.exec(stdout);
  const first = /icmp_seq=(\d+) ttl=/.exec(stdout)?.[1];
  return {
    sent: Number(totals?.[1] ?? 0),
    received: Number(totals?.[2] ?? 0),
    first: first === undefined ? undefined : Number(first),
  };
}
