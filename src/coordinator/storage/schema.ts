// Tables as Kysely sees them. Times are Unix milliseconds; booleans are 0 or 1 and lists are JSON, as SQLite has neither.
import type { Generated, Kysely, Selectable, Transaction } from "kysely";

/** One row: who this mesh is. */
export interface MeshTable {
  id: Generated<number>;
  root_seed: Uint8Array;
  relay_seed: Uint8Array;
  ipv4_prefix: string;
  ipv6_prefix: string;
  /** Grows when a node shows a genuine header newer than this state (a restored backup). */
  epoch: number;
  /** Netmap versions up to here may have been handed out; after a start, versions go on above it. */
  version_reserved: number;
  created_ms: number;
}

export interface NodesTable {
  /** base64url of the Ed25519 public key. */
  node_key: string;
  disco_key: Uint8Array;
  disco_signature: Uint8Array;
  hostname: string;
  /** What the node last asked to be called; null: of before this was kept. */
  wished_name: string | null;
  /** Offset within both overlay prefixes. */
  address_index: number;
  tags: string;
  ephemeral: number;
  os: string;
  software: string;
  created_ms: number;
  last_seen_ms: number;
  removed_ms: number | null;
}

export interface AuthKeysTable {
  /** base64url of the 8-byte key id. */
  key_id: string;
  secret_hash: Uint8Array;
  reusable: number;
  ephemeral: number;
  preapproved: number;
  tags: string;
  created_ms: number;
  expires_ms: number | null;
  uses: number;
  used_ms: number | null;
  revoked_ms: number | null;
}

export interface RelaysTable {
  /** base64url of the 8-byte id in its token. */
  token_id: string;
  secret_hash: Uint8Array;
  name: string;
  /** Ed25519; null until it first joined. Bound to the token from then on. */
  relay_key: Uint8Array | null;
  region: string;
  udp_addresses: string;
  tcp_addresses: string;
  created_ms: number;
  last_seen_ms: number | null;
  removed_ms: number | null;
}

export interface OfferedRelaysTable {
  /** Of the node that offers it, as in `nodes`. */
  node_key: string;
  name: string;
  /** Where the coordinator reached it. */
  udp_addresses: string;
}

export interface RefusedRelaysTable {
  node_key: string;
  /** Of the relay when it was refused. */
  name: string;
}

export interface SchemaVersionTable {
  version: number;
  applied_ms: number;
}

export interface Schema {
  mesh: MeshTable;
  nodes: NodesTable;
  auth_keys: AuthKeysTable;
  relays: RelaysTable;
  offered_relays: OfferedRelaysTable;
  refused_relays: RefusedRelaysTable;
  schema_version: SchemaVersionTable;
}

export type Database = Kysely<Schema>;
export type Write = Transaction<Schema>;
export type MeshRow = Selectable<MeshTable>;
export type NodeRow = Selectable<NodesTable>;
export type RelayRow = Selectable<RelaysTable>;
export type OfferedRelayRow = Selectable<OfferedRelaysTable>;
export type AuthKeyRow = Selectable<AuthKeysTable>;
