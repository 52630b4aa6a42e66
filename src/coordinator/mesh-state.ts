// The mesh itself as it is kept: its keys, prefixes, epoch, and how far netmap versions may have been handed out.
//
// Versions must grow over restarts although they are not written one by one: they are reserved in blocks, and after a start
// counting goes on above the reserved block. The next block is reserved long before the present one is used up.
import { generateSigningKey, randomBytes, signingKeyFromSeed, type SigningKey } from "../identity/keys.ts";
import { MeshdError } from "../protocol/errors.ts";
import {
  DEFAULT_IPV4_PREFIX,
  formatPrefix,
  type OverlayPrefix,
  parseOverlayPrefix,
  randomUlaPrefix,
} from "./prefixes.ts";
import type { Database, MeshRow } from "./storage/schema.ts";

const VERSION_BLOCK = 100_000;

/** What the operator asked for. */
export interface PrefixWishes {
  readonly ipv4: OverlayPrefix | undefined;
  readonly ipv6: OverlayPrefix | undefined;
}

/**
 * The mesh of a state; made, if there is none yet. Errors: `MeshdError` "prefix-fixed" for wishes that an existing mesh cannot
 * fulfil, "state-corrupt" for content that makes no sense.
 */
export async function openMesh(db: Database, wishes: PrefixWishes, nowUnixMs: number): Promise<MeshState> {
  const row = (await readMesh(db)) ?? (await createMesh(db, wishes, nowUnixMs));
  const mesh = new MeshState(db, row);
  for (const family of ["ipv4", "ipv6"] as const) {
    const [wish, actual] = [wishes[family], formatPrefix(mesh[family])];
    if (wish === undefined || formatPrefix(wish) === actual) continue;
    const message = `the mesh has the prefix ${actual}, which its nodes rely on; leave out --${family}-prefix ${formatPrefix(wish)}, or choose another --state-dir for a new mesh`;
    throw new MeshdError("prefix-fixed", 1, message);
  }
  await mesh.reserve();
  return mesh;
}

function readMesh(db: Database): Promise<MeshRow | undefined> {
  return db.selectFrom("mesh").selectAll().executeTakeFirst();
}

async function createMesh(db: Database, wishes: PrefixWishes, nowUnixMs: number): Promise<MeshRow> {
  return db
    .insertInto("mesh")
    .values({
      root_seed: generateSigningKey().seed.reveal(),
      relay_seed: generateSigningKey().seed.reveal(),
      ipv4_prefix: formatPrefix(wishes.ipv4 ?? DEFAULT_IPV4_PREFIX),
      ipv6_prefix: formatPrefix(wishes.ipv6 ?? randomUlaPrefix(randomBytes)),
      epoch: 1,
      version_reserved: 0,
      created_ms: nowUnixMs,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
}

export class MeshState {
  readonly root: SigningKey;
  readonly relay: SigningKey;
  readonly ipv4: OverlayPrefix;
  readonly ipv6: OverlayPrefix;
  readonly #db: Database;
  #epoch: number;
  #version: number;
  #reserved: number;
  #reserving = false;

  constructor(db: Database, row: MeshRow) {
    this.#db = db;
    this.root = keyOf(row.root_seed, "root");
    this.relay = keyOf(row.relay_seed, "relay");
    this.ipv4 = prefixOf(row.ipv4_prefix, 4);
    this.ipv6 = prefixOf(row.ipv6_prefix, 6);
    this.#epoch = row.epoch;
    this.#version = row.version_reserved;
    this.#reserved = row.version_reserved;
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** Throws if the next block could not be written in time (a full disk): versions must never repeat. */
  readonly nextVersion = (): number => {
    if (this.#version >= this.#reserved)
      throw new Error("netmap versions cannot be reserved: the state is not writable");
    this.#version += 1;
    if (this.#reserved - this.#version < VERSION_BLOCK / 2 && !this.#reserving) {
      // A failure shows at the next attempt, or above when the block is used up.
      this.reserve().catch(() => undefined);
    }
    return this.#version;
  };

  async reserve(): Promise<void> {
    this.#reserving = true;
    try {
      const reserved = this.#reserved + VERSION_BLOCK;
      await this.#db.updateTable("mesh").set({ version_reserved: reserved }).execute();
      this.#reserved = reserved;
    } finally {
      this.#reserving = false;
    }
  }

  /** Goes on above an epoch that was seen to be in use already. */
  async raiseEpochAbove(epoch: number): Promise<void> {
    if (epoch < this.#epoch) return;
    this.#epoch = epoch + 1;
    await this.#db.updateTable("mesh").set({ epoch: this.#epoch }).execute();
  }
}

function keyOf(seed: Uint8Array, name: string): SigningKey {
  if (seed.length !== 32) throw damaged(`the ${name} key is damaged`);
  return signingKeyFromSeed(seed);
}

function prefixOf(text: string, family: 4 | 6): OverlayPrefix {
  const prefix = parseOverlayPrefix(text, family);
  if ("problem" in prefix) throw damaged(prefix.problem);
  return prefix;
}

function damaged(what: string): MeshdError {
  const message = `the coordinator's state is damaged (${what}); restore it from a backup, or move it away to start a new mesh`;
  return new MeshdError("state-corrupt", 1, message);
}
