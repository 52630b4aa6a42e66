// meshd netcheck: what this host's network lets through, and what that means.
import type { Command } from "commander";
import { explainReport, type NetcheckReport } from "../nat/netcheck/index.ts";
import { nodeClient, print, type SocketOption, withStartAdvice } from "./node-client.ts";
import { examples, jsonOption, socketOption } from "./options.ts";
import { formatMs, paintFor, renderTable } from "./table.ts";

export function configure(command: Command): void {
  command.addOption(jsonOption()).addOption(socketOption("daemon"));
  examples(command, "meshd netcheck", "meshd netcheck --json");
  command.action(async (options: SocketOption & { readonly json?: boolean }) => {
    const report = await fetchReport(options);
    if (options.json === true) print(JSON.stringify(report, undefined, 2));
    else print(renderReport(report));
  });
}

async function fetchReport(options: SocketOption): Promise<NetcheckReport> {
  try {
    return (await nodeClient(options).request("POST", "/v1/netcheck")) as NetcheckReport;
  } catch (error) {
    throw withStartAdvice(error);
  }
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

function latency(ms: number | null): string {
  return ms === null ? "-" : formatMs(ms);
}
