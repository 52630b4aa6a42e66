// npm run lab: a network to play in, with meshd running on it, until Ctrl-C.
//   npm run lab             every kind of site, all joined to one mesh
//   npm run lab -- --bare   the network only
//   npm run lab -- matrix [--sites a,b,...] [--roles both] [--times 3] [--jobs 2] [--json FILE]
//                                                           every pair of site types: which path comes out, and how soon
//   npm run lab -- recovery [--json FILE]                   how soon traffic flows again after what happens to networks
//   npm run lab -- shell SITE SITE                          one pair, to look around
//   npm run lab -- budget [--peers 20] [--minutes 10] [--json FILE]   what unreachable peers cost a node, on the wire
//   npm run lab -- idle [--nodes 50] [--minutes 3] [--json FILE]      what a mesh without traffic sends
//   npm run lab -- floods [--targets receiver,sender,server-udp,server-tcp] [--rate 200000] [--connections 2000]
//                         [--rounds 3] [--seconds 3] [--json FILE]    what traffic keeps of its rate under a flood
//   npm run lab -- clean    removes what `npm run demo -- --keep` or a killed run left
import { parseArgs } from "node:util";
import { Coordinator, Lab, Node, removeOwnerlessLabs } from "../test/lab/index.ts";
import { paint, say, seconds } from "./console.ts";
import { ensureDebianTools } from "./debian.ts";
import { enterCommand } from "./enter-command.ts";
import { runBudget } from "./lab-budget.ts";
import { runFloods } from "./lab-floods.ts";
import { runIdle } from "./lab-idle.ts";
import { runMatrix } from "./lab-matrix.ts";
import { runRecovery } from "./lab-recovery.ts";
import { startPairToEnter } from "./lab-shell.ts";
import { buildLabTools } from "./lab-tools.ts";
import { buildProduct } from "./product.ts";

const { values, positionals } = parseArgs({
  options: {
    bare: { type: "boolean" },
    sites: { type: "string" },
    roles: { type: "string", default: "one" },
    times: { type: "string", default: "1" },
    jobs: { type: "string", default: "1" },
    json: { type: "string" },
    peers: { type: "string", default: "20" },
    nodes: { type: "string", default: "50" },
    minutes: { type: "string" },
    targets: { type: "string" },
    rate: { type: "string", default: "200000" },
    connections: { type: "string", default: "2000" },
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "3" },
  },
  allowPositionals: true,
});

if (process.getuid?.() !== 0) {
  say("The lab makes network namespaces: run it as root.");
  process.exit(1);
}
if (positionals[0] === "clean") {
  say(`removed ${removeOwnerlessLabs("all")} labs`);
  process.exit(0);
}
if (!(await ensureDebianTools()) || (values.bare !== true && !(await buildProduct()))) process.exit(1);
if (positionals[0] === "matrix") {
  const [times, jobs] = [Number(values.times), Number(values.jobs)];
  const run = { sites: values.sites, roles: values.roles, times, jobs, jsonFile: values.json };
  process.exit((await buildLabTools()) ? await runMatrix(run) : 1);
}
if (positionals[0] === "recovery") {
  process.exit((await buildLabTools()) ? await runRecovery(values.json) : 1);
}
if (positionals[0] === "budget") {
  const minutes = Number(values.minutes ?? 10);
  process.exit(await runBudget({ peers: Number(values.peers), minutes, jsonFile: values.json }));
}
if (positionals[0] === "idle") {
  const minutes = Number(values.minutes ?? 3);
  process.exit(await runIdle({ nodes: Number(values.nodes), minutes, jsonFile: values.json }));
}
if (positionals[0] === "floods") {
  const { targets, json: jsonFile } = values;
  const [rate, connections] = [Number(values.rate), Number(values.connections)];
  const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
  const run = { targets, rate, connections, rounds, seconds, jsonFile };
  process.exit((await buildLabTools()) ? await runFloods(run) : 1);
}
if (positionals[0] === "shell") {
  if (!(await buildLabTools()) || !(await startPairToEnter(positionals[1], positionals[2]))) process.exit(1);
} else {
  await startEverySite();
}
say("Ctrl-C removes everything.");
setInterval(() => undefined, 1 << 30);

async function startEverySite(): Promise<void> {
  const lab = await Lab.create({
    publicHosts: ["server", "vps"],
    sites: {
      home: { kind: "port-restricted", hosts: ["laptop", "desktop"] },
      cafe: { kind: "port-restricted", hosts: ["phone"] },
      hotel: { kind: "symmetric", hosts: ["tablet"] },
      office: { kind: "firewall", hosts: ["build"] },
      train: { kind: "carrier-nat", hosts: ["notebook"] },
    },
  });
  const names = ["vps", "laptop", "desktop", "phone", "tablet", "build", "notebook"];
  if (values.bare === true) {
    for (const host of lab.hosts) say(`${host.name.padEnd(16)} ${host.prefix.join(" ")} bash`);
  } else {
    const started = performance.now();
    const coordinator = await Coordinator.start(lab.host("server"));
    const nodes = names.map((name) => new Node(lab.host(name)));
    await Promise.all(nodes.map((node) => node.join(coordinator.joinKey)));
    say(`${paint("green", "✓")} a coordinator and ${nodes.length} nodes ${paint("dim", seconds(started))}`);
    say("Enter a machine, then: meshd status, meshd ping laptop, ping laptop, meshd admin node list (server)");
    for (const daemon of [coordinator, ...nodes]) say(`  ${enterCommand(daemon)}`);
  }
}
