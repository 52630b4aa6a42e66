// Why a peer is reached as it is, in words: what stands between it and a direct path, and what would help. Out of what the path
// machine knows (`report`), for `meshd why`.
import { ipFamily, splitSocketAddress } from "../protocol/address.ts";
import type { NatHint } from "../protocol/nat-hint.ts";
import { describeDuration, type Milliseconds } from "../protocol/units.ts";
import type { HardSide } from "./hard-side.ts";
import type { HardOutcome, HardPunchReport, PathsReport } from "./types.ts";

export interface Explanation {
  /** One sentence; undefined where nothing blocks. */
  readonly blocker: string | undefined;
  readonly advice: readonly string[];
}

export interface Circumstances {
  readonly online: boolean;
  /** What packets use now. */
  readonly path: "direct" | "relay" | "none";
  readonly now: Milliseconds;
}

const OUTCOMES: Record<HardOutcome, string> = {
  "no-sockets": "this machine could not open the sockets that it takes",
  "no-answer-of-stun": "the mesh's STUN servers did not answer in time",
  busy: "another peer's random ports were being probed",
  refused: "the peer was busy with another one, or too old for it",
  "not-permitted": "random ports were probed and none was met",
  "nothing-heard": "random ports were probed and none was met",
};
const OPEN_A_PORT = "open or forward a UDP port for meshd on either router, or let it answer PCP, NAT-PMP or UPnP";

export function explain(report: PathsReport, { online, path, now }: Circumstances): Explanation {
  if (path === "direct") return { blocker: undefined, advice: [] };
  if (!online) return { blocker: "the peer is offline", advice: ["start meshd there"] };
  if (report.state === "idle")
    return { blocker: "there is no traffic: paths are looked for with the next packet", advice: [] };
  const { hard, candidates } = report;
  const { own, peer } = hard;
  if (candidates.length === 0) {
    return {
      blocker: "no address of the peer is known",
      advice: ["see there whether UDP to the mesh's servers is blocked: `meshd netcheck`"],
    };
  }
  if (own.mapping === "dependent" && peer.mapping === "dependent") {
    return {
      blocker: "both NATs use another port for every destination: neither side can be aimed at",
      advice: [OPEN_A_PORT],
    };
  }
  if (own.mapping === "unknown" || peer.mapping === "unknown") {
    const whose = own.mapping === "unknown" ? "this node" : "the peer";
    return {
      blocker: `${whose} could not learn how it is seen from outside: its UDP may be blocked`,
      advice: [`allow UDP out of the network of ${whose}`, OPEN_A_PORT],
    };
  }
  if (own.mapping === "dependent" || peer.mapping === "dependent") return explainHard(report, now);
  if (!sharesFamily(report))
    return { blocker: "the two have no IP version in common", advice: ["give one of them both"] };
  if (report.probing) return { blocker: "a direct path is being looked for", advice: [] };
  return {
    blocker: "no address of the peer answers, though neither NAT explains it: a firewall may drop UDP",
    advice: ["allow UDP from and to meshd's port in the firewalls of both sides", OPEN_A_PORT],
  };
}

function explainHard({ hard }: PathsReport, now: Milliseconds): Explanation {
  const whose = hard.own.mapping === "dependent" ? "this node's" : "the peer's";
  const what = `${whose} NAT uses another port for every destination`;
  if (hard.running !== undefined) return { blocker: `${what}; ${METHODS[hard.running]} is under way`, advice: [] };
  if (hard.observed.length === 0) {
    return { blocker: `${what}, and no server of the mesh has seen the peer's address`, advice: [OPEN_A_PORT] };
  }
  const next = nextAttempt(hard, now);
  const why = hard.outcome === undefined ? "" : `: ${OUTCOMES[hard.outcome]}`;
  return { blocker: `${what}${why}${next}`, advice: [OPEN_A_PORT] };
}

function nextAttempt({ birthdayAt, retryAt }: HardPunchReport, now: Milliseconds): string {
  if (birthdayAt > now) return `; next attempt in ${describeDuration(birthdayAt - now)} or with another network`;
  return retryAt === undefined ? "" : `; next attempt in ${describeDuration(Math.max(0, retryAt - now))}`;
}

const METHODS: Record<NonNullable<HardSide["method"]>, string> = {
  prediction: "predicting its next ports",
  birthday: "birthday probing",
};

/** "the same port for every destination", and so on. */
export function describeNat({ mapping, allocation, step }: NatHint): string {
  switch (mapping) {
    case "unknown":
      return "not known";
    case "endpoint-independent":
      return allocation === "preserving" ? "one port for every destination, its own" : "one port for every destination";
    case "dependent":
      if (allocation === "sequential") return `another port for every destination, counted up by ${String(step)}`;
      return allocation === "preserving"
        ? "its own port if that is free, otherwise another for every destination"
        : "another random port for every destination";
  }
}

function sharesFamily({ local, candidates }: PathsReport): boolean {
  const own = new Set(local.map((address) => ipFamily(splitSocketAddress(address).ip)));
  return candidates.some(({ address }) => own.has(splitSocketAddress(address).family));
}
