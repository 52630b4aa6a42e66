// identity: who is who, and how each proves it. Keys and their ids, signatures bound to a purpose, the auth key, the secrets
// of a pair of nodes, relay tickets. Pure computation over libsodium: `await sodiumReady()` once before anything else.
export * from "./auth-key.ts";
export * from "./hash.ts";
export * from "./ids.ts";
export * from "./keys.ts";
export * from "./pair-secrets.ts";
export * from "./port-mapping-nonce.ts";
export * from "./relay-tickets.ts";
export * from "./signatures.ts";
export * from "./sodium.ts";
