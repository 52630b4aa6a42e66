// What a flood costs those who have nothing to do with it: the rate of legitimate traffic while junk comes in at its own port, as a share of
// its rate while the same junk goes to a socket elsewhere that reads nothing. The generator has the same cores in both.
import { setTimeout as sleep } from "node:timers/promises";
import { type Flood, type FloodAim, type FloodFigures, runFlood } from "./flood.ts";
import { FloodGround, type Traffic, udpPortOf, WARM_UPS } from "./flood-ground.ts";
import { type Coordinator, Node } from "./meshd.ts";
import { usageOf } from "./process-usage.ts";

export const FLOOD_LIMITS = {
  share: 0.8,
  /** Packets that leave a generator, of those that it was told to send. */
  sentShare: 0.95,
  /** What a daemon may hold more while it is flooded, and after it was, than before. */
  peakMb: 64,
  growthMb: 32,
} as const;

export const floodTargets = ["receiver", "sender", "server-udp", "server-tcp"] as const;
export type FloodTarget = (typeof floodTargets)[number];

export interface FloodCase {
  readonly name: string;
  readonly target: FloodTarget;
  readonly traffic: Traffic;
  readonly flood: Flood;
}

export interface FloodRound {
  /** Rate of the traffic, beside the flood that hits nobody and beside the one that hits its port. */
  readonly beside: number;
  readonly under: number;
  readonly floods: readonly [FloodFigures, FloodFigures];
}

export interface FloodResult {
  readonly case: FloodCase;
  readonly rounds: readonly FloodRound[];
  /** Medians. */
  readonly beside: number;
  readonly under: number;
  readonly share: number;
  /** Packets a second that left the generator, the least of all rounds; undefined for connections. */
  readonly packetsPerSecond: number | undefined;
  /** Of the daemon that is flooded. */
  readonly residentMb: { readonly before: number; readonly peak: number; readonly after: number };
  /** In words. */
  readonly differences: readonly string[];
}

export interface FloodOptions {
  readonly targets: readonly FloodTarget[];
  /** Packets a second; connections at a time. */
  readonly rate: number;
  readonly connections: number;
  readonly rounds: number;
  readonly seconds: number;
  readonly onProgress: (text: string) => void;
  readonly onResult: (result: FloodResult) => void;
}

const NODE_KINDS = ["random", "quic-long", "quic-short", "stun", "disco", "relay-data", "carrier"] as const;
const RELAY_KINDS = ["random", "quic-long", "stun", "disco", "relay-data", "relay-register", "relay-hello"] as const;
/** The control channel shares nothing with the relay's port but the machine. */
const BESIDE_CONTROL_KINDS = ["random", "relay-hello"] as const;
/** TCP and UDP. */
const SERVER_PORT = 443;
/** Before the traffic is measured, and after. */
const LEAD_SECONDS = 0.5;
const SAMPLE_MS = 200;
const REST_MS = 1000;

export async function measureFloods(options: FloodOptions): Promise<readonly FloodResult[]> {
  options.onProgress("a mesh to flood");
  using ground = await FloodGround.create();
  const results: FloodResult[] = [];
  const cases = casesOf(ground, options);
  for (const [number, one] of cases.entries()) {
    const progress = (text: string): void => options.onProgress(`${number + 1}/${cases.length} ${one.name}: ${text}`);
    const result = await measureCase(ground, one, { ...options, onProgress: progress });
    results.push(result);
    options.onResult(result);
  }
  return results;
}

