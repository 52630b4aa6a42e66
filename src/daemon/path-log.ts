// What becomes of a peer's paths, for the log. Whether packets go directly, and to where, is what people ask: told at info. Which relays are
// in reach changes for all peers at once, whether they have traffic or not, and is told at debug.
import type { Logger } from "pino";
import type { Peer } from "./peer.ts";

export function pathLog(log: Logger): (peer: Pick<Peer, "entry" | "published">, reason: string) => void {
  /** The address that packets go to directly. */
  const told = new WeakMap<object, string>();
  return (peer, reason) => {
    const [best] = peer.published;
    const direct = best?.kind === "direct" ? best.address : "";
    const isNews = (told.get(peer) ?? "") !== direct;
    told.set(peer, direct);
    log[isNews ? "info" : "debug"]({ peer: peer.entry.hostname, paths: peer.published }, reason);
  };
}
