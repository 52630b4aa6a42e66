// Split DNS through systemd-resolved: it asks our server about the mesh's names only. What is set belongs to the TUN device and goes with
// it, so nothing has to be restored.
import { existsSync, readFileSync } from "node:fs";
import { toPrefix } from "../protocol/prefix.ts";
import { run } from "../host/run.ts";

/** More reverse zones than this are not worth it: then the names of addresses are asked for elsewhere. */
const MAX_REVERSE_ZONES = 64;

/** Whether the host's names go through systemd-resolved: it runs, and resolv.conf names its stub. */
export function resolvedIsInUse(resolvConfPath: string): boolean {
  if (!existsSync("/run/systemd/resolve/io.systemd.Resolve")) return false;
  try {
    return /^nameserver\s+127\.0\.0\.5[34]\b/m.test(readFileSync(resolvConfPath, "utf8"));
  } catch {
    return false;
  }
}

export interface SplitDns {
  readonly device: string;
  /** Our server: an address of the device, for resolved sends through it. */
  readonly server: string;
  readonly domain: string;
  readonly prefixes: readonly string[];
}

/** Undefined on success, else why not (resolved may belong to another network namespace, which does not know the device). */
export async function configureResolved({ device, server, domain, prefixes }: SplitDns): Promise<string | undefined> {
  const zones = prefixes.flatMap(reverseZones).map((zone) => `~${zone}`);
  const commands: readonly (readonly string[])[] = [
    ["dns", device, server],
    ["domain", device, domain, ...zones],
    ["default-route", device, "false"],
  ];
  for (const command of commands) {
    const { ok, problem } = await run("resolvectl", command);
    if (!ok) return problem;
  }
  return undefined;
}

/** "100.64.0.0/10" is 64 zones of one octet more; "fd7a::/48" is one. Empty where there would be too many. */
export function reverseZones(cidr: string): readonly string[] {
  const prefix = toPrefix(cidr);
  if (prefix === undefined) return [];
  const bitsPerLabel = prefix.bytes.length === 4 ? 8 : 4;
  const labels = Math.ceil(prefix.length / bitsPerLabel);
  const count = 2 ** (labels * bitsPerLabel - prefix.length);
  if (labels === 0 || count > MAX_REVERSE_ZONES) return [];
  return Array.from({ length: count }, (_, index) => {
    const all = labelsOf(prefix.bytes).slice(0, labels);
    all[labels - 1] = (all[labels - 1] ?? 0) + index;
    const text = all.reverse().map((label) => label.toString(bitsPerLabel === 8 ? 10 : 16));
    return `${text.join(".")}.${bitsPerLabel === 8 ? "in-addr" : "ip6"}.arpa`;
  });
}

function labelsOf(bytes: Uint8Array): number[] {
  return bytes.length === 4 ? [...bytes] : [...bytes].flatMap((byte) => [byte >> 4, byte & 15]);
}
