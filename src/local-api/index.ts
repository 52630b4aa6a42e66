// The local API: HTTP and JSON over a Unix socket, between a role (daemon, coordinator, relay) and the command line.
// server.ts serves a table of routes (routes.ts) and knows who calls (SO_PEERCRED); client.ts is the tiny client of the CLI.
export { serveLocalApi, type LocalApiServer } from "./server.ts";
export type { LocalResponse, Route } from "./routes.ts";
export { createLocalApiClient } from "./client.ts";
