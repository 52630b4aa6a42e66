// How a peer is reached: sealed disco (disco.ts), one path machine per peer (peer-paths.ts), one session machine per relay
// (relay-session.ts). All sans-I/O. Wiring, in the daemon:
//
//   budget = new ProbeBudget()                                      one for the node, shared by all peers
//   paths = new PeerPaths({ channel, budget, random, candidateRules })   one per peer; see types.ts for each verb
//     peer-active / peer-idle / disco / source-seen / path-dead / path-alive   → paths.handle…
//     netmap presence → handleCandidates, PunchNotice → handlePunchNotice, own candidates → handleLocalCandidates
//     event "paths" → engine.setPaths, "signal" → PunchRequest, "restarted" → engine.reconnect
//   session = new RelaySession({ … })                               one per relay of the netmap
//     "listen" / "session" / "lost" → engine.setRelay, then PeerPaths.handleRelays of the peers whose home relay it is
//
// After every handle…: drain pollEvent and pollTransmit, then arm one timer at pollTimeout.
export type * from "./types.ts";
