// Every role and verb, with what `meshd --help` says of it. The file of a verb is imported only when it is used.
import type { ConfigureCommand } from "./options.ts";

export interface Verb {
  readonly name: string;
  readonly summary: string;
  /** Not for people: shown nowhere. */
  readonly hidden?: true;
  readonly load: () => Promise<{ readonly configure: ConfigureCommand }>;
}

export const VERBS: readonly Verb[] = [
  { name: "up", summary: "join the mesh, or change this node's settings", load: () => import("./up.ts") },
  { name: "down", summary: "leave the mesh for now; identity and addresses are kept", load: () => import("./down.ts") },
  { name: "logout", summary: "leave the mesh for good", load: () => import("./logout.ts") },
  { name: "status", summary: "this node, its peers and the path to each", load: () => import("./status.ts") },
  { name: "ping", summary: "ping a peer through the mesh; says over which path", load: () => import("./ping.ts") },
  { name: "why", summary: "why a peer is reached as it is, and what would help", load: () => import("./why.ts") },
  { name: "netcheck", summary: "what this host's network lets through", load: () => import("./netcheck.ts") },
  { name: "ip", summary: "overlay addresses of this node or of a peer", load: () => import("./ip.ts") },
  { name: "whois", summary: "which node an overlay address belongs to", load: () => import("./whois.ts") },
  {
    name: "bugreport",
    summary: "one file for whoever helps: state, log, network; without secrets",
    load: () => import("./bugreport/index.ts"),
  },
  { name: "version", summary: "version of meshd", load: () => import("./version.ts") },
  {
    name: "daemon",
    summary: "run the node in the foreground (systemd, containers)",
    load: () => import("./daemon.ts"),
  },
  {
    name: "coordinator",
    summary: "run the coordinator: registry, STUN, relay",
    load: () => import("./coordinator.ts"),
  },
  { name: "relay", summary: "run one more relay for a mesh", load: () => import("./relay.ts") },
  { name: "admin", summary: "administer the coordinator: keys, nodes, relays", load: () => import("./admin/index.ts") },
  { name: "service", summary: "install meshd as a systemd service", load: () => import("./service.ts") },
  { name: "completion", summary: "completion script for a shell", load: () => import("./completion.ts") },
  {
    name: "node-names",
    summary: "names of peers, for completion scripts",
    hidden: true,
    load: () => import("./node-names.ts"),
  },
];
