// What addresses this node has, seen from outside: STUN (stun.ts, reflexive.ts) and candidates (candidates.ts). Wiring:
//
//   reflexive = new Reflexive({ random, localPort })
//     netmap's stun servers → handleServers; the engine's "stun" datagrams → handleDatagram
//     pollTransmit → engine.expectStun([transactionId], STUN_TRANSACTION_TTL_MS), then engine.send
//     event "reflexive" / "lost" → gather candidates again, "profile" → PeerPaths.handleOwnNat
//   gatherCandidates({ interfaces, port, reflexive, … }, rules) → Endpoints to the coordinator, PeerPaths.handleLocalCandidates
export type * from "./types.ts";
export { type AddressFilter, addressFilter } from "./address-filter.ts";
export { acceptCandidates, gatherCandidates, sameCandidates } from "./candidates.ts";
export type { NatProfile } from "./profile.ts";
export { Reflexive, STUN_TRANSACTION_TTL_MS } from "./reflexive.ts";
