// Asking the router for a port (PCP, NAT-PMP, UPnP IGD): port-mapper.ts decides, one file and one codec a protocol below it. Wiring:
//
//   mapper = new PortMapper({ internalPort: engine.port, nonce, random })
//     src/host/gateway.ts → handleGateway; the host's network changed → handleNetworkChange
//     src/host/port-mapping-io.ts carries out pollTransmit and hands in datagrams and HTTP responses
//     events "mapped" / "lost" → gather candidates again, with `isReachableExternal`
//     going down: handleClose, then wait for "closed" (two seconds at most)
export type * from "./types.ts";
export { isReachableExternal } from "./external-address.ts";
export { PCP_NONCE_BYTES } from "./pcp-codec.ts";
export { PortMapper } from "./port-mapper.ts";
export { MAX_XML_BYTES } from "./xml.ts";
