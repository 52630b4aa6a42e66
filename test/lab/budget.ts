// What peers that can never be reached directly cost a node: real daemons behind hard NATs, whose UDP gets no further than the mesh's
// server. All are online and have traffic, over the relay, so each is worth everything that may be spent on it.
import { createLocalApiClient } from "../../src/local-api/client.ts";
import type { WhyAnswer } from "../../src/local-api/node-api.ts";
import { attemptExcesses, type BirthdayAttempt, BUDGET_CAPS, BudgetTally } from "./budget-tally.ts";
import { Capture } from "./capture.ts";
import { joinAll } from "./join-all.ts";
import { type Host, Lab } from "./lab.ts";
import { Coordinator, Node, waitFor } from "./meshd.ts";
import { udpPorts } from "./process-usage.ts";
import type { LabProcess } from "./process.ts";
import type { SiteSpec } from "./topology.ts";

/** Which part of a birthday attempt the node has: the many sockets, or the many ports. */
export const budgetRoles = ["hard", "easy"] as const;
export type BudgetRole = (typeof budgetRoles)[number];

export interface BudgetOptions {
  readonly role: BudgetRole;
  readonly peers: number;
  readonly seconds: number;
  readonly onProgress: (text: string) => void;
}

export interface BudgetResult {
  readonly role: BudgetRole;
  readonly peers: readonly BudgetPeer[];
  readonly seconds: number;
  readonly probes: number;
  readonly peakPerSecond: number;
  /** Second by second. */
  readonly probesPerSecond: readonly number[];
  readonly mostExtraSockets: number;
  readonly attempts: readonly BirthdayAttempt[];
  /** What is not as it must be, in words. */
  readonly differences: readonly string[];
}

interface BudgetPeer {
  readonly name: string;
  readonly probes: number;
  readonly attempts: number;
  readonly pingsSent: number;
  readonly pingsAnswered: number;
  /** What `meshd why` says at the end. */
  readonly blocker: string;
}

const SUBJECT = "subject";
const SAMPLE_MS = 50;
const PROGRESS_MS = 1000;
/** A prediction's four sockets, for each of a few peers at a time; what is beyond belongs to a birthday attempt. */
const FEW_SOCKETS = 40;
/** How long the NAT keeps idle mappings is found out with a socket, too, now and then. */
const OTHER_SOCKETS = 1;
/** Between the attempt's end and the next look at the sockets. */
const CLOSING_MS = 500;
/** Before the first packet: sockets are opened. */
const OPENING_MS = 1000;

export async function measureBudget(options: BudgetOptions): Promise<BudgetResult> {
  const names = Array.from({ length: options.peers }, (_, number) => `peer${number + 1}`);
  const [own, theirs] = options.role === "hard" ? siteKinds : siteKinds.toReversed();
  const site = (kind: SiteSpec["kind"] | undefined, host: string): SiteSpec => ({
    kind: kind ?? "symmetric",
    hosts: [host],
  });
  using lab = await Lab.create({
    publicHosts: ["server"],
    sites: {
      home: site(own, SUBJECT),
      ...Object.fromEntries(names.map((name) => [`${name}-site`, site(theirs, name)])),
    },
  });
  const server = lab.host("server");
  await Promise.all(names.map((name) => wallOff(lab.host(`${name}-site-router`), server)));
  const coordinator = await Coordinator.start(server);
  const subject = new Node(lab.host(SUBJECT));
  const peers = names.map((name) => new Node(lab.host(name)));
  await joinAll([subject, ...peers], coordinator.joinKey, options.onProgress);
  await subject.waitForPeers(...names);
  const owners = new Map(
    names.flatMap((name) => [lab.host(name), lab.host(`${name}-site-router`)].map(({ ipv4 }) => [ipv4, name] as const)),
  );
  return await watch(subject, peers, new BudgetTally((address) => owners.get(address)), options);
}

const siteKinds = ["symmetric", "port-restricted"] as const;

/** UDP reaches the server and nobody else, and only the server's comes in. */
async function wallOff(router: Host, { ipv4 }: Host): Promise<void> {
  const rule = `meta l4proto udp ip saddr != ${ipv4} ip daddr != ${ipv4} drop`;
  const table = `table inet wall { chain forward { type filter hook forward priority -10; ${rule}; }; }`;
  await router.output(["sh", "-c", `echo '${table}' | nft -f -`]);
}

interface SocketSample {
  readonly atMs: number;
  readonly extra: number;
}

