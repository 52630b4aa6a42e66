// control: the node's side of the control channel. session.ts decides (sans-I/O), client.ts carries it out, dial.ts picks the
// coordinator's address that works, failures.ts says what went wrong in words.
export * from "./client.ts";
export * from "./events.ts";
export * from "./failures.ts";
export * from "./options.ts";
