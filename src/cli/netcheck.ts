// meshd netcheck: what this host's network lets through, and what that means.
import type { Command } from "commander";
import { explainReport, type NetcheckReport } from "../nat/netcheck/index.ts";
import { MeshdError } from "../protocol/errors.ts";
import { nodeClient, type SocketOption, withStartAdvice } from "./node-client.ts";
import { print } from "./print.ts";
import { examples, jsonOption, socketOption } from "./options.ts";
import { formatMs, paintFor, renderTable } from "./table.ts";

interface NetcheckOptions extends SocketOption {
  readonly json?: boolean;
  readonly last?: boolean;
}

export function configure(command: Command): void {
  command
    .option("--last", "what the daemon found last by itself, without asking anew")
    .addOption(jsonOption())
    .addOption(socketOption("daemon"));
  examples(command, "meshd netcheck", "meshd netcheck --json");
  command.action(async (options: NetcheckOptions) => {
    const report = await fetchReport(options);
    if (options.json === true) print(JSON.stringify(report, undefined, 2));
    else print(renderReport(report));
  });
}

async function fetchReport(options: NetcheckOptions): Promise<NetcheckReport> {
  const client = nodeClient(options);
  try {
    if (options.last !== true) return (await client.request("POST", "/v1/netcheck")) as NetcheckReport;
    const { last } = (await client.request("GET", "/v1/netcheck")) as { readonly last: NetcheckReport | null };
    if (last !== null) return last;
  } catch (error) {
    throw withStartAdvice(error);
  }
  throw new MeshdError(
    "no-report",
    1,
    "the network was not checked since the daemon joined; leave out --last to check it now",
  );
}

function renderReport(report: NetcheckReport): string {
  const paint = paintFor(process.stdout);
  const { allocation } = report;
  const facts: readonly (readonly [string, string])[] = [
    ["UDP", yesNo(report.udp)],
    ["IPv4", yesNo(report.ipv4)],
    ["IPv6", yesNo(report.ipv6)],
    ["public addresses", report.publicAddresses.join("  ") || "none"],
    ["mapping", report.mapping],
    ["filtering", report.filtering],
    ["ports", allocation.pattern === "sequential" ? `sequential, ${String(allocation.step)}` : allocation.pattern],
    ["hairpin", yesNo(report.hairpin)],
    ["idle mappings", lifetime(report.mappingLifetimeSeconds)],
    ["port mapping", report.portMapping.join(", ") || "none"],
    ["login page", yesNo(report.captivePortal)],
  ];
  const width = Math.max(...facts.map(([name]) => name.length));
  const relays = renderTable(
    [{ title: "RELAY" }, { title: "UDP", align: "right" }, { title: "TCP", align: "right" }],
    report.relays.map(({ name, udpMs, tcpMs }) => [name, latency(udpMs), latency(tcpMs)]),
  );
  return [
    facts.map(([name, value]) => `${paint("dim", name.padEnd(width))}  ${value}`).join("\n"),
    ...(report.relays.length === 0 ? [] : [relays]),
    explainReport(report).join("\n"),
  ].join("\n\n");
}

function yesNo(fact: boolean | null): string {
  if (fact === null) return "not known";
  return fact ? "yes" : "no";
}

function lifetime(seconds: number | null): string {
  if (seconds === null) return "not measured yet";
  return seconds === 0 ? "live for less than 20 s" : `live for ${String(seconds)} s at least`;
}

function latency(ms: number | null): string {
  return ms === null ? "-" : formatMs(ms);
}
