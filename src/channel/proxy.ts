// Which HTTP proxy, if any, the environment wants for a connection: HTTPS_PROXY or https_proxy, except for what NO_PROXY or no_proxy
// names, as curl and others read them. Pure.
import type { HostPort } from "../protocol/address.ts";
import { Secret } from "../protocol/secret.ts";

export interface HttpProxy {
  readonly at: HostPort;
  /** "https:": the connection to the proxy itself is TLS. */
  readonly isTls: boolean;
  /** Value of Proxy-Authorization (RFC 7617). */
  readonly authorization?: Secret;
}

export type ProxyChoice =
  | { readonly kind: "none" }
  | { readonly kind: "proxy"; readonly proxy: HttpProxy }
  /** The variable does not hold a proxy's URL; its text may hold a password and is not repeated. */
  | { readonly kind: "malformed"; readonly variable: string };

type Environment = Readonly<Record<string, string | undefined>>;

export function chooseProxy(target: HostPort, environment: Environment): ProxyChoice {
  const variable = ["HTTPS_PROXY", "https_proxy"].find((name) => (environment[name] ?? "") !== "");
  if (variable === undefined || isLoopback(target.host)) return { kind: "none" };
  if (isExempt(target, environment.NO_PROXY ?? environment.no_proxy ?? "")) return { kind: "none" };
  const text = environment[variable] ?? "";
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`);
  if (url === null || !["http:", "https:"].includes(url.protocol) || url.hostname === "") {
    return { kind: "malformed", variable };
  }
  const isTls = url.protocol === "https:";
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = url.port === "" ? (isTls ? 443 : 80) : Number(url.port);
  return { kind: "proxy", proxy: { at: { host, port }, isTls, ...authorizationOf(url) } };
}

function authorizationOf({ username, password }: URL): { readonly authorization?: Secret } {
  if (username === "" && password === "") return {};
  const credentials = `${decoded(username)}:${decoded(password)}`;
  return { authorization: new Secret(Buffer.from(`Basic ${Buffer.from(credentials).toString("base64")}`)) };
}

/** A percent sign that begins no escape stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** "host", ".domain", "*.domain", "host:port", or "*"; a name covers those below it. */
function isExempt({ host, port }: HostPort, list: string): boolean {
  return list.split(/[\s,]+/).some((entry) => {
    if (entry === "*") return true;
    const match = /^(?:\[([^\]]+)\]|([^:]+|[^:]*(?::[^:]*){2,}))(?::(\d+))?$/.exec(entry.toLowerCase());
    const name = (match?.[1] ?? match?.[2] ?? "").replace(/^\*?\./, "");
    if (name === "" || (match?.[3] !== undefined && Number(match[3]) !== port)) return false;
    return host === name || host.endsWith(`.${name}`);
  });
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);
}
