// A server's UDP ports: the relay's, and that of STUN where it is another one.
import { formatListenAddress, type ListenAddress, udpBindings } from "../server/listen-address.ts";
import { explainListenError, findRefusedUdp, hasIpv6 } from "../server/listen-errors.ts";
import { openUdpServer, type UdpServer, type UdpServerOptions } from "./index.ts";

export interface UdpListenOptions extends Omit<UdpServerOptions, "relayOn" | "stunOn"> {
  /** Undefined: no relay. */
  readonly relayListen: ListenAddress | undefined;
  readonly stunListen: ListenAddress;
}

/** Errors: `MeshdError` "port-taken", "port-not-permitted", "address-not-available", "engine-missing". */
export async function listenUdp(options: UdpListenOptions): Promise<UdpServer> {
  const { relayListen, stunListen, ...rest } = options;
  const ipv6 = await hasIpv6();
  const bindings = (address: ListenAddress): readonly string[] =>
    udpBindings(address).filter((binding) => ipv6 || !binding.startsWith("[::]"));
  const relayOn = relayListen === undefined ? [] : bindings(relayListen);
  // One port may serve both: the relay's answers STUN too.
  const stunOn = bindings(stunListen).filter((binding) => !relayOn.includes(binding));
  try {
    return openUdpServer({ ...rest, relayOn, stunOn });
  } catch (error) {
    const refused = await findRefusedUdp([...relayOn, ...stunOn]);
    const isStun = refused !== undefined && stunOn.includes(refused);
    const what = refused ?? formatListenAddress(relayListen ?? stunListen);
    throw explainListenError(error, `UDP ${what}`, isStun ? "--stun-listen" : "--listen");
  }
}
