// The names of the mesh: which questions are ours, and the answers. Pure: a query's bytes in, a response's bytes out, or "forward".
import packet from "dns-packet";
import { contains, toPrefix } from "../protocol/prefix.ts";
import { parseIp } from "../protocol/address.ts";

export interface ZoneRecord {
  /** A DNS label. */
  readonly name: string;
  readonly ips: readonly string[];
}

export interface ZoneData {
  /** "mesh": one or more labels, no dot at the end. */
  readonly domain: string;
  /** The mesh's prefixes: reverse names in them are ours. */
  readonly prefixes: readonly string[];
  readonly records: readonly ZoneRecord[];
}

export interface Zone {
  /** Undefined: not a query that can be answered or forwarded; drop it. */
  answer(query: Uint8Array): ZoneAnswer | undefined;
}

export type ZoneAnswer = { readonly kind: "answer"; readonly response: Uint8Array } | { readonly kind: "forward" };

/** Addresses are stable, names may be given to another node: short enough not to be noticed. */
const TTL_S = 10;
const NXDOMAIN = 3;
const SERVFAIL = 2;
const MAX_LABEL_BYTES = 63;
const TYPE_AND_CLASS_BYTES = 4;

export function createZone({ domain, prefixes, records }: ZoneData): Zone {
  const suffix = `.${domain.toLowerCase()}`;
  const byName = new Map(records.map(({ name, ips }) => [name.toLowerCase(), ips]));
  const byIp = new Map(records.flatMap(({ name, ips }) => ips.map((ip) => [ip, `${name}${suffix}`] as const)));
  const ours = prefixes.map(toPrefix).filter((prefix) => prefix !== undefined);

  /** Undefined: somebody else's name. */
  const resolve = (name: string, type: string): Resolution | undefined => {
    const reverse = reverseIp(name);
    if (reverse !== undefined) {
      const prefix = toPrefix(reverse);
      if (prefix === undefined || !ours.some((mesh) => contains(mesh, prefix))) return undefined;
      const target = byIp.get(reverse);
      if (target === undefined) return "no-such-name";
      return type === "PTR" || type === "ANY" ? [{ type: "PTR", data: target }] : [];
    }
    if (name === suffix.slice(1)) return [];
    // A bare name is ours only if a node has it: the host's own search list may know others.
    const bare = name.endsWith(suffix) ? name.slice(0, -suffix.length) : name;
    const ips = byName.get(bare);
    if (ips === undefined) return name.endsWith(suffix) ? "no-such-name" : undefined;
    return ips
      .map((ip) => ({ type: ip.includes(":") ? "AAAA" : "A", data: ip }))
      .filter((record) => type === record.type || type === "ANY");
  };

  return {
    answer(bytes) {
      const query = decodeQuery(bytes);
      if (query === undefined) return undefined;
      const { question } = query;
      if (question.class !== "IN") return { kind: "forward" };
      const resolution = resolve(question.name.toLowerCase().replace(/\.$/, ""), question.type);
      return resolution === undefined
        ? { kind: "forward" }
        : { kind: "answer", response: encodeResponse(query, resolution, domain) };
    },
  };
}

type Resolution = "no-such-name" | readonly { readonly type: string; readonly data: string }[];

/** RFC 1035 §4.1.1. */
const HEADER_BYTES = 12;
/** EDNS (RFC 6891 §6.1.1) and one signature (RFC 8945 §5.1). */
const MAX_ADDITIONAL = 2;

interface Query {
  readonly id: number | undefined;
  readonly flags: number;
  readonly question: packet.Question;
  /** As asked: any bytes may stand in a label (RFC 2181 §11), and what the library makes of them is another name. */
  readonly questionBytes: Uint8Array;
}

