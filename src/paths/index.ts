// How a peer is reached: sealed disco (disco.ts), one path machine per peer (peer-paths.ts), one session machine per relay
// (relay-session.ts). All sans-I/O. Wiring, in the daemon:
//
//   boot = new Boot(random), budget = new ProbeBudget()           one each for the node; boot.id is the engine's bootId
//   paths = new PeerPaths({ channel, budget, random, allows })   one per peer, channel a SealedDisco; types.ts says each verb
//     peer-active / peer-idle / disco / source-seen / path-dead / path-alive   → paths.handle…
//     netmap presence → handleCandidates, PunchNotice → handlePunchNotice, own candidates → handleLocalCandidates
//     event "paths" → engine.setPaths, "signal" → PunchRequest, "restarted" → engine.reconnect
//   session = new RelaySession({ node, meshId, relayKey, random })    one per relay of the netmap
//     "listen" / "session" / "lost" → engine.setRelay, then PeerPaths.handleRelays of the peers whose home relay it is
//
// After every handle…: drain pollEvent and pollTransmit, then arm one timer at pollTimeout.
export type * from "./types.ts";
export { BirthdayDesk } from "./birthday-desk.ts";
export { Boot } from "./boot.ts";
export { SealedDisco } from "./disco.ts";
export { PeerPaths } from "./peer-paths.ts";
export { ProbeBudget } from "./probe-budget.ts";
export { RelaySession } from "./relay-session.ts";
