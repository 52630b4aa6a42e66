// meshd ping: round trips through the mesh, each with the path it took.
import { type Command, Option } from "commander";
import type { PingLine, PingRequest } from "../local-api/node-api.ts";
import { MeshdError } from "../protocol/errors.ts";
import { interruptSignal, nodeClient, type SocketOption, withStartAdvice } from "./node-client.ts";
import { print } from "./print.ts";
import { examples, jsonOption, parseCount, parseWait, socketOption, timeoutOption } from "./options.ts";
import { describePath } from "./status-text.ts";
import { formatMs } from "./table.ts";

interface PingOptions extends SocketOption {
  readonly count?: number;
  readonly interval: number;
  readonly untilDirect?: boolean;
  readonly timeout: number;
  readonly json?: boolean;
}

const DEFAULT_COUNT = 10;
/** Long enough for two birthday attempts (connectivity: 8 s each) at the interval of `--until-direct`. */
const DEFAULT_COUNT_UNTIL_DIRECT = 120;
const INTERVAL_UNTIL_DIRECT_MS = 250;

export function configure(command: Command): void {
  command
    .argument("<node>", "name, overlay IP or key of a peer")
    .addOption(new Option("-c, --count <n>", `how many (default: ${String(DEFAULT_COUNT)})`).argParser(parseCount))
    .addOption(new Option("-i, --interval <duration>", "time between pings").argParser(parseWait).default(1000, "1s"))
    .addOption(new Option("--until-direct", "end with the first reply over a direct path; fail where none comes"))
    .addOption(timeoutOption(5000))
    .addOption(jsonOption())
    .addOption(socketOption("daemon"));
  examples(command, "meshd ping laptop", "meshd ping --until-direct 100.64.0.2", "meshd ping -c 3 --json laptop");
  command.action(async (node: string, options: PingOptions) => {
    const untilDirect = options.untilDirect === true;
    const request: PingRequest = {
      node,
      count: options.count ?? (untilDirect ? DEFAULT_COUNT_UNTIL_DIRECT : DEFAULT_COUNT),
      intervalMs: untilDirect ? Math.min(options.interval, INTERVAL_UNTIL_DIRECT_MS) : options.interval,
      timeoutMs: options.timeout,
      untilDirect,
    };
    const interrupted = interruptSignal();
    const outcome = { replies: 0, direct: false };
    try {
      for await (const value of nodeClient(options).lines("POST", "/v1/ping", request, interrupted)) {
        const line = value as PingLine;
        if (line.rttMs !== undefined) outcome.replies++;
        outcome.direct ||= line.rttMs !== undefined && line.path.kind === "direct";
        print(options.json === true ? JSON.stringify(line) : pingText(node, line, request.timeoutMs));
      }
    } catch (error) {
      if (!interrupted.aborted) throw withStartAdvice(error);
    }
    if (outcome.replies === 0)
      throw new MeshdError("no-reply", 5, `no reply from ${node}; is it online? see \`meshd status\``);
    if (untilDirect && !outcome.direct) {
      throw new MeshdError(
        "not-direct",
        5,
        `no direct path to ${node} was found in time; it is reached through a relay`,
      );
    }
  });
}

function pingText(node: string, line: PingLine, timeoutMs: number): string {
  const seq = `seq=${String(line.seq)}`;
  if (line.rttMs === undefined) return `no reply from ${node} in ${formatMs(timeoutMs)}  ${seq}`;
  return `reply from ${node} in ${formatMs(line.rttMs)}  ${seq}  ${describePath(line.path)}`;
}
