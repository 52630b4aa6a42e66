// What the demonstration shows, step by step. Every figure it prints was measured in this run.
import { join } from "node:path";
import type { PathStatus } from "../src/local-api/node-api.ts";
import { Coordinator, Node, makeSampleFile, serveFile, startSshServer, type Lab } from "../test/lab/index.ts";
import { say } from "./console.ts";
import { enterCommand } from "./enter-command.ts";
import { Narrator, duration } from "./narrator.ts";

const FILE_MEGABYTES = 100;
const DIRECT_WITHIN_MS = 10_000;

const network = `
                          internet
        ┌────────────────────┼────────────────────┐
   203.0.113.10        198.51.100.10         198.51.100.11
   server              home router (NAT)     café router (NAT)
   meshd coordinator         │                    │
   (no traffic here,    192.168.1.10         192.168.1.10
   once it is direct)   laptop               phone`;

interface Cast {
  readonly coordinator: Coordinator;
  readonly laptop: Node;
  readonly phone: Node;
}

export async function demonstrate(lab: Lab, keep: boolean): Promise<void> {
  const narrator = new Narrator();
  narrator.chapter("A small internet, in network namespaces of this machine");
  say(network);
  const cast = await joinAll(narrator, lab);
  const { address, firstReply, directMs, path } = await reach(narrator, cast);
  const transfer = await useIt(narrator, cast, address);
  narrator.chapter("Summary");
  narrator.table([
    ["laptop", `${address} and laptop.mesh, from anywhere in the mesh`],
    ["first ping answered after", firstReply],
    ["direct path found after", duration(directMs)],
    ["path in use", describe(path)],
    ["encryption", transfer.encryption],
    [`${FILE_MEGABYTES} MB over HTTP`, `${transfer.rate}, SHA-256 equal`],
    ["whole demo", narrator.elapsed],
  ]);
  say();
  if (keep) explain(lab, cast);
}

async function joinAll(narrator: Narrator, lab: Lab): Promise<Cast> {
  narrator.chapter("One command on the server, one on each machine");
  narrator.command("server", "meshd coordinator");
  let started = performance.now();
  const coordinator = await Coordinator.start(lab.host("server"));
  narrator.done("the mesh exists; it printed the line to paste on other machines", performance.now() - started);
  const nodes = { laptop: new Node(lab.host("laptop")), phone: new Node(lab.host("phone")) };
  for (const [name, node] of Object.entries(nodes)) {
    narrator.command(name, `meshd up --authkey ${coordinator.joinKey.slice(0, 14)}…`);
    started = performance.now();
    // As a user types it: the command starts the daemon in the background itself.
    narrator.output(await node.done("up", "--authkey", coordinator.joinKey, "--hostname", name));
    narrator.done(`${name} is connected`, performance.now() - started);
  }
  return { coordinator, ...nodes };
}

interface Reached {
  readonly address: string;
  readonly firstReply: string;
  readonly directMs: number;
  readonly path: PathStatus;
}

async function reach(narrator: Narrator, { laptop, phone }: Cast): Promise<Reached> {
  narrator.chapter("The phone reaches the laptop, through both NATs");
  const { v4: address } = await laptop.ips();
  narrator.command("phone", `ping ${address}`);
  const started = performance.now();
  const pinging = phone.host.spawn(["ping", "-i", "0.2", "-w", "10", address]);
  const [line] = await pinging.waitForLine(/.*bytes from.*/);
  const firstReplyMs = performance.now() - started;
  const firstPath = (await phone.peer("laptop"))?.path.kind === "direct" ? "" : " over the relay";
  narrator.output(line);
  narrator.done(`the first ping is answered${firstPath}`, firstReplyMs);
  await phone.waitForPath("laptop", "direct", DIRECT_WITHIN_MS);
  const directMs = performance.now() - started;
  narrator.done("both NATs are open: packets go from phone to laptop directly", directMs);
  await pinging.stop();
  narrator.command("phone", "meshd ping -c 2 laptop");
  narrator.output(await phone.done("ping", "-c", "2", "--interval", "200ms", "laptop"));
  narrator.command("phone", "meshd status");
  narrator.output(await phone.done("status"));
  const path = (await phone.peer("laptop"))?.path ?? { kind: "none" };
  return { address, firstReply: `${duration(firstReplyMs)}${firstPath}`, directMs, path };
}

async function useIt(narrator: Narrator, cast: Cast, address: string): Promise<{ rate: string; encryption: string }> {
  const { laptop, phone } = cast;
  narrator.chapter("Ordinary programs use it: names, SSH, a web server");
  narrator.command("phone", "getent hosts laptop.mesh");
  narrator.output(await phone.host.output(["getent", "hosts", "laptop.mesh"]));

  const ssh = await startSshServer(laptop.host);
  let started = performance.now();
  narrator.command(
    "phone",
    "ssh root@laptop 'echo hello from $(cat /proc/sys/kernel/ostype), you came from $SSH_CLIENT'",
  );
  const greeting = "echo hello from $(cat /proc/sys/kernel/ostype), you came from $SSH_CLIENT";
  narrator.output(await phone.host.output(["ssh", ...ssh.options, "root@laptop", greeting]));
  narrator.done("an SSH session by name", performance.now() - started);

  const file = makeSampleFile(join(laptop.host.directory, "film.bin"), FILE_MEGABYTES);
  await serveFile(laptop.host, file, 8080);
  const fetched = join(phone.host.directory, "film.bin");
  narrator.command("phone", "curl -O http://laptop:8080/film.bin");
  started = performance.now();
  await phone.host.output([
    "curl",
    "--silent",
    "--show-error",
    "--fail",
    "--output",
    fetched,
    "http://laptop:8080/film.bin",
  ]);
  const tookMs = performance.now() - started;
  const rate = `${((file.bytes * 8) / tookMs / 1000).toFixed(0)} Mbit/s`;
  narrator.done(`${FILE_MEGABYTES} MB fetched by name at ${rate}`, tookMs);
  const sum = (await phone.host.output(["sha256sum", fetched])).split(" ")[0] ?? "";
  if (sum !== file.sha256) throw new Error(`the file arrived damaged: sent ${file.sha256}, got ${sum}`);
  narrator.done("its SHA-256 is that of the original");
  narrator.note(sum);
  narrator.command("phone", `curl -o - http://${address}:8080/film.bin | sha256sum`);
  const again = await phone.host.output(["sh", "-c", `curl --silent http://${address}:8080/film.bin | sha256sum`]);
  if (!again.startsWith(file.sha256)) throw new Error("the file arrived damaged by overlay IP");
  narrator.done("the same by overlay IP");
  const tls = (await phone.peer("laptop"))?.tls;
  return { rate, encryption: tls === undefined ? "?" : `${tls.cipher}, key exchange ${tls.kx}` };
}

function describe(path: PathStatus): string {
  const rtt = path.rttMs === undefined ? "" : `, round trip ${path.rttMs.toFixed(1)} ms`;
  return `${path.kind}${path.address === undefined ? "" : ` to ${path.address}`}${rtt}`;
}

function explain(lab: Lab, { coordinator, laptop, phone }: Cast): void {
  say("The network stays. To look around, enter a machine:");
  for (const daemon of [coordinator, laptop, phone]) say(`   ${enterCommand(daemon)}`);
  say(
    "There, for example:  meshd status --watch    meshd ping laptop    ping laptop    meshd admin node list (server)",
  );
  say(`Logs:  find ${lab.directory} -name "*.log"`);
  say("Remove it all:");
  say("   npm run lab -- clean");
}