function casesOf(ground: FloodGround, options: FloodOptions): readonly FloodCase[] {
  const { rate, connections, targets } = options;
  const packets = (kind: string, source?: string): Flood => ({
    ...{ what: "packets", kind, rate },
    ...(source !== undefined && { source }),
  });
  const peer = `${ground.sender.host.ipv4}:${udpPortOf(ground.sender)}`;
  const relay = `${ground.coordinator.host.ipv4}:${SERVER_PORT}`;
  const all: readonly FloodCase[] = [
    ...NODE_KINDS.map((kind): FloodCase => ({ name: kind, target: "receiver", traffic: "flow", flood: packets(kind) })),
    ...["quic-short", "disco"].map((kind): FloodCase => {
      return { name: `${kind}, as its peer`, target: "receiver", traffic: "flow", flood: packets(kind, peer) };
    }),
    {
      ...{ name: "relay-data, as its relay", target: "receiver", traffic: "flow" },
      flood: packets("relay-data", relay),
    },
    { name: "random", target: "sender", traffic: "flow", flood: packets("random") },
    ...RELAY_KINDS.map((kind): FloodCase => {
      return { name: kind, target: "server-udp", traffic: "relayed-flow", flood: packets(kind) };
    }),
    ...BESIDE_CONTROL_KINDS.map((kind): FloodCase => {
      return { name: kind, target: "server-udp", traffic: "joins", flood: packets(kind) };
    }),
    {
      ...{ name: "half-open", target: "server-tcp", traffic: "joins" },
      flood: { what: "packets", kind: "syn", rate: connections },
    },
    {
      ...{ name: "open and silent", target: "server-tcp", traffic: "joins" },
      flood: { what: "connections", count: connections },
    },
  ];
  return all.filter(({ target }) => targets.includes(target));
}

async function measureCase(ground: FloodGround, one: FloodCase, options: FloodOptions): Promise<FloodResult> {
  const daemon = daemonOf(ground, one.target);
  const aim = { victim: daemon.host, port: daemon instanceof Node ? udpPortOf(daemon) : SERVER_PORT };
  const resident = (): number => usageOf(daemon.process.pid).residentMb;
  const rounds: FloodRound[] = [];
  let [before, peak] = [0, 0];
  for (let round = 0; round < options.rounds; round++) {
    options.onProgress(`round ${round + 1}, into the sink`);
    const beside = await measureRound(ground, one, ground.sink, options.seconds);
    if (round === 0) before = resident();
    options.onProgress(`round ${round + 1}, into the target`);
    // What the flood ended is measured no more; that its traffic stopped is what is said of it.
    const sampling = setInterval(() => {
      if (daemon.process.running) peak = Math.max(peak, resident());
    }, SAMPLE_MS);
    try {
      const under = await measureRound(ground, one, aim, options.seconds);
      rounds.push({ beside: beside.rate, under: under.rate, floods: [beside.flood, under.flood] });
    } finally {
      clearInterval(sampling);
    }
  }
  await sleep(REST_MS);
  return judge(one, rounds, { before, peak: Math.max(before, peak), after: resident() });
}

function daemonOf(ground: FloodGround, target: FloodTarget): Node | Coordinator {
  if (target === "receiver") return ground.receiver;
  return target === "sender" ? ground.sender : ground.coordinator;
}

async function measureRound(
  ground: FloodGround,
  { traffic, flood }: FloodCase,
  aim: FloodAim,
  seconds: number,
): Promise<{ readonly rate: number; readonly flood: FloodFigures }> {
  const flooding = runFlood(ground.attacker, aim, flood, seconds + WARM_UPS[traffic] + 2 * LEAD_SECONDS);
  await sleep(LEAD_SECONDS * 1000);
  const [rate, figures] = await Promise.all([ground.measure(traffic, seconds), flooding]);
  return { rate, flood: figures };
}

function judge(one: FloodCase, rounds: readonly FloodRound[], residentMb: FloodResult["residentMb"]): FloodResult {
  const [beside, under] = [median(rounds.map((round) => round.beside)), median(rounds.map((round) => round.under))];
  const share = under / beside;
  const rates = rounds.flatMap(({ floods }) => floods.map(({ sent, seconds }) => (sent ?? 0) / seconds));
  const packetsPerSecond = one.flood.what === "packets" ? Math.min(...rates) : undefined;
  const wanted = one.flood.what === "packets" ? one.flood.rate : 0;
  const differences = [
    ...(share >= FLOOD_LIMITS.share ? [] : [`${(share * 100).toFixed(0)} % of the rate was left`]),
    ...((packetsPerSecond ?? 0) >= wanted * FLOOD_LIMITS.sentShare ? [] : [`the generator did not reach its rate`]),
    ...(residentMb.peak - residentMb.before <= FLOOD_LIMITS.peakMb ? [] : ["memory rose under the flood"]),
    ...(residentMb.after - residentMb.before <= FLOOD_LIMITS.growthMb ? [] : ["memory grew"]),
  ];
  return { case: one, rounds, beside, under, share, packetsPerSecond, residentMb, differences };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
