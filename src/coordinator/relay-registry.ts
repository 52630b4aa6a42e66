// Relays that run by themselves: which there are, the hash of each one's token, and what each last said of itself. They live in
// memory; every change is written first, one at a time.
import { authSecretHash, authSecretMatches } from "../identity/auth-key.ts";
import { equalBytes } from "../identity/hash.ts";
import { parseHostPort, parseSocketAddress, type SocketAddress } from "../protocol/address.ts";
import { MeshdError } from "../protocol/errors.ts";
import type { AuthSecret, AuthStatus, RelayAddresses, RelayEntry } from "../protocol/messages.ts";
import { Secret } from "../protocol/secret.ts";
import { isDnsLabel, toDnsLabel } from "./hostname.ts";
import { parseTags as parseTexts } from "./auth-keys.ts";
import type { Database, RelayRow } from "./storage/schema.ts";

export interface KnownRelay extends RelayAddresses {
  readonly tokenId: string;
  readonly secretHash: Uint8Array;
  readonly name: string;
  /** Undefined until it first joined. */
  readonly key: Uint8Array | undefined;
  readonly region: string;
  readonly createdMs: number;
  readonly lastSeenMs: number | null;
  readonly removedMs: number | null;
}

/** What a relay that has proven its key says of itself. */
export interface RelayJoinRequest {
  readonly relayKey: Uint8Array;
  readonly token: AuthSecret;
  readonly region: string;
}

export type RelayJoinResult =
  { readonly kind: "joined"; readonly relay: KnownRelay } | { readonly kind: "refused"; readonly status: RelayRefusal };

export type RelayRefusal = Extract<AuthStatus, "key-unknown" | "key-used" | "key-revoked">;

export interface NewRelayToken {
  readonly keyId: Uint8Array;
  readonly secret: Secret;
}

export interface RelayRegistryDependencies {
  readonly db: Database;
  readonly nowUnixMs: () => number;
  readonly randomBytes: (count: number) => Uint8Array;
  /** Of relays that are none of these. */
  readonly reservedNames: readonly string[];
}

const TOKEN_ID_BYTES = 8;
const SECRET_BYTES = 32;
/** Every node measures the way to each. */
export const MAX_RELAYS = 64;

export async function openRelayRegistry(dependencies: RelayRegistryDependencies): Promise<RelayRegistry> {
  const rows = await dependencies.db.selectFrom("relays").selectAll().execute();
  return new RelayRegistry(dependencies, rows.map(fromRow));
}

export class RelayRegistry {
  readonly #dependencies: RelayRegistryDependencies;
  /** By token id; removed ones too. */
  readonly #relays: Map<string, KnownRelay>;
  #writes: Promise<unknown> = Promise.resolve();

  constructor(dependencies: RelayRegistryDependencies, relays: readonly KnownRelay[]) {
    this.#dependencies = dependencies;
    this.#relays = new Map(relays.map((relay) => [relay.tokenId, relay]));
  }