/** One question, as every resolver asks; anything else is dropped. */
function decodeQuery(bytes: Uint8Array): Query | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const counts = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  // Before the library reads records that no query has: it would believe any number of them.
  const [questions, answers, authorities, additional] = [4, 6, 8, 10].map((at) => counts.getUint16(at));
  if (questions !== 1 || answers !== 0 || authorities !== 0 || (additional ?? 0) > MAX_ADDITIONAL) return undefined;
  const questionBytes = questionOf(bytes);
  if (questionBytes === undefined) return undefined;
  try {
    const { id, flags = 0, type, opcode, questions: [question] = [] } = packet.decode(bytes);
    const wellFormed = type === "query" && opcode === "QUERY" && question !== undefined;
    return wellFormed ? { id, flags, question, questionBytes } : undefined;
  } catch {
    return undefined;
  }
}

/** Name, type and class. Nothing precedes it that its name could point to (RFC 1035 §4.1.4). */
function questionOf(bytes: Uint8Array): Uint8Array | undefined {
  let at = HEADER_BYTES;
  for (let length = bytes[at]; length !== 0; length = bytes[at]) {
    if (length === undefined || length > MAX_LABEL_BYTES) return undefined;
    at += 1 + length;
  }
  const end = at + 1 + TYPE_AND_CLASS_BYTES;
  return end <= bytes.length ? bytes.slice(HEADER_BYTES, end) : undefined;
}

function encodeResponse({ question, ...query }: Query, resolution: Resolution, domain: string): Uint8Array {
  const answers = resolution === "no-such-name" ? [] : resolution;
  const flags = packet.AUTHORITATIVE_ANSWER | (resolution === "no-such-name" ? NXDOMAIN : 0);
  return respond(query, flags, {
    answers: answers.map(({ type, data }) => ({ name: question.name, type, class: "IN", ttl: TTL_S, data })),
    // RFC 2308 §3: the SOA says how long a negative answer may be kept.
    authorities: answers.length > 0 ? [] : [soa(domain)],
  });
}

/** SERVFAIL for a query whose answer did not come. Undefined for what is no query. */
export function serverFailure(bytes: Uint8Array): Uint8Array | undefined {
  const query = decodeQuery(bytes);
  return query && respond(query, SERVFAIL, {});
}

/** The library writes the records, without compression; the question goes between header and records as it was asked. */
function respond(
  { id, flags, questionBytes }: Omit<Query, "question">,
  ownFlags: number,
  records: Pick<packet.Packet, "answers" | "authorities">,
): Uint8Array {
  const encoded = packet.encode({
    ...(id === undefined ? {} : { id }),
    type: "response",
    flags: packet.RECURSION_AVAILABLE | (flags & packet.RECURSION_DESIRED) | ownFlags,
    ...records,
  });
  const response = Buffer.concat([encoded.subarray(0, HEADER_BYTES), questionBytes, encoded.subarray(HEADER_BYTES)]);
  response.writeUInt16BE(1, 4);
  return response;
}

function soa(domain: string): packet.Answer {
  const data = {
    mname: domain,
    rname: `hostmaster.${domain}`,
    serial: 1,
    refresh: 3600,
    retry: 600,
    expire: 86400,
    minimum: TTL_S,
  };
  return { name: domain, type: "SOA", class: "IN", ttl: TTL_S, data };
}

/** The canonical address of "1.0.64.100.in-addr.arpa" (RFC 1035 §3.5) or of an ip6.arpa name (RFC 3596 §2.5). */
export function reverseIp(name: string): string | undefined {
  if (name.endsWith(".in-addr.arpa")) {
    const octets = name.slice(0, -".in-addr.arpa".length).split(".");
    return octets.length === 4 ? parseIp(octets.reverse().join(".")) : undefined;
  }
  if (name.endsWith(".ip6.arpa")) {
    const nibbles = name.slice(0, -".ip6.arpa".length).split(".");
    if (nibbles.length !== 32 || nibbles.some((nibble) => !/^[0-9a-f]$/.test(nibble))) return undefined;
    const digits = nibbles.reverse().join("");
    return parseIp((digits.match(/.{4}/g) ?? []).join(":"));
  }
  return undefined;
}
