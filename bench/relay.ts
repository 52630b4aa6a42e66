// meshd's relay beside derper on the same two cores, which relay and load share: what it forwards at most, what that costs it, and how long
// packets take at 80 % of it. Rounds interleaved, medians and ratios.
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { paint, say } from "../scripts/console.ts";
import { saveJson } from "../scripts/json-file.ts";
import { Lab } from "../test/lab/index.ts";
import type { LoadResult, RelayContender, RunningRelay } from "./relays/contender.ts";
import { derper, plainDerper } from "./relays/derper.ts";
import { meshd, meshdSingly, meshdTcp } from "./relays/meshd.ts";
import { schedulerSeconds } from "./processes.ts";
import { medians, ratioRow, type Round } from "./rounds.ts";
import { renderTable, type Row } from "./table.ts";

const contenders: readonly RelayContender[] = [plainDerper, derper, meshdTcp, meshdSingly, meshd];

const scenarios = [
  { pairs: 2, bytes: 1200 },
  { pairs: 20, bytes: 1200 },
  { pairs: 2, bytes: 64 },
  { pairs: 20, bytes: 64 },
] as const;

type Scenario = (typeof scenarios)[number];

const LOAD_SHARE = 0.8;

/** A packet a millisecond: what it meets, while it costs nothing itself. */
const PROBE = { pairs: 1, pace: { rate: 1000 } } as const;

interface Runner {
  readonly contender: RelayContender;
  readonly relay: RunningRelay;
  readonly rounds: Map<Scenario, Round[]>;
}

export async function benchRelay(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: "string", default: "3" },
      seconds: { type: "string", default: "1.5" },
      only: { type: "string" },
      json: { type: "string" },
    },
  });
  const rounds = Number(values.rounds);
  const seconds = Number(values.seconds);
  const only = values.only?.split(",");
  const chosen = contenders.filter(({ name }) => only?.includes(name) ?? true);
  using lab = await Lab.create({ cable: ["relay", "clients"] });
  const runners: Runner[] = [];
  for (const contender of chosen) {
    const relay = await contender.start(lab.host("relay"), lab.host("clients"));
    if (relay !== undefined) runners.push({ contender, relay, rounds: new Map() });
  }
  for (let round = 1; round <= rounds; round++) {
    for (const scenario of scenarios) {
      for (const { contender, relay, rounds: kept } of runners) {
        const result = await measureRound(contender, relay, scenario, seconds);
        kept.set(scenario, [...(kept.get(scenario) ?? []), result]);
        const place = `round ${round}/${rounds}  ${describe(scenario)}  ${contender.name.padEnd(18)}`;
        say(paint("dim", `  ${place}${summary(result)}`));
      }
    }
  }
  report(runners, values.json, { rounds, seconds });
  return 0;
}

async function measureRound(
  { windows }: RelayContender,
  relay: RunningRelay,
  scenario: Scenario,
  seconds: number,
): Promise<Round> {
  const tries: LoadResult[] = [];
  for (const window of windows) tries.push(await relay.run({ ...scenario, seconds, pace: { window } }));
  const most = tries.reduce((best, each) => (rateOf(each) > rateOf(best) ? each : best));
  const before = schedulerSeconds(relay.pid);
  const [loaded, probe] = await Promise.all([
    relay.run({ ...scenario, seconds, pace: { rate: LOAD_SHARE * rateOf(most) } }),
    relay.probe({ ...PROBE, bytes: scenario.bytes, seconds }),
  ]);
  const after = schedulerSeconds(relay.pid);
  const [ran, waited] = [after.ran - before.ran, after.waited - before.waited];
  return {
    kpps: rateOf(most) / 1000,
    "kpps/core": most.received / most.relayCpuSeconds / 1000,
    "80%: kpps": rateOf(loaded) / 1000,
    "lost %": lossOf(loaded),
    "p50 ms": loaded.p50Ms,
    "p99 ms": loaded.p99Ms,
    "due p99": loaded.dueP99Ms,
    "late p99": loaded.lateP99Ms,
    "probe p50": probe.p50Ms,
    "probe p99": probe.p99Ms,
    "CPU wait %": (100 * waited) / (ran + waited),
  };
}

function rateOf({ received, seconds }: LoadResult): number {
  return received / seconds;
}

/** What is on its way at either end of the measured time makes no loss. */
function lossOf({ sent, received }: LoadResult): number {
  return Math.max(0, 100 * (1 - received / sent));
}

function describe({ pairs, bytes }: Scenario): string {
  return `${pairs} pairs, ${bytes} B`;
}

function summary(round: Round): string {
  return Object.entries(round)
    .map(([column, value]) => `${column} ${value?.toFixed(1) ?? "-"}`)
    .join("  ");
}

function report(
  runners: readonly Runner[],
  jsonFile: string | undefined,
  run: { readonly rounds: number; readonly seconds: number },
): void {
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? "?"}`;
  const results = scenarios.map((scenario) => {
    const rows: Row[] = runners.map(({ contender, rounds }) => ({
      name: contender.name,
      values: medians(rounds.get(scenario) ?? []),
    }));
    const find = (wanted: RelayContender) => rows.find(({ name }) => name === wanted.name);
    return { scenario, rows, ratio: ratioRow(find(meshd), find(derper)) };
  });
  for (const { scenario, rows, ratio } of results) {
    say();
    say(paint("bold", describe(scenario)));
    say(renderTable(rows, ratio));
  }
  say();
  say(
    "Medians. kpps: thousands of packets a second that arrived, of all pairs; per core: for a second of the relay's CPU time.",
  );
  say("Delay in ms one way, at 80 % of that round's most, from the send; loss there. due: from when the packet should");
  say(
    "have left; late: the load's own part of that. probe: single packets of one more pair, from a process of its own.",
  );
  say("CPU wait: of the time in which the relay had work, what it waited for one of the CPUs that others had.");
  say(
    `${run.rounds} rounds, interleaved, ${run.seconds} s each; relay and load share ${machine}; one veth pair, MTU 1500`,
  );
  if (jsonFile === undefined) return;
  const details = runners.map(({ contender, rounds }) => ({
    name: contender.name,
    rounds: [...rounds].map(([scenario, results]) => ({ scenario, results })),
  }));
  saveJson(jsonFile, { machine, ...run, results, details });
  say(`Written to ${jsonFile}`);
}
