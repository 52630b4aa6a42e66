// What connectivity may cost, on the wire: `npm run lab -- budget` and `-- idle` measure the same for longer and with more nodes.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  BUDGET_CAPS,
  BudgetTally,
  attemptExcesses,
  Capture,
  type CapturedPacket,
  type Host,
  labTest,
  measureBudget,
  measureIdle,
  type Node,
  udpPorts,
  waitFor,
} from "../lab/index.ts";
import { ping, sites, startPair } from "./mesh.ts";

const BIRTHDAY_MS = 20_000;
/** The machine closes them in the same turn in which it takes the path; this is for a busy computer. */
const CLOSED_WITHIN_MS = 500;
const nothing = (): void => undefined;

test("peers that cannot be reached directly cost no more than the budgets, and each has its turn", async () => {
  const result = await measureBudget({ role: "hard", peers: 3, seconds: 25, onProgress: nothing });
  assert.deepEqual(result.differences, []);
  for (const { name, attempts } of result.peers) assert.ok(attempts > 0, `no attempt for ${name}`);
});

test("without traffic nodes send nothing but keepalives to coordinator and relays", async () => {
  const { chatter } = await measureIdle({ nodes: 2, settleSeconds: 10, seconds: 20, onProgress: nothing });
  assert.deepEqual(chatter, []);
});

labTest(
  "birthday probing meets within the budgets; of its sockets the one that met stays",
  sites("hotel", "home"),
  async (lab) => {
    const [tablet, laptop] = await startPair(lab, "tablet", "laptop");
    const sides = [
      await Observed.start(tablet, [laptop.host, lab.host("home-router")]),
      await Observed.start(laptop, [tablet.host, lab.host("hotel-router")]),
    ];
    const { v4 } = await laptop.ips();
    const pinging = ping(tablet.host, v4, 30);
    await tablet.waitForPath("laptop", "direct", BIRTHDAY_MS);
    // The node's own socket stays as well.
    await waitFor(
      "closed sockets",
      CLOSED_WITHIN_MS,
      () => Promise.resolve(socketsLeft(sides).join() === "2,1"),
      () => `open: ${socketsLeft(sides).join(" and ")}`,
    );
    assert.equal((await pinging).received, 30);
    assert.equal((await tablet.peer("laptop"))?.path.kind, "direct");
    assert.deepEqual(socketsLeft(sides), [2, 1]);
    for (const side of sides) await side.assertWithinBudget();
    assert.match(await tablet.done("why", "laptop"), /found by +birthday/);
  },
);

function socketsLeft(sides: readonly Observed[]): readonly number[] {
  return sides.map((side) => side.socketsLeft());
}

/** One of the two nodes, its wire and its sockets. */
class Observed {
  readonly #node: Node;
  readonly #capture: Capture;
  readonly #tally: BudgetTally;
  readonly #peer: readonly string[];
  readonly #ports = new Set<number>();

  private constructor(node: Node, capture: Capture, peer: readonly Host[]) {
    this.#node = node;
    this.#capture = capture;
    this.#peer = peer.map(({ ipv4 }) => ipv4);
    this.#tally = new BudgetTally((address) => (this.#peer.includes(address) ? "peer" : undefined));
  }

  static async start(node: Node, peer: readonly Host[]): Promise<Observed> {
    return new Observed(node, await Capture.start(node.host, "eth0"), peer);
  }

  /** Of those that sent something to the peer. */
  socketsLeft(): number {
    this.#add(this.#capture.take());
    const open = udpPorts(this.#node.process.pid);
    return [...this.#ports].filter((port) => open.has(port)).length;
  }

  async assertWithinBudget(): Promise<void> {
    this.#add(await this.#capture.stop());
    assert.deepEqual(attemptExcesses(this.#tally.attempts()), []);
    assert.ok(this.#tally.peakPerSecond <= BUDGET_CAPS.packetsPerSecond, `${this.#tally.peakPerSecond} in a second`);
  }
  #add(packets: readonly CapturedPacket[]): void {
    this.#tally.add(packets);
    for (const { protocol, sourcePort, destination } of packets) {
      if (protocol === "udp" && this.#peer.includes(destination)) this.#ports.add(sourcePort);
    }
  }
}
