// How often a UDP mapping needs a packet, given how long one was seen to live without (lifetime.ts).
import { type Milliseconds, SECOND_MS } from "../../protocol/units.ts";
import type { MappingLifetime } from "./types.ts";

/** Of what is not measured; shorter ones would cost more than mappings that live less than 20 s are worth. */
export const MIN_KEEPALIVE_MS: Milliseconds = 15 * SECOND_MS;
/**
 * A relay ends sessions after 60 s without a packet, and a ping that stays unanswered for 3 s shows that it is gone: this leaves room
 * for both, and the death of a relay is noticed within a minute also by who has nothing to send.
 */
const MAX_KEEPALIVE_MS: Milliseconds = 45 * SECOND_MS;
/** What is left of a lifetime is for a keepalive that is lost and sent again, and for clocks of routers that sweep now and then. */
const SAFE_SHARE = 0.75;

export function keepaliveMs(lifetime: MappingLifetime | undefined): Milliseconds {
  const wishedMs = SAFE_SHARE * (lifetime?.survivedMs ?? 0);
  return Math.min(MAX_KEEPALIVE_MS, Math.max(MIN_KEEPALIVE_MS, wishedMs));
}
