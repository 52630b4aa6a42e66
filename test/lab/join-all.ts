// Many daemons joining one mesh, a few at a time: starting a program is what takes the machine's time.
import type { Node } from "./meshd.ts";
import { shareOut } from "./workers.ts";

const AT_A_TIME = 4;

export async function joinAll(
  nodes: readonly Node[],
  joinKey: string,
  onProgress: (text: string) => void,
): Promise<void> {
  const workers = Array.from({ length: AT_A_TIME });
  let joined = 0;
  await shareOut(nodes, workers, async (_, node) => {
    await node.join(joinKey);
    joined += 1;
    onProgress(`${joined} of ${nodes.length} nodes joined`);
  });
}
