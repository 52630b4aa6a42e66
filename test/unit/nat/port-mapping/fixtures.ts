// A router in memory for the port-mapping machines: it records what it is asked and says what the test wants said.
import type {
  DatagramSource,
  Gateway,
  PortMapperEvent,
  PortMappingTransmit,
} from "../../../../src/nat/port-mapping/types.ts";
import { PortMapper } from "../../../../src/nat/port-mapping/index.ts";

export const GATEWAY: Gateway = { family: 4, ip: "192.168.1.1", interfaceName: "eth0", localIp: "192.168.1.10" };
export const NONCE = Uint8Array.from({ length: 12 }, (_, i) => i + 1);
export const PORT = 41641;
export const FROM_SERVER: DatagramSource = { ip: GATEWAY.ip, port: 5351 };
export const FROM_SSDP: DatagramSource = { ip: GATEWAY.ip, port: 1900 };

export interface PcpAnswer {
  readonly result?: number;
  readonly lifetime?: number;
  readonly epoch?: number;
  readonly externalIp?: readonly number[];
  readonly externalPort?: number;
}

/** What a PCP server answers to a request (RFC 6887 §7.2, §11.1). */
export function pcpAnswer(request: Uint8Array, answer: PcpAnswer = {}): Uint8Array {
  const { result = 0, lifetime = 7200, epoch = 1000, externalIp = [203, 0, 113, 7], externalPort = PORT } = answer;
  const bytes = Buffer.from(request);
  bytes[1] = (bytes[1] ?? 0) | 0x80;
  bytes[3] = result;
  bytes.writeUInt32BE(lifetime, 4);
  bytes.writeUInt32BE(epoch, 8);
  bytes.fill(0, 12, 24);
  bytes.writeUInt16BE(externalPort, 42);
  bytes.set([...new Uint8Array(10), 0xff, 0xff, ...externalIp], 44);
  return bytes;
}

/** ANNOUNCE (RFC 6887 §14.1). */
export function pcpAnnouncement(epoch: number): Uint8Array {
  const bytes = Buffer.alloc(24);
  bytes.set([2, 0x80]);
  bytes.writeUInt32BE(epoch, 8);
  return bytes;
}

export function natPmpAddress(epoch: number, ip: readonly number[] = [203, 0, 113, 7], result = 0): Uint8Array {
  const bytes = Buffer.alloc(12);
  bytes[1] = 0x80;
  bytes.writeUInt16BE(result, 2);
  bytes.writeUInt32BE(epoch, 4);
  bytes.set(ip, 8);
  return bytes;
}

export function natPmpMapping(epoch: number, externalPort: number, lifetime = 7200, result = 0): Uint8Array {
  const bytes = Buffer.alloc(16);
  bytes[1] = 0x81;
  bytes.writeUInt16BE(result, 2);
  bytes.writeUInt32BE(epoch, 4);
  bytes.writeUInt16BE(PORT, 8);
  bytes.writeUInt16BE(externalPort, 10);
  bytes.writeUInt32BE(lifetime, 12);
  return bytes;
}

export function ssdpAnswer(
  location = "http://192.168.1.1:5000/rootDesc.xml",
  type = "InternetGatewayDevice:1",
): Uint8Array {
  const lines = ["HTTP/1.1 200 OK", `ST: urn:schemas-upnp-org:device:${type}`, "EXT:", `LOCATION: ${location}`];
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`);
}

export function description(services: readonly (readonly [type: string, controlUrl: string])[], urlBase = ""): string {
  const list = services
    .map(([type, url]) => `<service><serviceType>${type}</serviceType><controlURL>${url}</controlURL></service>`)
    .join("");
  return (
    '<?xml version="1.0"?><root xmlns="urn:schemas-upnp-org:device-1-0">' +
    (urlBase === "" ? "" : `<URLBase>${urlBase}</URLBase>`) +
    "<device><deviceList><device><deviceList><device>" +
    `<serviceList>${list}</serviceList></device></deviceList></device></deviceList></device></root>`
  );
}

export function soapAnswer(action: string, values = ""): string {
  return (
    '<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>' +
    `<u:${action}Response xmlns:u="urn:x">${values}</u:${action}Response></s:Body></s:Envelope>`
  );
}

export function soapFault(code: number): string {
  return (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode>s:Client</faultcode>' +
    `<detail><UPnPError xmlns="urn:schemas-upnp-org:control-1-0"><errorCode>${code}</errorCode></UPnPError></detail>` +
    "</s:Fault></s:Body></s:Envelope>"
  );
}

export type Sent = PortMappingTransmit & { readonly at: number };

export function isPcp(transmit: PortMappingTransmit): boolean {
  return transmit.kind === "datagram" && transmit.port === 5351 && transmit.data[0] === 2;
}

export function isNatPmp(transmit: PortMappingTransmit, opcode: number): boolean {
  const { kind } = transmit;
  return kind === "datagram" && transmit.port === 5351 && transmit.data[0] === 0 && transmit.data[1] === opcode;
}

/** A mapper with a clock; `answer` is called with all that is sent. */
export function mapperWorld(answer: (sent: Sent, world: MapperWorld) => void = () => undefined) {
  const mapper = new PortMapper({
    internalPort: PORT,
    nonce: NONCE,
    random: (length) => new Uint8Array(length).fill(7),
  });
  const sent: Sent[] = [];
  const events: PortMapperEvent[] = [];
  const world = {
    mapper,
    sent,
    events,
    now: 0,
    answer,
    drain(): void {
      for (let next = mapper.pollTransmit(); next !== undefined; next = mapper.pollTransmit()) {
        const each = { ...next, at: world.now };
        sent.push(each);
        world.answer(each, world);
      }
      for (let event = mapper.pollEvent(); event !== undefined; event = mapper.pollEvent()) events.push(event);
    },
    hear(datagram: Uint8Array, from: DatagramSource = FROM_SERVER): void {
      mapper.handleDatagram(datagram, from, world.now);
      world.drain();
    },
    start(): void {
      mapper.handleGateway(GATEWAY, world.now);
      world.drain();
    },
    /** Runs timers until `until`. */
    run(until: number): void {
      world.drain();
      for (let next = mapper.pollTimeout(); next !== undefined && next <= until; next = mapper.pollTimeout()) {
        world.now = Math.max(world.now, next);
        mapper.handleTimeout(world.now);
        world.drain();
      }
      world.now = until;
    },
  };
  return world;
}

export type MapperWorld = ReturnType<typeof mapperWorld>;
