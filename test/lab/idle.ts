// What a mesh without traffic sends: every packet of every node, counted in front of the routers of its sites, and what its daemons
// cost their machines.
import { Capture, type CapturedPacket } from "./capture.ts";
import { joinAll } from "./join-all.ts";
import { type Host, Lab } from "./lab.ts";
import { Coordinator, Node } from "./meshd.ts";
import { type ProcessUsage, usageOf } from "./process-usage.ts";
import { startRelay } from "./relay.ts";

export interface IdleOptions {
  readonly nodes: number;
  readonly settleSeconds: number;
  readonly seconds: number;
  readonly onProgress: (text: string) => void;
}

export const idleTrafficKinds = ["control", "relay", "stun", "router", "peer"] as const;
/** "relay" is relay control; what a relay would carry counts as "peer", and so does whatever else there may be. */
export type IdleTrafficKind = (typeof idleTrafficKinds)[number];

export interface IdleNode {
  readonly name: string;
  /** Packets that it sent. */
  readonly sent: Readonly<Record<IdleTrafficKind, number>>;
  readonly received: number;
  /** Shares of one core, and per second. */
  readonly cpuShare: number;
  readonly wakeUpsPerSecond: number;
  readonly wakeUpsByThread: Readonly<Record<string, number>>;
  readonly residentMb: number;
}

export interface IdleResult {
  readonly seconds: number;
  readonly nodes: readonly IdleNode[];
  readonly coordinator: Omit<IdleNode, "name" | "sent" | "received">;
  /** Packets that are more than keepalives, and what costs more than it may, in words. */
  readonly chatter: readonly string[];
  readonly expense: readonly string[];
}

export const IDLE_LIMITS = { cpuShare: 0.002, wakeUpsPerSecond: 1, residentMb: 70 } as const;
/** Home and standby, never asked more often than this. */
const RELAY_SESSIONS = 2;
const KEEPALIVE_SECONDS = 15;
/** A round of hellos to each relay, every five minutes. */
const HELLOS = 3;
/** The coordinator's heartbeat, which is answered. */
const CONTROL_SECONDS = 10;
const CONTROL_PACKETS = 2;
/** What the NAT does is asked after the start and rarely later: the addresses, how long an idle mapping lives, a netcheck. */
const STUN_PACKETS = 8;
/** Once for each network: three trials of how long its NAT keeps idle mappings, four requests each, and what is sent again when one died. */
const LIFETIME_PACKETS = 3 * 4 + 2 * 2;

const HOSTS_PER_SITE = 5;
const RELAY_CONTROL = 17;
const LAST_STUN = 3;
const PORT_MAPPING_PORTS: readonly number[] = [1900, 5351];

export async function measureIdle({ nodes, settleSeconds, seconds, onProgress }: IdleOptions): Promise<IdleResult> {
  const names = Array.from({ length: nodes }, (_, number) => `node${number + 1}`);
  const sites = Map.groupBy(names, (_, number) => `site${Math.floor(number / HOSTS_PER_SITE) + 1}`);
  using lab = await Lab.create({
    publicHosts: ["server", "relay"],
    sites: Object.fromEntries([...sites].map(([site, hosts]) => [site, { kind: "port-restricted", hosts }])),
  });
  const [server, relay] = [lab.host("server"), lab.host("relay")];
  const coordinator = await Coordinator.start(server);
  await startRelay(server, relay);
  const all = names.map((name) => new Node(lab.host(name)));
  await joinAll(all, coordinator.joinKey, onProgress);
  await pause(settleSeconds, (left) => onProgress(`quiet for ${left} s more`));

  const captures = await Promise.all([...sites.keys()].map((site) => Capture.start(lab.host(`${site}-router`), "lan")));
  const daemons = [coordinator, ...all].map(({ process }) => process.pid);
  const before = daemons.map(usageOf);
  const startedAt = performance.now();
  await pause(seconds, (left) => onProgress(`counting for ${left} s more`));
  const elapsedSeconds = (performance.now() - startedAt) / 1000;
  const [ofCoordinator, ...ofNodes] = daemons.map((pid, index) => cost(before[index], usageOf(pid), elapsedSeconds));
  const packets = (await Promise.all(captures.map((capture) => capture.stop()))).flat();
  if (ofCoordinator === undefined) throw new Error("no coordinator");

  const servers = [server.ipv4, relay.ipv4];
  const measured = all.flatMap(({ host }, index): readonly IdleNode[] => {
    const costs = ofNodes[index];
    return costs === undefined ? [] : [{ name: host.name, ...trafficOf(host, servers, packets), ...costs }];
  });
  return {
    seconds: elapsedSeconds,
    nodes: measured,
    coordinator: ofCoordinator,
    chatter: measured.flatMap((node) => chatterOf(node, elapsedSeconds)),
    expense: measured.flatMap(expenseOf),
  };
}