  /** Not removed. */
  relays(): readonly KnownRelay[] {
    return [...this.#relays.values()].filter(({ removedMs }) => removedMs === null);
  }

  isRelayName(name: string): boolean {
    return this.#dependencies.reservedNames.includes(name) || this.relays().some((relay) => relay.name === name);
  }

  /** Errors: `MeshdError` "bad-name", "name-taken", "too-many-relays". */
  create(name: string): Promise<NewRelayToken> {
    return this.#serially(async () => {
      const { db, nowUnixMs, randomBytes } = this.#dependencies;
      this.#checkName(name);
      const keyId = randomBytes(TOKEN_ID_BYTES);
      const secret = new Secret(randomBytes(SECRET_BYTES));
      const relay: KnownRelay = {
        tokenId: textId(keyId),
        secretHash: authSecretHash(secret),
        name,
        key: undefined,
        region: "",
        udpAddresses: [],
        tcpAddresses: [],
        createdMs: nowUnixMs(),
        lastSeenMs: null,
        removedMs: null,
      };
      await db.insertInto("relays").values(toRow(relay)).execute();
      this.#relays.set(relay.tokenId, relay);
      return { keyId, secret };
    });
  }

  /** The first relay to show a token binds it to its key. */
  join({ relayKey, token, region }: RelayJoinRequest): Promise<RelayJoinResult> {
    return this.#serially(async () => {
      const relay = this.#relays.get(textId(token.keyId));
      if (relay === undefined || !authSecretMatches(token.secret, relay.secretHash)) return refused("key-unknown");
      if (relay.removedMs !== null) return refused("key-revoked");
      if (relay.key !== undefined && !equalBytes(relay.key, relayKey)) return refused("key-used");
      const lastSeenMs = this.#dependencies.nowUnixMs();
      return { kind: "joined", relay: await this.#save({ ...relay, key: relayKey, region, lastSeenMs }) };
    });
  }

  /** Undefined if it was removed meanwhile. */
  setAddresses(tokenId: string, addresses: RelayAddresses): Promise<KnownRelay | undefined> {
    return this.#change(tokenId, (relay) => ({ ...relay, ...addresses }));
  }

  saw(tokenId: string): Promise<KnownRelay | undefined> {
    return this.#change(tokenId, (relay) => ({ ...relay, lastSeenMs: this.#dependencies.nowUnixMs() }));
  }

  /** Errors: `MeshdError` "no-such-relay". */
  remove(name: string): Promise<KnownRelay> {
    return this.#serially(async () => {
      const relay = this.relays().find((each) => each.name === name);
      if (relay === undefined) {
        throw new MeshdError("no-such-relay", 1, `there is no relay ${name}; \`meshd admin relay list\` shows them`);
      }
      return this.#save({ ...relay, removedMs: this.#dependencies.nowUnixMs() });
    });
  }

  #change(tokenId: string, change: (relay: KnownRelay) => KnownRelay): Promise<KnownRelay | undefined> {
    return this.#serially(async () => {
      const relay = this.#relays.get(tokenId);
      return relay?.removedMs === null ? this.#save(change(relay)) : undefined;
    });
  }

  #checkName(name: string): void {
    if (!isDnsLabel(name)) {
      const message = `"${name}" cannot be a relay's name; use lower-case letters, digits and hyphens, such as ${toDnsLabel(name)}`;
      throw new MeshdError("bad-name", 2, message);
    }
    if (this.isRelayName(name)) {
      throw new MeshdError(
        "name-taken",
        1,
        `there is a relay ${name} already; choose another name, or remove that one`,
      );
    }
    if (this.relays().length >= MAX_RELAYS) {
      throw new MeshdError("too-many-relays", 1, `there are ${String(MAX_RELAYS)} relays; remove one first`);
    }
  }

  async #save(relay: KnownRelay): Promise<KnownRelay> {
    const { token_id, ...changes } = toRow(relay);
    await this.#dependencies.db.updateTable("relays").set(changes).where("token_id", "=", token_id).execute();
    this.#relays.set(relay.tokenId, relay);
    return relay;
  }

  #serially<T>(write: () => Promise<T>): Promise<T> {
    const result = this.#writes.then(write);
    this.#writes = result.catch(() => undefined);
    return result;
  }
}

/** What nodes are told; nothing of a relay that has not joined, or that said of no address. */
export function relayEntryOf(relay: KnownRelay, isOnline: boolean): RelayEntry | undefined {
  const { name, key, region, udpAddresses, tcpAddresses } = relay;
  if (key === undefined || (udpAddresses.length === 0 && tcpAddresses.length === 0)) return undefined;
  return { kind: "relay", relay: name, key, region, udpAddresses, tcpAddresses, away: !isOnline, offered: false };
}

function refused(status: RelayRefusal): RelayJoinResult {
  return { kind: "refused", status };
}

function textId(keyId: Uint8Array): string {
  return Buffer.from(keyId).toString("base64url");
}

function toRow(relay: KnownRelay): RelayRow {
  return {
    token_id: relay.tokenId,
    secret_hash: relay.secretHash,
    name: relay.name,
    relay_key: relay.key ?? null,
    region: relay.region,
    udp_addresses: JSON.stringify(relay.udpAddresses),
    tcp_addresses: JSON.stringify(relay.tcpAddresses),
    created_ms: relay.createdMs,
    last_seen_ms: relay.lastSeenMs,
    removed_ms: relay.removedMs,
  };
}

function fromRow(row: RelayRow): KnownRelay {
  const isAddress = (address: SocketAddress | undefined): address is SocketAddress => address !== undefined;
  return {
    tokenId: row.token_id,
    secretHash: row.secret_hash,
    name: row.name,
    key: row.relay_key ?? undefined,
    region: row.region,
    udpAddresses: parseTexts(row.udp_addresses).map(parseSocketAddress).filter(isAddress),
    tcpAddresses: parseTexts(row.tcp_addresses).filter((text) => parseHostPort(text) !== undefined),
    createdMs: row.created_ms,
    lastSeenMs: row.last_seen_ms,
    removedMs: row.removed_ms,
  };
}
