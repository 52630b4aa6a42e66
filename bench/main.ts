// npm run bench -- SUBCOMMAND: measurements beside others, in one run, with ratios. docs/performance.md keeps the results.
import { say } from "../scripts/console.ts";
import { ensureDebianTools } from "../scripts/debian.ts";
import { buildProduct } from "../scripts/product.ts";
import { benchRelay } from "./relay.ts";
import { benchRelayed } from "./relayed.ts";
import { benchTunnel } from "./tunnel.ts";

const help = `npm run bench -- SUBCOMMAND [--rounds N] [--seconds S] [--only NAME,..] [--json FILE]

  tunnel   meshd beside wireguard-go and the bare link, on one veth pair (MTU 1500)
  relay    meshd's relay beside derper, relay and load on the same cores
  relayed  one TCP flow between two nodes that reach each other only through the relay`;

const subcommands = new Map([
  ["tunnel", benchTunnel],
  ["relay", benchRelay],
  ["relayed", benchRelayed],
]);

async function main(): Promise<number> {
  const [subcommand, ...args] = process.argv.slice(2);
  const run = subcommands.get(subcommand ?? "");
  if (run === undefined) {
    say(help);
    return subcommand === undefined || subcommand === "--help" ? 0 : 2;
  }
  if (process.getuid?.() !== 0) {
    say("The measurements need network namespaces and TUN devices: run this as root.");
    return 1;
  }
  if (!(await ensureDebianTools()) || !(await buildProduct())) return 1;
  return run(args);
}

process.exit(await main());
