// "[HOST]:PORT" of --listen and --stun-listen: an optional host and a port. Without a host, every address of both families.
import { MeshdError } from "../protocol/errors.ts";
import { parseIp } from "../protocol/address.ts";

export interface ListenAddress {
  /** An IP address; undefined: all. */
  readonly host?: string;
  /** 0: any free one. */
  readonly port: number;
}

/** Errors: `MeshdError` "usage" that names the option. */
export function parseListenAddress(text: string, option: string): ListenAddress {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text) ?? [];
  const [whole, bracketed, bare = "", digits] = match;
  const port = Number(digits);
  if (whole === undefined || port > 65535) throw invalid(text, option);
  const host = bracketed ?? bare;
  if (host === "" || host === "*") return { port };
  const ip = parseIp(host);
  if (ip?.includes(":") !== (bracketed !== undefined)) throw invalid(text, option);
  return { host: ip, port };
}

/** The UDP sockets for it: one for each family unless a host says which. */
export function udpBindings({ host, port }: ListenAddress): readonly string[] {
  if (host === undefined) return [`0.0.0.0:${String(port)}`, `[::]:${String(port)}`];
  return [host.includes(":") ? `[${host}]:${String(port)}` : `${host}:${String(port)}`];
}

export function formatListenAddress({ host, port }: ListenAddress): string {
  return host === undefined ? `port ${String(port)}` : (udpBindings({ host, port })[0] ?? "");
}

function invalid(text: string, option: string): MeshdError {
  return new MeshdError(
    "usage",
    2,
    `${option} ${text} is not an address; write :443, 203.0.113.7:443 or [2001:db8::7]:443`,
  );
}
