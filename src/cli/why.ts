// meshd why: why a peer is reached as it is, what was tried, and what would help.
import type { Command } from "commander";
import type { WhyAnswer } from "../local-api/node-api.ts";
import { nodeClient, type SocketOption, withStartAdvice } from "./node-client.ts";
import { print } from "./print.ts";
import { examples, jsonOption, socketOption } from "./options.ts";
import { describePath } from "./status-text.ts";
import { formatDuration, formatMs, renderTable } from "./table.ts";

export function configure(command: Command): void {
  command
    .argument("<node>", "name, overlay IP or key of a peer")
    .addOption(jsonOption())
    .addOption(socketOption("daemon"));
  examples(command, "meshd why laptop", "meshd why --json 100.64.0.2");
  command.action(async (node: string, options: SocketOption & { readonly json?: boolean }) => {
    const answer = await fetchAnswer(node, options);
    print(options.json === true ? JSON.stringify(answer, undefined, 2) : renderWhy(answer));
  });
}

async function fetchAnswer(node: string, options: SocketOption): Promise<WhyAnswer> {
  try {
    return (await nodeClient(options).request("GET", `/v1/why/${encodeURIComponent(node)}`)) as WhyAnswer;
  } catch (error) {
    throw withStartAdvice(error);
  }
}

export function renderWhy(answer: WhyAnswer): string {
  const facts = [
    ["path", describePath(answer.path)],
    ...(answer.blocker === undefined ? [] : [["why", answer.blocker]]),
    ...answer.advice.map((advice) => ["helps", advice]),
    ["own NAT", answer.nat.self.words],
    ["its NAT", answer.nat.peer.words],
    ...(answer.foundBy === undefined ? [] : [["found by", answer.foundBy]]),
    ...(answer.failures === 0 ? [] : [["failures", `${String(answer.failures)} in a row${nextText(answer)}`]]),
  ].map(([name = "", value = ""]) => `${name.padEnd(10)}${value}`);
  if (answer.candidates.length === 0) return facts.join("\n");
  const columns = [
    { title: "CANDIDATE" },
    { title: "FROM" },
    { title: "PINGS", align: "right" },
    { title: "ANSWER" },
  ] as const;
  const rows = answer.candidates.map((candidate) => [
    candidate.address,
    candidate.source,
    String(candidate.probesSent),
    candidate.answeredAgoMs === undefined
      ? "none"
      : `${candidate.rttMs === undefined ? "" : `${formatMs(candidate.rttMs)}, `}${formatDuration(candidate.answeredAgoMs)} ago`,
  ]);
  return [...facts, "", renderTable(columns, rows)].join("\n");
}

function nextText({ retryInMs }: WhyAnswer): string {
  return retryInMs === undefined ? "" : `, tried again in ${formatDuration(retryInMs)}`;
}
