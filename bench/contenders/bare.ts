// The cable itself: what the machine could do without a tunnel.
import type { Contender } from "./contender.ts";

export const bare: Contender = {
  name: "bare veth",
  start: async (_, right) => ({ address: right.ipv4, pids: [] }),
};