async function pause(seconds: number, onSecond: (left: number) => void): Promise<void> {
  for (let left = seconds; left > 0; left -= 1) {
    onSecond(left);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

function cost(before: ProcessUsage | undefined, after: ProcessUsage, seconds: number): IdleResult["coordinator"] {
  const since = (thread: string, wakeUps: number): number => wakeUps - (before?.wakeUpsByThread.get(thread) ?? 0);
  return {
    cpuShare: (after.cpuMs - (before?.cpuMs ?? 0)) / 1000 / seconds,
    wakeUpsPerSecond: (after.wakeUps - (before?.wakeUps ?? 0)) / seconds,
    wakeUpsByThread: Object.fromEntries(
      [...after.wakeUpsByThread].map(([thread, wakeUps]) => [thread, since(thread, wakeUps)]),
    ),
    residentMb: after.residentMb,
  };
}

function trafficOf(
  { ipv4 }: Host,
  servers: readonly string[],
  packets: readonly CapturedPacket[],
): Pick<IdleNode, "sent" | "received"> {
  const sent = { control: 0, relay: 0, stun: 0, router: 0, peer: 0 };
  for (const packet of packets) if (packet.source === ipv4) sent[kindOf(packet, servers)] += 1;
  return { sent, received: packets.filter(({ destination }) => destination === ipv4).length };
}

function kindOf(packet: CapturedPacket, servers: readonly string[]): IdleTrafficKind {
  const { protocol, destination, destinationPort, firstByte = Infinity } = packet;
  if (!servers.includes(destination)) return PORT_MAPPING_PORTS.includes(destinationPort) ? "router" : "peer";
  if (protocol === "tcp") return "control";
  if (firstByte <= LAST_STUN) return "stun";
  return firstByte === RELAY_CONTROL ? "relay" : "peer";
}

function chatterOf({ name, sent }: IdleNode, seconds: number): readonly string[] {
  const most: Readonly<Record<IdleTrafficKind, number>> = {
    control: CONTROL_PACKETS * Math.ceil(seconds / CONTROL_SECONDS),
    relay: RELAY_SESSIONS * (Math.ceil(seconds / KEEPALIVE_SECONDS) + HELLOS),
    stun: STUN_PACKETS + LIFETIME_PACKETS,
    router: 0,
    peer: 0,
  };
  return idleTrafficKinds
    .filter((kind) => sent[kind] > most[kind])
    .map((kind) => `${name} sent ${sent[kind]} packets of ${kind}, more than ${most[kind]}`);
}

function expenseOf({ name, ...cost }: IdleNode): readonly string[] {
  const { cpuShare, wakeUpsPerSecond, residentMb } = IDLE_LIMITS;
  return [
    ...(cost.cpuShare > cpuShare ? [`${name} used ${(cost.cpuShare * 100).toFixed(2)} % of a core`] : []),
    ...(cost.wakeUpsPerSecond > wakeUpsPerSecond
      ? [`${name} woke ${cost.wakeUpsPerSecond.toFixed(2)} times a second`]
      : []),
    ...(cost.residentMb > residentMb ? [`${name} is ${cost.residentMb.toFixed(0)} MB resident`] : []),
  ];
}
