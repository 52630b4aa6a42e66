// The port mapper with its real sockets and this host's real gateway; arguments: the protocols that it may speak, and how long it keeps
// its mapping after it got it, in milliseconds. Prints each event as a line of JSON, and ends when the mapping is removed.
import { randomBytes } from "node:crypto";
import { findGateway } from "../../../src/host/gateway.ts";
import { openPortMappingIo } from "../../../src/host/port-mapping-io.ts";
import {
  PCP_NONCE_BYTES,
  PortMapper,
  type PortMappingProtocol,
  type PortMappingTransmit,
} from "../../../src/nat/port-mapping/index.ts";

const [protocols = "", keepMs = "0"] = process.argv.slice(2);
const gateway = await findGateway(4, "");
if (gateway === undefined) throw new Error("there is no gateway");

const mapper = new PortMapper({ internalPort: 7001, nonce: randomBytes(PCP_NONCE_BYTES), random: randomBytes });
const io = openPortMappingIo(gateway, {
  onDatagram: (data, from) => step((now) => mapper.handleDatagram(data, from, now)),
  onHttpResponse: (id, response) => step((now) => mapper.handleHttpResponse(id, response, now)),
});
let timer: NodeJS.Timeout | undefined;
step((now) => mapper.handleGateway(gateway, now));

function step(handle: (now: number) => void): void {
  handle(performance.now());
  for (let next = mapper.pollTransmit(); next !== undefined; next = mapper.pollTransmit()) {
    if (protocols.split(",").includes(protocolOf(next))) io.send(next);
  }
  for (let event = mapper.pollEvent(); event !== undefined; event = mapper.pollEvent()) {
    console.log(JSON.stringify(event));
    if (event.type === "mapped") setTimeout(() => step((now) => mapper.handleClose(now)), Number(keepMs));
    if (event.type === "closed") io.close();
  }
  clearTimeout(timer);
  const at = mapper.pollTimeout();
  if (at !== undefined)
    timer = setTimeout(() => step((now) => mapper.handleTimeout(now)), Math.max(0, at - performance.now()));
}

function protocolOf(transmit: PortMappingTransmit): PortMappingProtocol {
  if (transmit.kind === "http" || transmit.port === 1900) return "upnp";
  return transmit.data[0] === 2 ? "pcp" : "nat-pmp";
}
