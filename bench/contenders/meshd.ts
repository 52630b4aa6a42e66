// meshd as its users run it: a coordinator (beside the left node), two joined nodes, a direct path.
import { Coordinator, Node } from "../../test/lab/index.ts";
import type { Contender } from "./contender.ts";

export const meshd: Contender = {
  name: "meshd",
  async start(left, right) {
    const coordinator = await Coordinator.start(left);
    const nodes = [new Node(left), new Node(right)] as const;
    for (const node of nodes) await node.join(coordinator.joinKey);
    const { v4: address } = await nodes[1].ips();
    await nodes[0].waitForPeers(right.name);
    await left.output(["ping", "-c1", "-W5", address]);
    await nodes[0].waitForPath(right.name, "direct", 10_000);
    return { address, pids: nodes.map((node) => node.process.pid) };
  },
};
