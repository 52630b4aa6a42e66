// Who is a member of the mesh. Members live in memory; every change is written first, one at a time, so that names and
// addresses are unique and a single-use key is consumed in the transaction that makes its node (TS-2025-007).
//
// join() decides, in this order: a member comes back (its auth key, if it shows one, is left alone); a removed or unknown node
// needs a key; a removed node that joins again keeps its addresses, and its name if it is still free. A node that asks for another
// name than the last time gets it; an administrator's word stays until then.
import { MeshdError } from "../protocol/errors.ts";
import type { AuthSecret, AuthStatus } from "../protocol/messages.ts";
import type { NodeKey } from "../protocol/node-key.ts";
import type { AuthKeys, Grant } from "./auth-keys.ts";
import { isDnsLabel, toDnsLabel, uniqueName } from "./hostname.ts";
import type { Ipam } from "./ipam.ts";
import { fromRow, type Member, toRow } from "./members.ts";
import type { Database, Write } from "./storage/schema.ts";

/** What a node that has proven its key says of itself. */
export interface JoinRequest {
  readonly nodeKey: NodeKey;
  readonly discoKey: Uint8Array;
  readonly discoSignature: Uint8Array;
  readonly auth?: AuthSecret;
  readonly hostname: string;
  readonly os: string;
  readonly software: string;
}

export type JoinResult =
  | { readonly kind: "joined"; readonly member: Member; readonly isNew: boolean }
  | { readonly kind: "refused"; readonly status: Refusal };

/** Why a node may not join. */
export type Refusal = Exclude<AuthStatus, "ok">;

type Admission =
  | { readonly kind: "joined"; readonly member: Member; readonly isNew: true; readonly replaces?: NodeKey }
  | { readonly kind: "refused"; readonly status: Refusal };

export interface RegistryDependencies {
  readonly db: Database;
  readonly authKeys: AuthKeys;
  readonly ipam: Ipam;
  readonly nowUnixMs: () => number;
}

/** Loads all nodes. */
export async function openRegistry(dependencies: RegistryDependencies): Promise<Registry> {
  const rows = await dependencies.db.selectFrom("nodes").selectAll().execute();
  const members = rows.map((row) => fromRow(row, dependencies.ipam)).filter((member) => member !== undefined);
  return new Registry(dependencies, members);
}

/** A removed node that returns has its addresses again; and its relay tickets, valid for a week, are revoked for as long as it is known. */
const KEEP_REMOVED_MS = 30 * 24 * 3_600_000;

export class Registry {
  readonly #db: Database;
  readonly #authKeys: AuthKeys;
  readonly #ipam: Ipam;
  readonly #nowUnixMs: () => number;
  /** Removed ones too. */
  readonly #nodes = new Map<NodeKey, Member>();
  readonly #byName = new Map<string, NodeKey>();
  #writes: Promise<unknown> = Promise.resolve();

  constructor({ db, authKeys, ipam, nowUnixMs }: RegistryDependencies, nodes: readonly Member[]) {
    this.#db = db;
    this.#authKeys = authKeys;
    this.#ipam = ipam;
    this.#nowUnixMs = nowUnixMs;
    for (const node of nodes) this.#remember(node);
  }

  /** Undefined for a node that is unknown or removed. */
  member(nodeKey: NodeKey): Member | undefined {
    const node = this.#nodes.get(nodeKey);
    return node?.removedMs === null ? node : undefined;
  }

  memberByName(name: string): Member | undefined {
    const nodeKey = this.#byName.get(name);
    return nodeKey === undefined ? undefined : this.member(nodeKey);
  }

  *members(): Generator<Member> {
    for (const node of this.#nodes.values()) if (node.removedMs === null) yield node;
  }

  /** Nodes that were removed since then and did not come back. */
  *removedSince(unixMs: number): Generator<NodeKey> {
    for (const node of this.#nodes.values())
      if (node.removedMs !== null && node.removedMs >= unixMs) yield node.nodeKey;
  }

  join(request: JoinRequest): Promise<JoinResult> {
    return this.#serially(async () => {
      const known = this.#nodes.get(request.nodeKey);
      if (known?.removedMs === null) return this.#comeBack(known, request);
      const { auth } = request;
      if (auth === undefined) return { kind: "refused", status: known === undefined ? "key-required" : "node-removed" };
      const result = await this.#db.transaction().execute((tx) => this.#admit(tx, request, auth, known));
      if (result.kind === "joined") this.#remember(result.member, result.replaces);
      return result;
    });
  }

