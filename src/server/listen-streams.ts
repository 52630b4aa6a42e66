// A server's TCP port: for control sessions, and for clients of the relay that cannot use UDP.
import { makeSelfSignedCertificate } from "../channel/certificate.ts";
import { type ListenOptions, listenWebTransport, type WebTransportListener } from "../channel/webtransport.ts";
import { explainListenError, hasIpv6 } from "./listen-errors.ts";
import { formatListenAddress, type ListenAddress } from "./listen-address.ts";

const MAX_SESSIONS = 10_000;

/** Errors: `MeshdError` "port-taken", "port-not-permitted", "address-not-available". */
export async function listenStreams(
  listen: ListenAddress,
  onStream: ListenOptions["onStream"],
): Promise<WebTransportListener> {
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
