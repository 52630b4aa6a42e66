import type { Refusal } from "./registry.ts";

/** What a refused node's user reads: why, and what to do. */
export const REFUSALS: Readonly<Record<Refusal, string>> = {
  "key-required": "this node is not a member of the mesh yet; it needs an auth key (meshd admin key create)",
  "key-unknown": "the coordinator does not know this auth key; make a new one with meshd admin key create",
  "key-used": "the auth key was used already; make a new one with meshd admin key create, or a --reusable one",
  "key-expired": "the auth key has expired; make a new one with meshd admin key create",
  "key-revoked": "the auth key was revoked; make a new one with meshd admin key create",
  "node-removed": "this node was removed from the mesh; it may join again with a new auth key",
  "bad-signature": "the node could not prove its key",
  rejected: "the request is malformed",
  full: "the mesh has no addresses left; remove nodes that are not needed any more",
};
