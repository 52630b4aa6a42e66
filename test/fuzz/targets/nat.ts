// What STUN servers and routers answer.
import assert from "node:assert/strict";
import { decodeBindingResponse, encodeBindingRequest } from "../../../src/nat/stun.ts";
import {
  isResponse,
  parseDescription,
  parseExternalIp,
  parseFault,
  parseReservedPort,
  soapRequest,
} from "../../../src/nat/port-mapping/igd.ts";
import {
  decodeNatPmpResponse,
  encodeAddressRequest,
  encodeUdpMapRequest,
} from "../../../src/nat/port-mapping/nat-pmp-codec.ts";
import { decodePcpResponse, encodeMapRequest } from "../../../src/nat/port-mapping/pcp-codec.ts";
import { decodeSearchAnswer, encodeSearch } from "../../../src/nat/port-mapping/ssdp.ts";
import { MAX_XML_BYTES, parseElements } from "../../../src/nat/port-mapping/xml.ts";
import { parseIp, parseSocketAddress } from "../../../src/protocol/address.ts";
import { fromHex, fromText, utf8 } from "../input.ts";
import type { Target } from "../target.ts";

const GATEWAY = "192.168.1.1";
const TRANSACTION = "070707070707070707070707";

export const stunAnswer: Target = {
  name: "stun-answer",
  maxBytes: 600,
  seeds: () => [
    // XOR-MAPPED-ADDRESS of both families, MAPPED-ADDRESS, an error with its code, attributes that nobody knows (RFC 8489 §14).
    ...fromHex(
      `0101000c2112a442${TRANSACTION}002000080001a147e112a643`,
      `010100182112a442${TRANSACTION}002000140002a1470113a9fa070707070707070707070708`,
      `0101000c2112a442${TRANSACTION}000100080001bfffc0000201`,
      `0101001c2112a442${TRANSACTION}8022000a6120736572766572210000002000080001a147e112a643`,
      `011100102112a442${TRANSACTION}0009000c00000414556e6b6e6f776e21`,
    ),
    encodeBindingRequest(new Uint8Array(12).fill(7)),
  ],
  run(input) {
    const answer = decodeBindingResponse(input);
    if (answer === undefined) return;
    assert.equal(answer.transactionId.length, 12);
    const address = answer.mapped;
    assert.equal(parseSocketAddress(address), address, "an address as this project writes it");
  },
};

export const natPmpAnswer: Target = {
  name: "nat-pmp-answer",
  maxBytes: 64,
  seeds: () => [
    ...fromHex("008000000000000acb007107", "008100000000000aa2bfa2bf00001c20", "008000030000000a", "0081000000000001"),
    encodeAddressRequest(),
    encodeUdpMapRequest(41641, 41641, 7200),
  ],
  run(input) {
    const answer = decodeNatPmpResponse(input);
    if (answer?.kind === "address") assert.equal(parseIp(answer.externalIp), answer.externalIp);
  },
};

const pcpHead = "028100000000038400000010000000000000000000000000";
export const pcpAnswer: Target = {
  name: "pcp-answer",
  maxBytes: 1200,
  seeds: () => [
    ...fromHex(
      `${pcpHead}0102030405060708090a0b0c11000000a2bfa2bf00000000000000000000ffffcb007107`,
      "028000000000000000000010000000000000000000000000",
      "028100010000000000000010000000000000000000000000",
      "0000000100000000",
    ),
    encodeMapRequest({
      clientIp: "192.168.1.10",
      nonce: new Uint8Array(12),
      internalPort: 1,
      suggestedPort: 0,
      suggestedIp: undefined,
      lifetimeSeconds: 7200,
    }),
  ],
  run(input) {
    const answer = decodePcpResponse(input);
    if (answer?.kind !== "map") return;
    assert.equal(answer.nonce.length, 12);
    assert.equal(parseIp(answer.externalIp), answer.externalIp);
  },
};

