// control: the node's side of the control channel. session.ts decides (sans-I/O), client.ts wires it to sockets and clock.
export * from "./client.ts";
export * from "./events.ts";
