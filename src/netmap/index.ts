// netmap: what the coordinator told a node about its mesh. Signed headers over an incremental set hash (coordinator and
// node), updates applied and refused, the typed view, and the form on disk. No I/O.
export * from "./header.ts";
export * from "./lthash.ts";
export * from "./parts.ts";
export * from "./state.ts";
export * from "./stored.ts";
export * from "./view.ts";
