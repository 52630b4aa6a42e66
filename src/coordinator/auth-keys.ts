// Auth keys as the coordinator holds them: a hash of the secret and what the key allows. Telling used, expired, revoked and
// unknown apart is done only for who shows the right secret; for others every key is unknown.
import { authSecretHash, authSecretMatches } from "../identity/auth-key.ts";
import { MeshdError } from "../protocol/errors.ts";
import type { AuthSecret, AuthStatus } from "../protocol/messages.ts";
import { Secret } from "../protocol/secret.ts";
import type { AuthKeyRow, Database, Write } from "./storage/schema.ts";

export interface AuthKeyOptions {
  readonly reusable: boolean;
  /** Nodes that join with it are removed some minutes after they went away. */
  readonly ephemeral: boolean;
  readonly preapproved: boolean;
  readonly tags: readonly string[];
  /** Unix ms; undefined: never. */
  readonly expiresUnixMs?: number;
}

export interface AuthKeyInfo extends AuthKeyOptions {
  /** base64url of the 8-byte key id. */
  readonly id: string;
  readonly createdUnixMs: number;
  readonly uses: number;
  readonly state: "usable" | "used" | "expired" | "revoked";
}

export interface NewAuthKey {
  readonly id: string;
  readonly keyId: Uint8Array;
  readonly secret: Secret;
}

/** What a key grants to the node that joins with it. */
export interface Grant {
  readonly ephemeral: boolean;
  readonly tags: readonly string[];
}

export type Consumption =
  { readonly kind: "granted"; readonly grant: Grant } | { readonly kind: "refused"; readonly status: KeyRefusal };

export type KeyRefusal = Extract<AuthStatus, "key-unknown" | "key-used" | "key-expired" | "key-revoked">;

export interface AuthKeys {
  create(options: AuthKeyOptions): Promise<NewAuthKey>;
  list(): Promise<readonly AuthKeyInfo[]>;
  /** Errors: `MeshdError` "no-such-key". */
  revoke(id: string): Promise<void>;
  /** Checks and uses up a key within the caller's write transaction. */
  consume(tx: Write, auth: AuthSecret): Promise<Consumption>;
}

const KEY_ID_BYTES = 8;
const SECRET_BYTES = 32;

export interface AuthKeysDependencies {
  readonly db: Database;
  readonly nowUnixMs: () => number;
  readonly randomBytes: (count: number) => Uint8Array;
}

export function createAuthKeys({ db, nowUnixMs, randomBytes }: AuthKeysDependencies): AuthKeys {
  return {
    async create(options) {
      const keyId = randomBytes(KEY_ID_BYTES);
      const secret = new Secret(randomBytes(SECRET_BYTES));
      const id = textId(keyId);
      await db
        .insertInto("auth_keys")
        .values({
          key_id: id,
          secret_hash: authSecretHash(secret),
          reusable: Number(options.reusable),
          ephemeral: Number(options.ephemeral),
          preapproved: Number(options.preapproved),
          tags: JSON.stringify(options.tags),
          created_ms: nowUnixMs(),
          expires_ms: options.expiresUnixMs ?? null,
          uses: 0,
          used_ms: null,
          revoked_ms: null,
        })
        .execute();
      return { id, keyId, secret };
    },

    async list() {
      const rows = await db.selectFrom("auth_keys").selectAll().orderBy("created_ms").execute();
      return rows.map((row) => describe(row, nowUnixMs()));
    },

    async revoke(id) {
      const result = await db
        .updateTable("auth_keys")
        .set((eb) => ({ revoked_ms: eb.fn.coalesce("revoked_ms", eb.val(nowUnixMs())) }))
        .where("key_id", "=", id)
        .executeTakeFirst();
      if (result.numUpdatedRows === 0n) {
        throw new MeshdError("no-such-key", 1, `there is no auth key ${id}; \`meshd admin key list\` shows them`);
      }
    },

    async consume(tx, auth) {
      const now = nowUnixMs();
      const row = await tx
        .selectFrom("auth_keys")
        .selectAll()
        .where("key_id", "=", textId(auth.keyId))
        .executeTakeFirst();
      if (row === undefined || !authSecretMatches(auth.secret, row.secret_hash)) return refused("key-unknown");
      const { state } = describe(row, now);
      if (state !== "usable") return refused(`key-${state}`);
      await tx
        .updateTable("auth_keys")
        .set({ uses: row.uses + 1, used_ms: now })
        .where("key_id", "=", row.key_id)
        .execute();
      return { kind: "granted", grant: { ephemeral: row.ephemeral === 1, tags: parseTags(row.tags) } };
    },
  };
}

function refused(status: KeyRefusal): Consumption {
  return { kind: "refused", status };
}

function describe(row: AuthKeyRow, now: number): AuthKeyInfo {
  return {
    id: row.key_id,
    reusable: row.reusable === 1,
    ephemeral: row.ephemeral === 1,
    preapproved: row.preapproved === 1,
    tags: parseTags(row.tags),
    ...(row.expires_ms === null ? {} : { expiresUnixMs: row.expires_ms }),
    createdUnixMs: row.created_ms,
    uses: row.uses,
    state: stateOf(row, now),
  };
}

function stateOf(row: AuthKeyRow, now: number): AuthKeyInfo["state"] {
  if (row.revoked_ms !== null) return "revoked";
  if (row.reusable === 0 && row.uses > 0) return "used";
  return row.expires_ms !== null && row.expires_ms <= now ? "expired" : "usable";
}

function textId(keyId: Uint8Array): string {
  return Buffer.from(keyId).toString("base64url");
}

export function parseTags(json: string): readonly string[] {
  const value: unknown = JSON.parse(json);
  return Array.isArray(value) ? value.filter((tag) => typeof tag === "string") : [];
}
