// Every parser of foreign bytes in TypeScript. Their names are known without loading the product, so that it can be instrumented first.
import type { Target } from "../target.ts";

type Load = () => Promise<Target>;

/** How a group of targets is loaded, and one of it picked. */
const from =
  <Group>(load: () => Promise<Group>) =>
  (pick: (group: Group) => Target | Promise<Target>): Load =>
  async () =>
    pick(await load());

const nat = from(() => import("./nat.ts"));
const wire = from(() => import("./wire.ts"));
const channel = from(() => import("./channel.ts"));
const mesh = from(() => import("./mesh.ts"));
const machines = from(() => import("./machines.ts"));
const text = from(() => import("./text.ts"));
const configuration = from(() => import("./configuration.ts"));
const files = from(() => import("./files.ts"));
const local = from(() => import("./local.ts"));

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
  "relay-session": machines((group) => group.relaySession),
  "port-mapper": machines((group) => group.portMapper),
  reflexive: machines((group) => group.reflexive),
  "auth-key": text((group) => group.authKey),
  addresses: text((group) => group.addresses),
  names: text((group) => group.names),
  "option-values": text((group) => group.optionValues),
  "proxy-variables": text((group) => group.proxyVariables),
  configuration: configuration((group) => group.configuration()),
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
