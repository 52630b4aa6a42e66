// What this host's network lets through (netcheck.ts), what that means (words.ts). Wiring:
//
//   check = new Netcheck({ input, random, now })
//     pollTransmit "stun": socket 0 is the engine's (`expectStun` with NETCHECK_TRANSACTION_TTL_MS, then `send`), 1…FRESH_SOCKETS are
//     src/host/probe-sockets.ts; datagrams of all of them → handleDatagram
//     "tcp" and "portal" → src/host/probe-tcp.ts
//     pollEvent → the findings; with the port mapper's report they are the NetcheckReport
export type * from "./types.ts";
export { CheckCadence } from "./cadence.ts";
export { keepaliveMs } from "./keepalive.ts";
export { type LifetimeEvent, LifetimeMachine, type LifetimeTransmit, type MeasuredNetwork } from "./lifetime.ts";
export { FRESH_SOCKETS, Netcheck, NETCHECK_TRANSACTION_TTL_MS } from "./netcheck.ts";
export { explainReport } from "./words.ts";
