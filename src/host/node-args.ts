/**
 * Node's flags for a process that stays; these can be given only at start. The young generation of V8's heap grows to 32 MB by default, for
 * throughput that a control plane has no use for; and garbage is collected now and then although nobody asks for memory (cli/memory.ts).
 */
export const DAEMON_NODE_ARGS: readonly string[] = ["--max-semi-space-size=1", "--expose-gc"];
