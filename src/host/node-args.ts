/**
 * Node's flags for a process that stays. The young generation of V8's heap grows to 32 MB by default, for throughput that a control plane
 * has no use for; these can be given only at start.
 */
export const DAEMON_NODE_ARGS: readonly string[] = ["--max-semi-space-size=1"];
