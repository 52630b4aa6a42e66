// npm run lab -- shell SITE SITE: one pair of sites with a mesh on it, left up to look around.
import { Coordinator, isSiteName, Node, SiteLab, siteNames } from "../test/lab/index.ts";
import { say } from "./console.ts";
import { enterCommand } from "./enter-command.ts";

/** False where there are no such sites. */
export async function startPairToEnter(left = "", right = left): Promise<boolean> {
  if (!isSiteName(left) || !isSiteName(right)) {
    say(`npm run lab -- shell SITE SITE; sites are ${siteNames.join(", ")}`);
    return false;
  }
  const pair = await SiteLab.createPair(left, right);
  const coordinator = await Coordinator.start(pair.server);
  const nodes = [pair.left, pair.right].map((host) => new Node(host, "node", pair.lab.environmentOfHost(host.name)));
  for (const daemon of [coordinator, ...nodes]) say(`  ${enterCommand(daemon)}`);
  for (const node of nodes) {
    try {
      await node.join(coordinator.joinKey);
    } catch (error) {
      // Looking into that is what one is here for.
      say(error instanceof Error ? error.message : String(error));
    }
  }
  return true;
}
