// A server's sockets: TCP for control sessions and for clients of the relay that cannot use UDP, UDP for STUN and relay.
import { makeSelfSignedCertificate } from "../channel/certificate.ts";
import { type ListenOptions, listenWebTransport, type WebTransportListener } from "../channel/webtransport.ts";
import { openUdpServer, type UdpServer, type UdpServerOptions } from "../relay/index.ts";
import { explainListenError, findRefusedUdp } from "./listen-errors.ts";
import { formatListenAddress, type ListenAddress, udpBindings } from "./listen-address.ts";

const MAX_SESSIONS = 10_000;

/** Errors: `MeshdError` "port-taken", "port-not-permitted", "address-not-available". */
export async function listenStreams(
  listen: ListenAddress,
  ipv6: boolean,
  onStream: ListenOptions["onStream"],
): Promise<WebTransportListener> {
  const certificate = await makeSelfSignedCertificate();
  const host = listen.host ?? (ipv6 ? "::" : "0.0.0.0");
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

export interface UdpListenOptions extends Omit<UdpServerOptions, "relayOn" | "stunOn"> {
  /** Undefined: no relay. */
  readonly relayListen: ListenAddress | undefined;
  readonly stunListen: ListenAddress;
  readonly ipv6: boolean;
}

/** Errors: those of listenStreams, and `MeshdError` "engine-missing". */
export async function listenUdp(options: UdpListenOptions): Promise<UdpServer> {
  const { relayListen, stunListen, ipv6, ...rest } = options;
  const bindings = (address: ListenAddress): readonly string[] =>
    udpBindings(address).filter((binding) => ipv6 || !binding.startsWith("[::]"));
  const relayOn = relayListen === undefined ? [] : bindings(relayListen);
  // One port may serve both: the relay's answers STUN too.
  const stunOn = bindings(stunListen).filter((binding) => !relayOn.includes(binding));
  try {
    return openUdpServer({ ...rest, relayOn, stunOn });
  } catch (error) {
    const refused = await findRefusedUdp([...relayOn, ...stunOn]);
    const option = refused !== undefined && stunOn.includes(refused) ? "--stun-listen" : "--listen";
    throw explainListenError(error, refused === undefined ? "a UDP port" : `UDP ${refused}`, option);
  }
}
