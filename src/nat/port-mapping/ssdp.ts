// Finding the gateway's UPnP description: the search of SSDP (UPnP Device Architecture 1.1 §1.3) and its answers.
export const SSDP_PORT = 1900;

/** A version 2 device answers a search for version 1 as well (§1.3.3). */
const GATEWAY_DEVICE = "urn:schemas-upnp-org:device:InternetGatewayDevice:";
const MAX_ANSWER_BYTES = 2048;
const MAX_PATH_LENGTH = 256;

/** An HTTP resource of the gateway. */
export interface GatewayUrl {
  readonly port: number;
  /** With its query. */
  readonly path: string;
}

/** `host`: whom it is sent to. MX is the delay that many answers are spread over; we want one, from one hop away. */
export function encodeSearch(host: string): Uint8Array {
  const lines = [
    "M-SEARCH * HTTP/1.1",
    `HOST: ${host}:${String(SSDP_PORT)}`,
    'MAN: "ssdp:discover"',
    "MX: 1",
    `ST: ${GATEWAY_DEVICE}1`,
  ];
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
}

/** The location of the description; undefined for anything but an Internet gateway's own. */
export function decodeSearchAnswer(datagram: Uint8Array, gatewayIp: string): GatewayUrl | undefined {
  if (datagram.length > MAX_ANSWER_BYTES) return undefined;
  const [statusLine = "", ...lines] = Buffer.from(datagram).toString("latin1").split("\r\n");
  if (!/^HTTP\/1\.[01] 200(?: |$)/.test(statusLine)) return undefined;
  const header = (name: string): string | undefined => {
    const line = lines.find((each) => each.toLowerCase().startsWith(`${name}:`));
    return line?.slice(name.length + 1).trim();
  };
  const location = header("location");
  return header("st")?.startsWith(GATEWAY_DEVICE) && location !== undefined ? ownUrl(location, gatewayIp) : undefined;
}

/** An address that a gateway named, if it is its own: nobody can send us to others. Relative to `base`, if there is one. */
export function ownUrl(text: string, gatewayIp: string, base?: GatewayUrl): GatewayUrl | undefined {
  const baseUrl = base && `http://${gatewayIp}:${String(base.port)}${base.path}`;
  const url = URL.parse(text, baseUrl);
  if (url?.protocol !== "http:" || url.hostname !== gatewayIp || url.username !== "" || url.password !== "") {
    return undefined;
  }
  const path = url.pathname + url.search;
  return path.length > MAX_PATH_LENGTH ? undefined : { port: Number(url.port === "" ? 80 : url.port), path };
}
