// Every schema that was ever released, as steps from one version to the next. A step is never edited after its release; a new
// one is appended. All pending steps run in one transaction, so that a state is either of the old version or of the new.
import { sql, type Kysely } from "kysely";

export interface Migration {
  readonly version: number;
  // A step sees tables that the present Schema may no longer describe.
  readonly up: (db: Kysely<unknown>) => Promise<void>;
}

export const MIGRATIONS: readonly Migration[] = [
  { version: 1, up: createTables },
  { version: 2, up: rememberWishedNames },
  { version: 3, up: createRelays },
  { version: 4, up: createOfferedRelays },
  { version: 5, up: createRefusedRelays },
];

async function createTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("mesh")
    .addColumn("id", "integer", (column) =>
      column
        .primaryKey()
        .check(sql`id = 1`)
        .defaultTo(1),
    )
    .addColumn("root_seed", "blob", (column) => column.notNull())
    .addColumn("relay_seed", "blob", (column) => column.notNull())
    .addColumn("ipv4_prefix", "text", (column) => column.notNull())
    .addColumn("ipv6_prefix", "text", (column) => column.notNull())
    .addColumn("epoch", "integer", (column) => column.notNull())
    .addColumn("version_reserved", "integer", (column) => column.notNull())
    .addColumn("created_ms", "integer", (column) => column.notNull())
    .execute();

  await db.schema
    .createTable("nodes")
    .addColumn("node_key", "text", (column) => column.primaryKey())
    .addColumn("disco_key", "blob", (column) => column.notNull())
    .addColumn("disco_signature", "blob", (column) => column.notNull())
    .addColumn("hostname", "text", (column) => column.notNull())
    .addColumn("address_index", "integer", (column) => column.notNull().unique())
    .addColumn("tags", "text", (column) => column.notNull())
    .addColumn("ephemeral", "integer", (column) => column.notNull())
    .addColumn("os", "text", (column) => column.notNull())
    .addColumn("software", "text", (column) => column.notNull())
    .addColumn("created_ms", "integer", (column) => column.notNull())
    .addColumn("last_seen_ms", "integer", (column) => column.notNull())
    .addColumn("removed_ms", "integer")
    .execute();

  // A removed node's name is free at once; its address is not.
  await db.schema
    .createIndex("nodes_hostname")
    .unique()
    .on("nodes")
    .column("hostname")
    .where(sql.ref("removed_ms"), "is", null)
    .execute();

  await db.schema
    .createTable("auth_keys")
    .addColumn("key_id", "text", (column) => column.primaryKey())
    .addColumn("secret_hash", "blob", (column) => column.notNull())
    .addColumn("reusable", "integer", (column) => column.notNull())
    .addColumn("ephemeral", "integer", (column) => column.notNull())
    .addColumn("preapproved", "integer", (column) => column.notNull())
    .addColumn("tags", "text", (column) => column.notNull())
    .addColumn("created_ms", "integer", (column) => column.notNull())
    .addColumn("expires_ms", "integer")
    .addColumn("uses", "integer", (column) => column.notNull())
    .addColumn("used_ms", "integer")
    .addColumn("revoked_ms", "integer")
    .execute();
}

/** So that a node that asks for another name is told from one that an administrator renamed. */
async function rememberWishedNames(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable("nodes").addColumn("wished_name", "text").execute();
}

/** Relays that run by themselves. One that is removed keeps its row, so that its token stays refused with the right reason. */
async function createRelays(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("relays")
    .addColumn("token_id", "text", (column) => column.primaryKey())
    .addColumn("secret_hash", "blob", (column) => column.notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("relay_key", "blob")
    .addColumn("region", "text", (column) => column.notNull())
    .addColumn("udp_addresses", "text", (column) => column.notNull())
    .addColumn("tcp_addresses", "text", (column) => column.notNull())
    .addColumn("created_ms", "integer", (column) => column.notNull())
    .addColumn("last_seen_ms", "integer")
    .addColumn("removed_ms", "integer")
    .execute();
  await db.schema
    .createIndex("relays_name")
    .unique()
    .on("relays")
    .column("name")
    .where(sql.ref("removed_ms"), "is", null)
    .execute();
}

/** Relays that members offer, while they are in the netmap: after a restart they are in it at once. */
async function createOfferedRelays(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("offered_relays")
    .addColumn("node_key", "text", (column) => column.primaryKey())
    .addColumn("name", "text", (column) => column.notNull().unique())
    .addColumn("udp_addresses", "text", (column) => column.notNull())
    .execute();
}

/** Nodes whose relays the operator refuses, whatever they offer. */
async function createRefusedRelays(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("refused_relays")
    .addColumn("node_key", "text", (column) => column.primaryKey())
    .addColumn("name", "text", (column) => column.notNull())
    .execute();
}
