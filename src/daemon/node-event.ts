// What a running node tells the daemon.
import type { MeshdError } from "../protocol/errors.ts";

export type NodeEvent =
  /** Something that `status` shows changed. */
  | { readonly type: "changed" }
  /** Progress of joining, for people. */
  | { readonly type: "progress"; readonly stage: "connecting" | "registering" | "configuring"; readonly detail: string }
  /** The coordinator will not have this node (any more). */
  | { readonly type: "refused"; readonly error: MeshdError }
  /** The node cannot go on. */
  | { readonly type: "fatal"; readonly error: unknown };