async function watch(
  subject: Node,
  peers: readonly Node[],
  tally: BudgetTally,
  { role, seconds, onProgress }: BudgetOptions,
): Promise<BudgetResult> {
  const { host, process } = subject;
  const usual = udpPorts(process.pid);
  const samples: SocketSample[] = [];
  const capture = await Capture.start(host, "eth0");
  const sampling = setInterval(() => {
    samples.push({ atMs: Date.now(), extra: [...udpPorts(process.pid)].filter((port) => !usual.has(port)).length });
  }, SAMPLE_MS);
  const startedAt = Date.now();
  const pinging: { readonly name: string; readonly pings: LabProcess }[] = [];
  try {
    for (const peer of peers) {
      const { v4 } = await peer.ips();
      pinging.push({ name: peer.host.name, pings: host.spawn(["ping", "-n", "-q", "-i", "1", v4]) });
    }
    await waitFor("the end", seconds * 1000 + PROGRESS_MS, async () => {
      await new Promise((resolve) => setTimeout(resolve, PROGRESS_MS));
      tally.add(capture.take());
      const elapsed = Math.floor((Date.now() - startedAt) / 1000);
      const sockets = samples.at(-1)?.extra ?? 0;
      onProgress(`${elapsed} s: ${tally.probes} probes, ${tally.attempts().length} attempts, ${sockets} extra sockets`);
      return elapsed >= seconds;
    });
  } finally {
    clearInterval(sampling);
  }
  const explanations = await Promise.all(peers.map((peer) => why(subject, peer.host.name)));
  const counts = await Promise.all(pinging.map(({ pings }) => pingCounts(pings)));
  tally.add(await capture.stop());
  const attempts = tally.attempts();
  const results = peers.map((peer, index): BudgetPeer => {
    const { name } = peer.host;
    const { sent = 0, answered = 0 } = counts[index] ?? {};
    return {
      name,
      probes: tally.probesTo(name),
      attempts: attempts.filter((attempt) => attempt.peer === name).length,
      pingsSent: sent,
      pingsAnswered: answered,
      blocker: explanations[index]?.blocker ?? "",
    };
  });
  const probesPerSecond = Array.from({ length: seconds }, (_, second) =>
    tally.probesBetween(startedAt + second * 1000, startedAt + (second + 1) * 1000),
  );
  const measured = {
    ...{ role, peers: results, seconds, probes: tally.probes, peakPerSecond: tally.peakPerSecond, probesPerSecond },
    mostExtraSockets: Math.max(...samples.map(({ extra }) => extra)),
    attempts,
  };
  const kinds = await Promise.all(peers.map(async (peer) => (await subject.peer(peer.host.name))?.path.kind));
  return {
    ...measured,
    differences: [
      ...differences(measured, samples),
      ...peers.flatMap(({ host: { name } }, index) =>
        kinds[index] === "relay-udp" ? [] : [`the path to ${name} is ${kinds[index] ?? "none"}`],
      ),
    ],
  };
}

function differences(measured: Omit<BudgetResult, "differences">, samples: readonly SocketSample[]): readonly string[] {
  const { peers, attempts, peakPerSecond, mostExtraSockets } = measured;
  const caps = BUDGET_CAPS;
  // An attempt may listen until its time is over; then its sockets are closed.
  const isAccountedFor = ({ atMs }: SocketSample): boolean =>
    attempts.some(
      ({ startedAtMs }) => atMs >= startedAtMs - OPENING_MS && atMs <= startedAtMs + caps.attemptMs + CLOSING_MS,
    );
  const stray = samples.filter((sample) => sample.extra > FEW_SOCKETS && !isAccountedFor(sample));
  return [
    ...(peakPerSecond > caps.packetsPerSecond ? [`${peakPerSecond} probes in one second`] : []),
    ...(mostExtraSockets > caps.extraSockets + OTHER_SOCKETS ? [`${mostExtraSockets} extra sockets`] : []),
    ...(stray.length > 0 ? [`${stray[0]?.extra ?? 0} extra sockets while no attempt ran`] : []),
    ...attemptExcesses(attempts),
    ...(attempts.length === 0 ? ["no birthday attempt: nothing was measured"] : []),
    ...peers.flatMap(({ name, pingsSent, pingsAnswered, blocker }) => [
      ...(pingsAnswered < pingsSent
        ? [`${pingsSent - pingsAnswered} of ${pingsSent} pings to ${name} unanswered`]
        : []),
      ...(blocker === "" ? [`why does not say what blocks ${name}`] : []),
    ]),
  ];
}

async function why(node: Node, peer: string): Promise<WhyAnswer> {
  return (await createLocalApiClient(node.socket, "daemon").request("GET", `/v1/why/${peer}`)) as WhyAnswer;
}

async function pingCounts(pings: LabProcess): Promise<{ readonly sent: number; readonly answered: number }> {
  pings.kill("SIGINT");
  const { stdout } = await pings.exited;
  const [, sent, answered] = /(\d+) packets transmitted, (\d+) received/.exec(stdout) ?? [];
  return { sent: Number(sent), answered: Number(answered) };
}
