// What a coordinator that has started tells the person who started it.

export interface CoordinatorFacts {
  /** Only of a mesh that nobody was ever invited to. */
  readonly firstKey: string | undefined;
  readonly prefixes: readonly string[];
  /** "host:port", best first. */
  readonly coordinators: readonly string[];
  readonly controlPort: number;
  readonly relayAddresses: readonly string[];
  readonly stunAddresses: readonly string[];
  readonly stateDir: string;
  /** As given by --socket: the verbs need it too. */
  readonly socket: string | undefined;
}

export function welcome(facts: CoordinatorFacts): string {
  const { firstKey, relayAddresses, stunAddresses, socket } = facts;
  const another = `meshd admin key create${socket === undefined ? "" : ` --socket ${socket}`}`;
  const relay = relayAddresses.length > 0 ? ` and UDP ${ports(relayAddresses)} (relay)` : "";
  const table = [
    `  mesh       ${facts.prefixes.join(", ")}`,
    `  state      ${facts.stateDir}`,
    `  listens    TCP ${String(facts.controlPort)} (nodes)${relay}, UDP ${ports(stunAddresses)} (STUN)`,
    `  addresses  ${facts.coordinators.join(", ")}`,
    "",
  ];
  const lines =
    firstKey === undefined
      ? ["The coordinator runs.", ...table, "To add a machine, make a key for it:", "", `  ${another}`]
      : [
          "The coordinator of a new mesh runs.",
          ...table,
          "On each machine that is to join, type this (good for 24 hours, for any number of machines, and shown only now):",
          "",
          `  meshd up --authkey ${firstKey}`,
          "",
          `Another key, later: ${another}`,
        ];
  return `${lines.join("\n")}\n\n`;
}

function ports(addresses: readonly string[]): string {
  return [...new Set(addresses.map((address) => address.slice(address.lastIndexOf(":") + 1)))].join(", ");
}
