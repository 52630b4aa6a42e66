// A server's TCP port: for control sessions, and for clients of the relay that cannot use UDP.
import { setFlagsFromString } from "node:v8";
import { makeSelfSignedCertificate } from "../channel/certificate.ts";
import { type ListenOptions, listenWebTransport, type WebTransportListener } from "../channel/webtransport.ts";
import { explainListenError, hasIpv6 } from "./listen-errors.ts";
import { formatListenAddress, type ListenAddress } from "./listen-address.ts";

const MAX_SESSIONS = 10_000;

/**
 * What passes through streams lives in buffers outside V8's heap, most of them for a moment. V8's own limit for those makes it mark the whole
 * heap for every 64 MB of them, which took a quarter of a busy relay's CPU; counted with the heap, they go when young objects do.
 */
const V8_FLAG = "--external-memory-accounted-in-global-limit";

/** Errors: `MeshdError` "port-taken", "port-not-permitted", "address-not-available". */
export async function listenStreams(
  listen: ListenAddress,
  onStream: ListenOptions["onStream"],
): Promise<WebTransportListener> {
  setFlagsFromString(V8_FLAG);
  const certificate = await makeSelfSignedCertificate();
  const host = listen.host ?? ((await hasIpv6()) ? "::" : "0.0.0.0");
  try {
    return await listenWebTransport({
      host,
      port: listen.port,
      certificate,
      maxSessions: MAX_SESSIONS,
      onStream,
    });
  } catch (error) {
    throw explainListenError(error, `TCP ${formatListenAddress(listen)}`, "--listen");
  }
}
