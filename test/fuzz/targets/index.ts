// Every parser of foreign bytes in TypeScript. Their names are known without loading the product, so that it can be instrumented first.
import type { Target } from "../target.ts";

type Load = () => Promise<Target>;

const nat =
  (pick: (group: typeof import("./nat.ts")) => Target): Load =>
  async () =>
    pick(await import("./nat.ts"));
const wire =
  (pick: (group: typeof import("./wire.ts")) => Target): Load =>
  async () =>
    pick(await import("./wire.ts"));
const channel =
  (pick: (group: typeof import("./channel.ts")) => Target): Load =>
  async () =>
    pick(await import("./channel.ts"));
const mesh =
  (pick: (group: typeof import("./mesh.ts")) => Target): Load =>
  async () =>
    pick(await import("./mesh.ts"));
const text =
  (pick: (group: typeof import("./text.ts")) => Target): Load =>
  async () =>
    pick(await import("./text.ts"));
const files =
  (pick: (group: typeof import("./files.ts")) => Target): Load =>
  async () =>
    pick(await import("./files.ts"));
const local =
  (pick: (group: typeof import("./local.ts")) => Target | Promise<Target>): Load =>
  async () =>
    pick(await import("./local.ts"));

const LOADERS: Readonly<Record<string, Load>> = {
  "stun-answer": nat((group) => group.stunAnswer),
  "nat-pmp-answer": nat((group) => group.natPmpAnswer),
  "pcp-answer": nat((group) => group.pcpAnswer),
  "ssdp-answer": nat((group) => group.ssdpAnswer),
  "upnp-description": nat((group) => group.upnpDescription),
  "upnp-answer": nat((group) => group.upnpAnswer),
  "client-hello": wire((group) => group.clientHello),
  "server-hello": wire((group) => group.serverHello),
  "node-message": wire((group) => group.nodeMessage),
  "coordinator-message": wire((group) => group.coordinatorMessage),
  "disco-message": wire((group) => group.discoMessage),
  "netmap-header": wire((group) => group.netmapHeader),
  "netmap-entry": wire((group) => group.netmapEntry),
  "relay-ticket": wire((group) => group.relayTicket),
  "relay-register": wire((group) => group.relayRegister),
  "relay-accepted": wire((group) => group.relayAccepted),
  "control-frames": channel((group) => group.controlFrames),
  "relay-frames": channel((group) => group.relayFrames),
  "handshake-offer": channel((group) => group.handshakeOffer),
  "handshake-answer": channel((group) => group.handshakeAnswer),
  "sealed-stream": channel((group) => group.sealedStream),
  "proxy-answer": channel((group) => group.proxyAnswer),
  "netmap-entries": mesh((group) => group.netmapEntries),
  "netmap-file": mesh((group) => group.netmapFile),
  "sealed-disco": mesh((group) => group.sealedDisco),
  "from-relay": mesh((group) => group.fromRelay),
  "relay-registration": mesh((group) => group.relayRegistration),
  "auth-key": text((group) => group.authKey),
  addresses: text((group) => group.addresses),
  names: text((group) => group.names),
  "option-values": text((group) => group.optionValues),
  "proxy-variables": text((group) => group.proxyVariables),
  configuration: text((group) => group.configuration),
  "identity-file": files((group) => group.identityFile()),
  "mesh-file": files((group) => group.meshFile()),
  "settings-file": files((group) => group.settingsFile()),
  "tickets-file": files((group) => group.ticketsFile()),
  "networks-file": files((group) => group.networksFile()),
  "relay-file": files((group) => group.relayFile()),
  "port-file": files((group) => group.portFile()),
  "socket-file": files((group) => group.socketFile()),
  "dns-query": local((group) => group.dnsQuery),
  "reverse-name": local((group) => group.reverseName),
  "resolv-conf": local((group) => group.resolvConf),
  "api-body": local((group) => group.apiBody),
  "api-request": local((group) => group.apiRequest()),
  "routing-tables": local((group) => group.routingTables),
};

export const TARGET_NAMES: readonly string[] = Object.keys(LOADERS);
/** Has a bug on purpose. */
export const PLANTED = "planted";

export async function loadTarget(name: string): Promise<Target | undefined> {
  const { sodiumReady } = await import("../../../src/identity/sodium.ts");
  await sodiumReady();
  if (name === PLANTED) return (await import("../planted.ts")).planted;
  return await LOADERS[name]?.();
}
