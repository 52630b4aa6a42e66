// Many daemons joining one mesh, a few at a time: starting a program is what takes the machine's time.
import type { Node } from "./meshd.ts";

const AT_A_TIME = 4;

export async function joinAll(
  nodes: readonly Node[],
  joinKey: string,
  onProgress: (text: string) => void,
): Promise<void> {
  const waiting = [...nodes];
  let joined = 0;
  const joinOneByOne = async (): Promise<void> => {
    for (let node = waiting.shift(); node !== undefined; node = waiting.shift()) {
      await node.join(joinKey);
      joined += 1;
      onProgress(`${joined} of ${nodes.length} nodes joined`);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, joinOneByOne));
}