  /** Errors: `MeshdError` "no-such-node". */
  remove(nodeKey: NodeKey): Promise<Member> {
    return this.#serially(async () => {
      const member = this.#require(nodeKey);
      const removed: Member = { ...member, removedMs: this.#nowUnixMs() };
      await this.#save(removed);
      await this.#forgetLongGone();
      return removed;
    });
  }

  /** Nodes that come once, under new keys each time, would add up for ever. */
  async #forgetLongGone(): Promise<void> {
    const before = this.#nowUnixMs() - KEEP_REMOVED_MS;
    const gone = [...this.#nodes.values()].filter(({ removedMs }) => removedMs !== null && removedMs < before);
    if (gone.length === 0) return;
    await this.#db.deleteFrom("nodes").where("removed_ms", "<", before).execute();
    for (const { nodeKey } of gone) this.#nodes.delete(nodeKey);
  }

  /** Errors: `MeshdError` "no-such-node", "bad-name", "name-taken". */
  rename(nodeKey: NodeKey, name: string): Promise<Member> {
    return this.#serially(async () => {
      const member = this.#require(nodeKey);
      if (!isDnsLabel(name)) {
        const message = `"${name}" cannot be a node's name; use lower-case letters, digits and hyphens, such as ${toDnsLabel(name)}`;
        throw new MeshdError("bad-name", 2, message);
      }
      const holder = this.#byName.get(name);
      if (holder !== undefined && holder !== nodeKey) {
        throw new MeshdError("name-taken", 1, `another node is named ${name}; rename or remove that one first`);
      }
      const renamed: Member = { ...member, hostname: name };
      await this.#save(renamed);
      return renamed;
    });
  }

  /** When a member was last heard of; written so that it survives a restart, but not for every frame (callers decide when). */
  saw(nodeKey: NodeKey): Promise<void> {
    return this.#serially(async () => {
      const member = this.member(nodeKey);
      if (member !== undefined) await this.#save({ ...member, lastSeenMs: this.#nowUnixMs() });
    });
  }

  async #comeBack(known: Member, request: JoinRequest): Promise<JoinResult> {
    const { discoKey, discoSignature, os, software } = request;
    const names = this.#namesFor(request, known);
    const member: Member = {
      ...known,
      ...names,
      discoKey,
      discoSignature,
      os,
      software,
      lastSeenMs: this.#nowUnixMs(),
    };
    await this.#save(member);
    return { kind: "joined", member, isNew: false };
  }

  async #admit(tx: Write, request: JoinRequest, auth: AuthSecret, known: Member | undefined): Promise<Admission> {
    // Addresses first: a mesh that is full must not cost the key.
    const place = known === undefined ? this.#placeForNew() : { index: known.addressIndex };
    if (place === undefined) return { kind: "refused", status: "full" };
    const consumption = await this.#authKeys.consume(tx, auth);
    if (consumption.kind === "refused") return consumption;
    const member = this.#describe(request, consumption.grant, place.index, known);
    const { replaces } = place;
    if (replaces !== undefined) await tx.deleteFrom("nodes").where("node_key", "=", replaces).execute();
    await tx.replaceInto("nodes").values(toRow(member)).execute();
    return { kind: "joined", member, isNew: true, ...(replaces === undefined ? {} : { replaces }) };
  }

  #placeForNew(): { readonly index: number; readonly replaces?: NodeKey } | undefined {
    const allocation = this.#ipam.allocate(this.#nodes.values(), this.#nowUnixMs());
    if (allocation.kind === "full") return undefined;
    if (allocation.kind === "fresh") return { index: allocation.index };
    for (const node of this.#nodes.values()) {
      if (node.addressIndex === allocation.index) return { index: allocation.index, replaces: node.nodeKey };
    }
    return { index: allocation.index };
  }

  #describe(request: JoinRequest, grant: Grant, addressIndex: number, known: Member | undefined): Member {
    const now = this.#nowUnixMs();
    return {
      nodeKey: request.nodeKey,
      discoKey: request.discoKey,
      discoSignature: request.discoSignature,
      ...this.#namesFor(request, known),
      addressIndex,
      ips: this.#ipam.addresses(addressIndex),
      tags: grant.tags,
      ephemeral: grant.ephemeral,
      os: request.os,
      software: request.software,
      createdMs: now,
      lastSeenMs: now,
      removedMs: null,
    };
  }

  /** The name of before, unless the node asks for another than it did then, or somebody else has it now. */
  #namesFor({ nodeKey, hostname }: JoinRequest, known: Member | undefined): Pick<Member, "hostname" | "wishedName"> {
    const wishedName = toDnsLabel(hostname);
    const isTaken = (name: string): boolean => (this.#byName.get(name) ?? nodeKey) !== nodeKey;
    const asBefore = known !== undefined && isWishOf(known, wishedName);
    const wish = asBefore && !isTaken(known.hostname) ? known.hostname : wishedName;
    return { hostname: uniqueName(wish, isTaken), wishedName };
  }

  async #save(node: Member): Promise<void> {
    const { node_key, ...changes } = toRow(node);
    await this.#db.updateTable("nodes").set(changes).where("node_key", "=", node_key).execute();
    this.#remember(node);
  }

  #remember(node: Member, replaces?: NodeKey): void {
    if (replaces !== undefined) this.#nodes.delete(replaces);
    const before = this.#nodes.get(node.nodeKey);
    if (before !== undefined && this.#byName.get(before.hostname) === node.nodeKey)
      this.#byName.delete(before.hostname);
    this.#nodes.set(node.nodeKey, node);
    if (node.removedMs === null) this.#byName.set(node.hostname, node.nodeKey);
  }

  #require(nodeKey: NodeKey): Member {
    const member = this.member(nodeKey);
    if (member === undefined) throw new MeshdError("no-such-node", 1, "the node is not a member of this mesh any more");
    return member;
  }

  #serially<T>(write: () => Promise<T>): Promise<T> {
    const result = this.#writes.then(write);
    this.#writes = result.catch(() => undefined);
    return result;
  }
}

/** Of before wishes were kept only the name tells: the wish itself, or with the number that made it unique. */
function isWishOf({ hostname, wishedName }: Member, wish: string): boolean {
  if (wishedName !== null) return wishedName === wish;
  return hostname === wish || (hostname.startsWith(`${wish}-`) && /^\d+$/.test(hostname.slice(wish.length + 1)));
}
