// Where floods are measured: a coordinator with its relay, two nodes that reach each other directly and two that only its relay connects,
// an attacker, and a sink; all on one segment without delay, so that nothing but the machines' CPU is scarce.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type FloodAim, prepareFloods, startSink } from "./flood.ts";
import { type Host, Lab } from "./lab.ts";
import { Coordinator, Node, waitFor } from "./meshd.ts";

export const trafficKinds = ["flow", "relayed-flow", "joins"] as const;
/** One TCP flow directly between two nodes, one through the relay (Mbit/s); nodes that join and talk to the coordinator (a second). */
export type Traffic = (typeof trafficKinds)[number];

const SINK_PORT = 9999;
/** Until nodes without a direct way have given up looking for it for the time being. */
const SETTLE_MS = 2000;
const JOINING_AT_A_TIME = 4;
const WARM_UP_SECONDS = 1;
/** Until a program of ours runs, on a busy machine. */
const START_SECONDS = 1;

const controlLoad = fileURLToPath(new URL("programs/control-load.ts", import.meta.url));

interface Pair {
  readonly from: Node;
  readonly to: Node;
  readonly path: "direct" | "relay-udp";
}

type Pairs = Readonly<Record<"flow" | "relayed-flow", Pair>>;

export class FloodGround {
  readonly #lab: Lab;
  readonly coordinator: Coordinator;
  readonly #pairs: Pairs;

  private constructor(lab: Lab, coordinator: Coordinator, pairs: Pairs) {
    this.#lab = lab;
    this.coordinator = coordinator;
    this.#pairs = pairs;
  }

  static async create(): Promise<FloodGround> {
    const names = ["left", "right", "lonely-left", "lonely-right"] as const;
    const lab = await Lab.create({ publicHosts: ["server", "sink", "attacker", "joiners", ...names] });
    try {
      const host = (name: string): Host => lab.host(name);
      await prepareFloods(host("internet"), host("attacker"));
      await startSink(host("sink"), SINK_PORT);
      const coordinator = await Coordinator.start(host("server"));
      for (const name of ["lonely-left", "lonely-right"]) await leaveOnly(host(name), host("server"));
      const [left, right, lonelyLeft, lonelyRight] = names.map((name) => new Node(host(name))) as [
        Node,
        Node,
        Node,
        Node,
      ];
      for (const node of [left, right, lonelyLeft, lonelyRight]) await node.join(coordinator.joinKey);
      const ground = new FloodGround(lab, coordinator, {
        flow: { from: left, to: right, path: "direct" },
        "relayed-flow": { from: lonelyLeft, to: lonelyRight, path: "relay-udp" },
      });
      for (const pair of Object.values(ground.#pairs)) await connect(pair);
      await sleep(SETTLE_MS);
      return ground;
    } catch (error) {
      lab.destroy();
      throw error;
    }
  }

  get attacker(): Host {
    return this.#lab.host("attacker");
  }

  get sink(): FloodAim {
    return { victim: this.#lab.host("sink"), port: SINK_PORT };
  }

  /** The node that a direct flow goes to, and the one that it comes from. */
  get receiver(): Node {
    return this.#pairs.flow.to;
  }

  get sender(): Node {
    return this.#pairs.flow.from;
  }

  /** What arrives of it. */
  async measure(traffic: Traffic, seconds: number): Promise<number> {
    return traffic === "joins" ? this.#measureJoins(seconds) : measureFlow(this.#pairs[traffic], seconds);
  }

  [Symbol.dispose](): void {
    this.#lab.destroy();
  }

  async #measureJoins(seconds: number): Promise<number> {
    const times = [WARM_UP_SECONDS, seconds].map(String);
    const command = [process.execPath, controlLoad, String(JOINING_AT_A_TIME), ...times];
    const output = await this.#lab.host("joiners").output(command, { env: { KEY: this.coordinator.joinKey } });
    const { joins } = JSON.parse(output) as { readonly joins: number };
    return joins / seconds;
  }
}

/** How long `measure` takes before it counts. */
export const WARM_UPS: Readonly<Record<Traffic, number>> = {
  flow: 0,
  "relayed-flow": 0,
  joins: START_SECONDS + WARM_UP_SECONDS,
};

/** As it keeps it for its next start. */
export function udpPortOf(node: Node): number {
  return Number(readFileSync(join(node.stateDir, "port"), "utf8"));
}

async function connect({ from, to, path }: Pair): Promise<void> {
  const { v4 } = await to.ips();
  await waitFor("a path", 15_000, async () => (await from.host.run(["ping", "-c1", "-W1", v4])).code === 0);
  await from.waitForPath(to.host.name, path, 5000);
  await to.host.spawn(["iperf3", "-s", "-B", v4, "--forceflush"]).waitForLine(/Server listening/);
}

async function measureFlow({ from, to, path }: Pair, seconds: number): Promise<number> {
  const { v4 } = await to.ips();
  const { stdout } = await from.host.run(["iperf3", "-c", v4, "-J", "-t", String(seconds)], {
    timeoutMs: (seconds + 20) * 1000,
  });
  const { end, error } = JSON.parse(stdout) as IperfReport;
  if (error !== undefined) throw new Error(`iperf3: ${error}`);
  const now = (await from.peer(to.host.name))?.path.kind;
  if (now !== path) throw new Error(`the flow's path is ${now ?? "none"}, not ${path}`);
  return (end.sum_received?.bits_per_second ?? 0) / 1e6;
}

interface IperfReport {
  readonly error?: string;
  readonly end: { readonly sum_received?: { readonly bits_per_second: number } };
}

/** The host reaches nobody but `server`, so that its packets go by the relay there. */
async function leaveOnly(host: Host, server: Host): Promise<void> {
  const rules = [
    "add table inet lonely",
    "add chain inet lonely leaving { type filter hook output priority 0 ; }",
    "add rule inet lonely leaving oifname eth0 meta nfproto ipv6 drop",
    `add rule inet lonely leaving oifname eth0 ip daddr != ${server.ipv4} drop`,
  ];
  await host.output(["nft", rules.join("; ")]);
}
