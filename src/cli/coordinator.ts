// meshd coordinator: registry, control sessions, STUN and relay in one process, in the foreground.
import { type Command, Option } from "commander";
import {
  examples,
  logLevelOption,
  parseBoolean,
  readConfigurationFile,
  socketOption,
  stateDirectoryOption,
} from "./options.ts";
import type { CoordinatorFlags } from "./run-coordinator.ts";

export function configure(command: Command): void {
  command
    .addOption(stateDirectoryOption("coordinator"))
    .addOption(socketOption("coordinator"))
    .addOption(new Option("--listen <[host]:port>", "TCP for nodes, UDP for the relay").default(":443"))
    .addOption(new Option("--stun-listen <[host]:port>", "UDP for STUN").default(":3478"))
    .addOption(
      new Option(
        "--public-address <host>",
        "where nodes find this host, if it is behind a 1:1 NAT: a name or IP address",
      ),
    )
    .addOption(
      new Option("--no-relay [bool]", "leave relaying to other machines")
        .argParser((text) => !parseBoolean(text))
        .preset("true"),
    )
    .addOption(new Option("--ipv4-prefix <cidr>", "of a new mesh (default: 100.64.0.0/10)"))
    .addOption(new Option("--ipv6-prefix <cidr>", "of a new mesh (default: a random fd..::/48)"))
    .addOption(logLevelOption());
  readConfigurationFile(command, "coordinator");
  examples(
    command,
    "meshd coordinator",
    "meshd coordinator --listen :8443 --public-address vpn.example.org",
    "meshd coordinator --state-dir /srv/other-mesh --socket /run/meshd/other.sock --listen :9443 --stun-listen :9478",
  );
  command.action(async (flags: CoordinatorFlags) => {
    const { runCoordinator } = await import("./run-coordinator.ts");
    await runCoordinator(flags);
  });
}
