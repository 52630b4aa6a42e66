// npm run lab -- floods: what legitimate traffic keeps of its rate under 200,000 junk packets a second and 2,000 half-open connections.
import { cpus } from "node:os";
import {
  FLOOD_LIMITS,
  type FloodResult,
  type FloodTarget,
  floodTargets,
  measureFloods,
  type Traffic,
} from "../test/lab/index.ts";
import { columns, paint, ProgressLine, say } from "./console.ts";
import { saveJson } from "./json-file.ts";

export interface FloodsRun {
  /** Comma-separated; undefined: all. */
  readonly targets: string | undefined;
  readonly rate: number;
  readonly connections: number;
  readonly rounds: number;
  readonly seconds: number;
  readonly jsonFile: string | undefined;
}

const row = columns(26, 12, 22, 22, 8, 11, 22);
const TRAFFIC: Readonly<Record<Traffic, string>> = {
  flow: "Mbit/s direct",
  "relayed-flow": "Mbit/s relayed",
  joins: "joins/s",
};

/** Exit status: 0 when traffic kept its rate and memory stayed. */
export async function runFloods(run: FloodsRun): Promise<number> {
  const { rate, connections, rounds, seconds, jsonFile } = run;
  const targets = targetsOf(run.targets);
  if (targets === undefined) return 2;
  say(paint("bold", `${rate} packets a second, or ${connections} connections; ${rounds} rounds of 2 × ${seconds} s`));
  say(
    paint("bold", row("flood", "at", "beside (into a sink)", "under", "share", "packets/s", "MB before, peak, after")),
  );
  const progress = new ProgressLine();
  const results = await measureFloods({
    ...{ targets, rate, connections, rounds, seconds },
    onProgress: (text) => progress.update(text),
    onResult: (result) => {
      progress.clear();
      describe(result);
    },
  });
  const failed = results.filter(({ differences }) => differences.length > 0);
  const least = Math.min(...results.map(({ share }) => share));
  say(`Medians; all of it shares ${cpus().length} × ${cpus()[0]?.model ?? "?"}. The least share: ${percent(least)}.`);
  say(
    failed.length === 0
      ? paint("green", `✓ everything kept ${percent(FLOOD_LIMITS.share)} of its rate, and its memory`)
      : paint("red", `✗ ${failed.length} of ${results.length} floods did harm`),
  );
  saveJson(jsonFile, results);
  return failed.length === 0 ? 0 : 1;
}

function targetsOf(text: string | undefined): readonly FloodTarget[] | undefined {
  const names = text?.split(",") ?? floodTargets;
  const known = floodTargets.filter((target) => names.includes(target));
  if (known.length === names.length) return known;
  say(`--targets: some of ${floodTargets.join(", ")}`);
  return undefined;
}

function describe({ case: { name, target, traffic }, ...result }: FloodResult): void {
  const { beside, under, share, packetsPerSecond, residentMb, differences } = result;
  const rate = (value: number): string => `${value.toFixed(value < 100 ? 1 : 0)} ${TRAFFIC[traffic]}`;
  const memory = [residentMb.before, residentMb.peak, residentMb.after].map((mb) => mb.toFixed(0)).join(", ");
  const sent = packetsPerSecond === undefined ? "-" : packetsPerSecond.toFixed(0);
  const line = row(name, target, rate(beside), rate(under), percent(share), sent, memory);
  say(differences.length === 0 ? line : paint("red", `${line} ${differences.join("; ")}`));
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}
