// What every node is to know of the mesh, and since which version. A recipient's set is: `mesh`, all relays, the peer and
// presence entries of all others, and its own `self`. Its hash is the sum over all shared entries plus a small correction per
// recipient, so a change costs the same whatever the mesh's size, and so does an update's header. No I/O.
//
// Every change takes one version and leaves its name in a log of bounded length; an update since a version is what the log
// says has changed; of each name only the newest change counts. Beyond the log, or for a stranger, the update is full.
import type { SigningKey } from "../identity/keys.ts";
import { signHeader } from "../netmap/header.ts";
import { add, emptySet, type EntryDigest, entryDigest, type LtHashState, subtract } from "../netmap/lthash.ts";
import type { NetmapEntry, NetmapUpdate, SelfEntry } from "../protocol/messages.ts";
import { encodeNetmapEntry, entryName } from "../protocol/netmap-codec.ts";
import type { NodeKey } from "../protocol/node-key.ts";

export type SharedEntry = Exclude<NetmapEntry, SelfEntry>;

interface Held {
  readonly bytes: Uint8Array;
  readonly digest: EntryDigest;
}

interface Change {
  readonly version: number;
  readonly name: string;
  /** Set for a `self` entry: only its node sees it. */
  readonly recipient?: NodeKey;
}

export interface PublisherOptions {
  readonly root: SigningKey;
  readonly epoch: number;
  /** Takes the next version; numbers grow over restarts too. */
  readonly nextVersion: () => number;
  readonly nowUnixMs: () => number;
  /** Names whose newest change is remembered. */
  readonly logLength?: number;
}

const DEFAULT_LOG_LENGTH = 16_384;
const COMPACT_FROM = 64;

export class NetmapPublisher {
  readonly #root: SigningKey;
  readonly #nextVersion: () => number;
  readonly #nowUnixMs: () => number;
  readonly #logLength: number;
  readonly #shared = new Map<string, Held>();
  readonly #selves = new Map<NodeKey, Held>();
  readonly #all: LtHashState = emptySet();
  #log: Change[] = [];
  /** Length at which older changes of the same names are left out of it. */
  #compactAt: number;
  /** Updates since an older version than this must be full. */
  #logFloor: number;
  #version: number;
  #epoch: number;
  #updatesMade = 0;

  constructor(options: PublisherOptions) {
    this.#root = options.root;
    this.#epoch = options.epoch;
    this.#nextVersion = options.nextVersion;
    this.#nowUnixMs = options.nowUnixMs;
    this.#logLength = options.logLength ?? DEFAULT_LOG_LENGTH;
    this.#compactAt = Math.min(this.#logLength, COMPACT_FROM);
    this.#version = options.nextVersion();
    this.#logFloor = this.#version;
  }

  get version(): number {
    return this.#version;
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** Since the start, for all recipients. */
  get updatesMade(): number {
    return this.#updatesMade;
  }

  /** From now on headers carry this epoch, which must not be lower than before. */
  setEpoch(epoch: number): void {
    this.#epoch = Math.max(epoch, this.#epoch);
  }

  /** Adds or changes. False if nothing changed. */
  put(entry: SharedEntry): boolean {
    const name = entryName(entry);
    const held = holdIfChanged(entry, this.#shared.get(name));
    if (held === undefined) return false;
    this.#takeOut(name);
    add(this.#all, held.digest);
    this.#shared.set(name, held);
    this.#note({ name });
    return true;
  }

  putSelf(entry: SelfEntry): boolean {
    const held = holdIfChanged(entry, this.#selves.get(entry.nodeKey));
    if (held === undefined) return false;
    this.#selves.set(entry.nodeKey, held);
    this.#note({ name: "self", recipient: entry.nodeKey });
    return true;
  }

  /** All that is known of a node: others see it vanish, and no update can be made for it. */
  removeNode(nodeKey: NodeKey): void {
    for (const name of [`peer/${nodeKey}`, `presence/${nodeKey}`]) this.removeEntry(name);
    this.#selves.delete(nodeKey);
  }

  removeEntry(name: string): boolean {
    if (!this.#takeOut(name)) return false;
    this.#note({ name });
    return true;
  }

  /**
   * What a recipient has to hear that holds the set of version `since` of this epoch (undefined: nothing). A delta may be
   * empty: its header is still news. Undefined for a node without a `self` entry.
   */
  updateFor(recipient: NodeKey, since: number | undefined): NetmapUpdate | undefined {
    const self = this.#selves.get(recipient);
    if (self === undefined) return undefined;
    this.#updatesMade += 1;
    const own = [`peer/${recipient}`, `presence/${recipient}`];
    const set = this.#all.slice();
    for (const name of own) {
      const held = this.#shared.get(name);
      if (held !== undefined) subtract(set, held.digest);
    }
    add(set, self.digest);
    const fields = { recipient, epoch: this.#epoch, version: this.#version, issuedAtUnixMs: this.#nowUnixMs() };
    const header = signHeader(this.#root, fields, set);
    if (since === undefined || since < this.#logFloor || since > this.#version) {
      const entries = [self.bytes];
      for (const [name, held] of this.#shared) if (!own.includes(name)) entries.push(held.bytes);
      return { header, full: true, entries, removed: [] };
    }
    const entries: Uint8Array[] = [];
    const removed: string[] = [];
    for (const name of this.#changedSince(since, recipient)) {
      if (own.includes(name)) continue;
      const held = name === "self" ? self : this.#shared.get(name);
      if (held === undefined) removed.push(name);
      else entries.push(held.bytes);
    }
    return { header, full: false, entries, removed };
  }

  /** Names, each once. */
  #changedSince(since: number, recipient: NodeKey): ReadonlySet<string> {
    const names = new Set<string>();
    for (let index = this.#firstAfter(since); index < this.#log.length; index++) {
      const change = this.#log[index];
      if (change === undefined) break;
      if (change.recipient === undefined || change.recipient === recipient) names.add(change.name);
    }
    return names;
  }

  /** Index of the first change with a version above (the log is ordered by version). */
  #firstAfter(version: number): number {
    let low = 0;
    let high = this.#log.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#log[middle]?.version ?? 0) <= version) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #takeOut(name: string): boolean {
    const held = this.#shared.get(name);
    if (held === undefined) return false;
    subtract(this.#all, held.digest);
    return this.#shared.delete(name);
  }

  #note(change: Omit<Change, "version">): void {
    this.#version = this.#nextVersion();
    this.#log.push({ ...change, version: this.#version });
    if (this.#log.length <= this.#compactAt) return;
    this.#log = newestOfEach(this.#log);
    // Cut in halves, so that the cost per change stays constant.
    if (this.#log.length > this.#logLength) {
      const cut = this.#log.length - Math.floor(this.#logLength / 2);
      this.#logFloor = this.#log[cut - 1]?.version ?? this.#version;
      this.#log = this.#log.slice(cut);
    }
    this.#compactAt = Math.max(2 * this.#log.length, Math.min(this.#logLength, COMPACT_FROM));
  }
}

/** In the same order. */
function newestOfEach(log: readonly Change[]): Change[] {
  const newest = new Map<string, Change>();
  for (const change of log) {
    const key = `${change.recipient ?? ""} ${change.name}`;
    newest.delete(key);
    newest.set(key, change);
  }
  return [...newest.values()];
}

function holdIfChanged(entry: NetmapEntry, before: Held | undefined): Held | undefined {
  const bytes = encodeNetmapEntry(entry);
  if (before !== undefined && Buffer.compare(before.bytes, bytes) === 0) return undefined;
  return { bytes, digest: entryDigest(bytes) };
}
