// Relays that members offer, on disk: those in the netmap, with their names and where they were reached, so that a restart of the
// coordinator takes none of them from the nodes that use it; and the nodes of which the operator takes none. Changes are written one at a
// time, in the order they came in.
import { parseSocketAddress, type SocketAddress } from "../protocol/address.ts";
import { type NodeKey, parseNodeKey } from "../protocol/node-key.ts";
import { parseTags as parseTexts } from "./auth-keys.ts";
import type { Database, OfferedRelayRow } from "./storage/schema.ts";

export interface OfferedRelay {
  readonly nodeKey: NodeKey;
  readonly name: string;
  readonly udpAddresses: readonly SocketAddress[];
}

export async function openOfferedRelays(db: Database): Promise<OfferedRelays> {
  const rows = await db.selectFrom("offered_relays").selectAll().execute();
  const refused = await db.selectFrom("refused_relays").selectAll().execute();
  return new OfferedRelays(
    db,
    rows.flatMap((row) => fromRow(row) ?? []),
    refused.flatMap(({ node_key, name }) => {
      const nodeKey = parseNodeKey(node_key);
      return nodeKey === undefined ? [] : [[nodeKey, name] as const];
    }),
  );
}

export class OfferedRelays {
  readonly #db: Database;
  readonly #kept: Map<NodeKey, OfferedRelay>;
  readonly #refused: Map<NodeKey, string>;
  #writes: Promise<unknown> = Promise.resolve();

  constructor(db: Database, kept: readonly OfferedRelay[], refused: readonly (readonly [NodeKey, string])[]) {
    this.#db = db;
    this.#refused = new Map(refused);
    this.#kept = new Map(kept.map((relay) => [relay.nodeKey, relay]));
  }

  kept(): readonly OfferedRelay[] {
    return [...this.#kept.values()];
  }

  keep(relay: OfferedRelay): Promise<void> {
    return this.#serially(async () => {
      const { node_key, ...changes } = toRow(relay);
      const kept = this.#kept.get(relay.nodeKey);
      if (kept?.name === changes.name && toRow(kept).udp_addresses === changes.udp_addresses) return;
      await this.#db
        .insertInto("offered_relays")
        .values({ node_key, ...changes })
        .onConflict((conflict) => conflict.column("node_key").doUpdateSet(changes))
        .execute();
      this.#kept.set(relay.nodeKey, relay);
    });
  }

  drop(nodeKey: NodeKey): Promise<void> {
    return this.#serially(async () => {
      if (!this.#kept.has(nodeKey)) return;
      await this.#db.deleteFrom("offered_relays").where("node_key", "=", nodeKey).execute();
      this.#kept.delete(nodeKey);
    });
  }

  /** By node, the name that its relay had. */
  refused(): ReadonlyMap<NodeKey, string> {
    return this.#refused;
  }

  refuse(nodeKey: NodeKey, name: string): Promise<void> {
    return this.#serially(async () => {
      await this.#db
        .insertInto("refused_relays")
        .values({ node_key: nodeKey, name })
        .onConflict((conflict) => conflict.column("node_key").doUpdateSet({ name }))
        .execute();
      this.#refused.set(nodeKey, name);
    });
  }

  /** Takes back that it was refused. */
  allow(nodeKey: NodeKey): Promise<void> {
    return this.#serially(async () => {
      if (!this.#refused.has(nodeKey)) return;
      await this.#db.deleteFrom("refused_relays").where("node_key", "=", nodeKey).execute();
      this.#refused.delete(nodeKey);
    });
  }

  #serially(write: () => Promise<void>): Promise<void> {
    const result = this.#writes.then(write);
    this.#writes = result.catch(() => undefined);
    return result;
  }
}

function toRow({ nodeKey, name, udpAddresses }: OfferedRelay): OfferedRelayRow {
  return { node_key: nodeKey, name, udp_addresses: JSON.stringify(udpAddresses) };
}

/** Undefined for a row that cannot come from this program. */
function fromRow(row: OfferedRelayRow): OfferedRelay | undefined {
  const nodeKey = parseNodeKey(row.node_key);
  const udpAddresses = parseTexts(row.udp_addresses).flatMap((text) => parseSocketAddress(text) ?? []);
  if (nodeKey === undefined || udpAddresses.length === 0) return undefined;
  return { nodeKey, name: row.name, udpAddresses };
}
