// What /etc/resolv.conf says while meshd's names resolve, as text in and text out.
//
// The file keeps its previous content in comments, line by line, beside one mark for each daemon that needs the change: containers mount
// the file and network namespaces share it, so several daemons may, and whoever leaves last restores it, whoever came first. Below the
// comments stands what resolvers read: our server first, the previous ones after it (so that names of the world still resolve while ours
// is not there), and the mesh's domain in the search list.
import type { ProcessMark } from "./process-mark.ts";

/** Who needs the change. */
export interface Owner extends ProcessMark {
  /**
   * "STATE-RUN", both hexadecimal: the state directory, so that a restarted daemon drops the mark that it left when it was killed; and
   * this one run, so that the guard of the run before does not take the new mark.
   */
  readonly id: string;
  readonly domain: string;
}

export interface ManagedResolvConf {
  readonly owners: readonly Owner[];
  /** What the file was; undefined where there was none. */
  readonly previous: string | undefined;
}

const HEADER = "# Changed by meshd, so that names of the mesh resolve; undone when meshd stops.";
export const OWNER_MARK = "#meshd-owner ";
export const PREVIOUS_MARK = "#meshd-was ";
export const NO_NEWLINE_MARK = "#meshd-was-without-newline";
export const MISSING_MARK = "#meshd-was-missing";

/** resolv.h: MAXNS. */
const MAX_NAMESERVERS = 3;

/** Undefined for a file that carries no mark of ours. */
export function parseManaged(text: string): ManagedResolvConf | undefined {
  const lines = text.split("\n");
  const owners = lines.flatMap((line) => {
    const owner = line.startsWith(OWNER_MARK) ? parseOwner(line.slice(OWNER_MARK.length)) : undefined;
    return owner === undefined ? [] : [owner];
  });
  if (owners.length === 0) return undefined;
  if (lines.includes(MISSING_MARK)) return { owners, previous: undefined };
  const previous = lines
    .filter((line) => line.startsWith(PREVIOUS_MARK))
    .map((line) => `${line.slice(PREVIOUS_MARK.length)}\n`)
    .join("");
  return { owners, previous: lines.includes(NO_NEWLINE_MARK) ? previous.slice(0, -1) : previous };
}

function parseOwner(text: string): Owner | undefined {
  const [id, boot, pidNamespace, pid, domain] = text.split(" ");
  if (id === undefined || boot === undefined || pidNamespace === undefined || domain === undefined) return undefined;
  return { id, boot, pidNamespace, pid: Number(pid), domain };
}

/** The file's content while at least one owner is there. */
export function formatManaged({ owners, previous }: ManagedResolvConf, server: string): string {
  const kept = (previous ?? "").split("\n");
  if (kept.at(-1) === "") kept.pop();
  const withoutNewline = previous !== undefined && previous !== "" && !previous.endsWith("\n");
  return [
    HEADER,
    ...owners.map((o) => `${OWNER_MARK}${[o.id, o.boot, o.pidNamespace, String(o.pid), o.domain].join(" ")}`),
    ...(previous === undefined ? [MISSING_MARK] : []),
    ...(withoutNewline ? [NO_NEWLINE_MARK] : []),
    ...kept.map((line) => PREVIOUS_MARK + line),
    ...resolverLines(
      previous ?? "",
      server,
      owners.map((owner) => owner.domain),
    ),
    "",
  ].join("\n");
}

function resolverLines(previous: string, server: string, domains: readonly string[]): readonly string[] {
  const parsed = parseResolvConf(previous);
  // With "rotate" resolvers would ask the others about our names; without it they ask in order.
  const others = parsed.rotate ? [] : parsed.nameservers.filter((other) => other !== server);
  const search = [...new Set([...domains, ...parsed.search])];
  return [
    ...[server, ...others].slice(0, MAX_NAMESERVERS).map((address) => `nameserver ${address}`),
    `search ${search.join(" ")}`,
    ...parsed.rest,
  ];
}

export interface ResolvConf {
  readonly nameservers: readonly string[];
  readonly search: readonly string[];
  readonly rotate: boolean;
  /** "options" and "sortlist" lines, as they are. */
  readonly rest: readonly string[];
}

/** resolv.conf(5): the keyword starts its line; the last of `search` and `domain` wins. */
export function parseResolvConf(text: string): ResolvConf {
  const nameservers: string[] = [];
  const rest: string[] = [];
  let search: readonly string[] = [];
  for (const line of text.split("\n")) {
    const [keyword = "", ...values] = line.trimEnd().split(/\s+/);
    if (keyword === "nameserver") nameservers.push(...values.slice(0, 1));
    else if (keyword === "search" || keyword === "domain") search = values;
    else if (keyword === "options" || keyword === "sortlist") rest.push(line);
  }
  return { nameservers, search, rotate: rest.some((line) => /^options\b.*\brotate\b/.test(line)), rest };
}

/** Adds or renews an owner's mark; `alive` tells which other marks still count. */
export function withOwner(text: string | undefined, owner: Owner, alive: (owner: Owner) => boolean): ManagedResolvConf {
  const managed = text === undefined ? undefined : parseManaged(text);
  if (managed === undefined) return { owners: [owner], previous: text };
  const others = managed.owners.filter((other) => stateOf(other) !== stateOf(owner) && alive(other));
  return { owners: [...others, owner], previous: managed.previous };
}

function stateOf({ id }: Owner): string {
  return id.split("-", 1)[0] ?? id;
}

/** What remains when an owner leaves: its file unchanged, one owner less, or the previous content. */
export type Departure =
  | { readonly kind: "not-ours" }
  | { readonly kind: "others-remain"; readonly managed: ManagedResolvConf }
  | { readonly kind: "restore"; readonly previous: string | undefined };

export function withoutOwner(text: string, ownerId: string, alive: (owner: Owner) => boolean): Departure {
  const managed = parseManaged(text);
  if (!managed?.owners.some((owner) => owner.id === ownerId)) return { kind: "not-ours" };
  const owners = managed.owners.filter((owner) => owner.id !== ownerId && alive(owner));
  if (owners.length > 0) return { kind: "others-remain", managed: { owners, previous: managed.previous } };
  return { kind: "restore", previous: managed.previous };
}