const gateway = "urn:schemas-upnp-org:device:InternetGatewayDevice:1";
export const ssdpAnswer: Target = {
  name: "ssdp-answer",
  maxBytes: 2100,
  seeds: () => [
    ...fromText(
      `HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=120\r\nST: ${gateway}\r\nLOCATION: http://${GATEWAY}:5000/root.xml\r\n\r\n`,
      `HTTP/1.0 200 OK\r\nst:${gateway}\r\nlocation:http://${GATEWAY}/a?b=c\r\n\r\n`,
      `HTTP/1.1 200 OK\r\nST: ${gateway}\r\nLOCATION: http://user@10.0.0.1:80/\r\n\r\n`,
    ),
    encodeSearch(GATEWAY),
  ],
  run(input) {
    const url = decodeSearchAnswer(input, GATEWAY);
    if (url === undefined) return;
    assert.ok(
      url.path.startsWith("/") && url.path.length <= 256 && !/[\r\n ]/.test(url.path),
      "a path for a request line",
    );
    assert.ok(Number.isInteger(url.port) && url.port >= 0 && url.port <= 65535);
  },
};

const service = (type: string, control: string): string =>
  `<service><serviceType>urn:schemas-upnp-org:service:${type}</serviceType><controlURL>${control}</controlURL></service>`;
const devices = (inner: string): string => `<deviceList><device>${inner}</device></deviceList>`;
const envelope = (body: string): string =>
  `<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>${body}</s:Body></s:Envelope>`;

export const upnpDescription: Target = {
  name: "upnp-description",
  maxBytes: 8000,
  seeds: () =>
    fromText(
      `<?xml version="1.0"?><root xmlns="urn:schemas-upnp-org:device-1-0"><URLBase>http://${GATEWAY}:49152/</URLBase><device>${devices(
        devices(
          `<serviceList>${service("WANIPConnection:1", "/ctl/IPConn")}${service("WANIPConnection:2", "ctl?x=1")}</serviceList>`,
        ),
      )}</device></root>`,
      `<root><device><serviceList>${service("WANPPPConnection:1", `http://${GATEWAY}/p`)}</serviceList></device></root>`,
      "<a><![CDATA[<b>]]>&amp;&#65;<!-- c --><b x='1'/></a>",
    ),
  run(input) {
    const text = utf8(input);
    const elements = parseElements(text);
    assert.ok(
      elements === undefined || elements.length <= MAX_XML_BYTES / 4,
      "no more elements than the text has room for",
    );
    const services = parseDescription(text, { port: 5000, path: "/root.xml" }, GATEWAY);
    for (const found of services) {
      const { path, headers, body } = soapRequest(found, "AddPortMapping", [["NewProtocol", "UDP"]]);
      assert.ok(!/[\r\n ]/.test(path) && !/[\r\n]/.test(headers.soapaction), "nothing slips into the request's head");
      assert.ok(parseElements(body) !== undefined, "what we ask is XML again");
    }
  },
};

export const upnpAnswer: Target = {
  name: "upnp-answer",
  maxBytes: 4000,
  seeds: () =>
    fromText(
      envelope(
        '<u:GetExternalIPAddressResponse xmlns:u="urn:x"><NewExternalIPAddress>203.0.113.7</NewExternalIPAddress></u:GetExternalIPAddressResponse>',
      ),
      envelope(
        '<u:AddAnyPortMappingResponse xmlns:u="urn:x"><NewReservedPort>41641</NewReservedPort></u:AddAnyPortMappingResponse>',
      ),
      envelope(
        "<s:Fault><faultcode>s:Client</faultcode><detail><UPnPError><errorCode>725</errorCode></UPnPError></detail></s:Fault>",
      ),
    ),
  run(input) {
    const text = utf8(input);
    const ip = parseExternalIp(text);
    if (ip !== undefined) assert.equal(parseIp(ip), ip);
    const port = parseReservedPort(text);
    if (port !== undefined) assert.ok(port >= 0 && port <= 65535);
    const code = parseFault(text);
    if (code !== undefined) assert.ok(code >= 0 && code <= 999);
    isResponse(text, "AddPortMapping");
  },
};
