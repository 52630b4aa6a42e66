// The WAN connection services of an Internet Gateway Device: where they are (its description), what is asked of them (SOAP actions of
// WANIPConnection 1 and 2, WANPPPConnection 1) and what they answer.
import { parseIp } from "../../protocol/address.ts";
import { type GatewayUrl, ownUrl } from "./ssdp.ts";
import { childText, escapeXml, localName, parseElements } from "./xml.ts";

/** Some devices list one per uplink. */
const MAX_SERVICES = 3;
const SERVICE_TYPE = /^urn:schemas-upnp-org:service:WAN(?:IP|PPP)Connection:[12]$/;
const PORT = /^[1-9][0-9]{0,4}$/;

export interface WanService {
  readonly type: string;
  readonly control: GatewayUrl;
}

export type SoapArguments = readonly (readonly [name: string, value: string])[];

/** Newest first; none if the document is not what it should be. */
export function parseDescription(text: string, location: GatewayUrl, gatewayIp: string): readonly WanService[] {
  const elements = parseElements(text) ?? [];
  const root = elements[0];
  // UDA 1.0 §2.1; gone in 1.1.
  const urlBase = root && childText(root, "URLBase");
  const base = urlBase === undefined || urlBase === "" ? location : ownUrl(urlBase, gatewayIp);
  if (base === undefined) return [];
  const services = elements
    .filter((element) => localName(element) === "service")
    .flatMap((element): readonly WanService[] => {
      const type = childText(element, "serviceType") ?? "";
      const url = childText(element, "controlURL") ?? "";
      const control = SERVICE_TYPE.test(type) && url !== "" ? ownUrl(url, gatewayIp, base) : undefined;
      return control === undefined ? [] : [{ type, control }];
    });
  const rank = ({ type }: WanService): number => Number(type.endsWith(":2")) * 2 + Number(type.includes("WANIP"));
  return services.toSorted((a, b) => rank(b) - rank(a)).slice(0, MAX_SERVICES);
}

export function supportsAnyPort({ type }: WanService): boolean {
  return type.endsWith("WANIPConnection:2");
}

export function soapRequest(service: WanService, action: string, args: SoapArguments) {
  const values = args.map(([name, value]) => `<${name}>${escapeXml(value)}</${name}>`).join("");
  const body =
    '<?xml version="1.0"?>\r\n' +
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">' +
    `<s:Body><u:${action} xmlns:u="${service.type}">${values}</u:${action}></s:Body></s:Envelope>\r\n`;
  return {
    method: "POST" as const,
    port: service.control.port,
    path: service.control.path,
    headers: { "content-type": 'text/xml; charset="utf-8"', soapaction: `"${service.type}#${action}"` },
    body,
  };
}

/** UDA §3.2.2: the error code of a fault; undefined if the body is none. */
export function parseFault(text: string): number | undefined {
  const error = parseElements(text)?.find((element) => localName(element) === "UPnPError");
  const code = error && childText(error, "errorCode");
  return code !== undefined && /^[0-9]{3}$/.test(code) ? Number(code) : undefined;
}

/** The answer's element, or undefined if the body is not the answer to that action. */
function responseOf(text: string, action: string) {
  return parseElements(text)?.find((element) => localName(element) === `${action}Response`);
}

export function isResponse(text: string, action: string): boolean {
  return responseOf(text, action) !== undefined;
}

/** Of GetExternalIPAddress: an IPv4 address that is one, or undefined. */
export function parseExternalIp(text: string): string | undefined {
  const response = responseOf(text, "GetExternalIPAddress");
  const ip = response && parseIp(childText(response, "NewExternalIPAddress") ?? "");
  return ip === undefined || ip === "0.0.0.0" || ip.includes(":") ? undefined : ip;
}

/** Of AddAnyPortMapping. */
export function parseReservedPort(text: string): number | undefined {
  const response = responseOf(text, "AddAnyPortMapping");
  const port = response && childText(response, "NewReservedPort");
  return port !== undefined && PORT.test(port) && Number(port) <= 65535 ? Number(port) : undefined;
}
