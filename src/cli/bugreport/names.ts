// Finds the names of nodes, relays, hosts and people in what was collected, so that the redactor knows them wherever they turn up.
import type { NameKind, Redactor } from "./redact.ts";
import { isMissing, type Part } from "./section.ts";

const FIELDS: Readonly<Record<string, NameKind>> = {
  ...{ node: "node", peer: "node", hostname: "node", offeredBy: "node" },
  ...{ relay: "relay", homeRelay: "relay" },
  ...{ dnsName: "host", coordinator: "host", coordinators: "host", url: "host", tcpAddresses: "host" },
  operator: "user",
};
/** What a field "name" names, by the part that it is in; others are names of nothing. */
const NAMES: Readonly<Record<string, NameKind>> = { status: "node", nodes: "node", netcheck: "relay", relays: "relay" };
const IN_MESSAGES: readonly (readonly [RegExp, NameKind])[] = [
  [/^relay (\S+): /, "relay"],
  [/^home relay: (\S+)$/, "relay"],
];

export function learnNames(redactor: Redactor, parts: readonly Part[], relayRole: boolean): void {
  for (const found of parts) {
    if (isMissing(found)) continue;
    const { title, content } = found;
    const kind = title.startsWith("why ") ? "node" : relayRole && title === "status" ? "relay" : NAMES[title];
    walk(content, (field, text) => learnField(redactor, field, text, kind));
    if (typeof content === "string") learnSearchDomains(redactor, content);
  }
}

function walk(value: unknown, visit: (field: string, text: string) => void, field = ""): void {
  if (typeof value === "string") visit(field, value);
  else if (Array.isArray(value)) for (const item of value as readonly unknown[]) walk(item, visit, field);
  else if (typeof value === "object" && value !== null) {
    for (const [key, inner] of Object.entries(value)) walk(inner, visit, key);
  }
}

function learnField(redactor: Redactor, field: string, text: string, nameKind: NameKind | undefined): void {
  if (field === "msg") {
    for (const [pattern, kind] of IN_MESSAGES) {
      const name = pattern.exec(text)?.[1];
      if (name !== undefined) redactor.learn(kind, name);
    }
    return;
  }
  const kind = field === "name" ? nameKind : FIELDS[field];
  if (kind === undefined) return;
  if (kind !== "host") redactor.learn(kind, text);
  else learnHost(redactor, text);
}

/** "https://vpn.example.org:443", "vpn.example.org:443", "laptop.mesh.example.". */
function learnHost(redactor: Redactor, text: string): void {
  const host = text
    .replace(/^\w+:\/\//, "")
    .replace(/:\d+$/, "")
    .replace(/\.$/, "");
  const [first = "", ...rest] = host.split(".");
  // The host by its first label: laptop.corp.example stays recognizable as the node it is.
  if (rest.length === 0) redactor.learn("host", first);
  else if (rest.length === 1) redactor.learn("host", host);
  else redactor.learn("domain", rest.join("."));
  if (rest.length > 1) redactor.learn("host", first);
}

/** Of resolv.conf(5) and resolvectl(1). */
function learnSearchDomains(redactor: Redactor, text: string): void {
  for (const [, domains = ""] of text.matchAll(/^\s*(?:search|domain|DNS Domain:)\s+(.+)$/gm)) {
    for (const domain of domains.split(/\s+/).map((each) => each.replace(/^~/, ""))) {
      if (domain.includes(".")) redactor.learn("domain", domain);
    }
  }
}
