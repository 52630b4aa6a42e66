// What must not leave the machine in a bug report. Secrets never do. Names and public addresses are each replaced by the same word
// throughout, so that a reader can still tell who is who; private and overlay addresses say nothing about anybody and stay.
import { isIP } from "node:net";

export type NameKind = "node" | "relay" | "host" | "domain" | "user" | "mesh";

export interface RedactOptions {
  /** Leave names, public addresses and public keys as they are. */
  readonly full: boolean;
}

const SECRET = "[secret]";
/** A node's public key; auth keys and relay tokens; whatever is as long as a key of 32 bytes, in base64, base64url or hex. */
const KEYS =
  /\bnodekey:[\w-]{43}(?![\w-])|\b(?:mesh|meshrelay)-[\w-]{8,}|(?<![\w+-])(?:[\w+/]{43}=|[\w-]{43,})(?![\w+=-])/g;
const ADDRESSES =
  /(?<![\w.:])(?:[\da-fA-F]{0,4}:){2,7}(?:(?:\d{1,3}\.){3}\d{1,3}|[\da-fA-F]{0,4})(?![\w:])|(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\d)/g;
const HOME = /(\/home\/|\/Users\/)([^\s/:"',;]+)/g;
/** Of a name in text: not a part of another word. */
const BEFORE = "(?<![\\p{L}\\p{N}_-])";
const AFTER = "(?![\\p{L}\\p{N}_-])";

export class Redactor {
  readonly #full: boolean;
  /** Lower case. */
  readonly #names = new Map<string, string>();
  readonly #others = new Map<string, string>();
  readonly #counts = new Map<string, number>();
  #pattern: RegExp | undefined;

  constructor({ full }: RedactOptions) {
    this.#full = full;
  }

  /** From now on `name` is replaced wherever it stands as a word. A number or a single letter names nobody. */
  learn(kind: NameKind, name: string): void {
    const known = name.toLowerCase().replace(/\.$/, "");
    if (known.length < 2 || /^[\d.]+$/.test(known) || isIP(known) !== 0 || this.#names.has(known)) return;
    this.#names.set(known, this.#next(kind));
    this.#pattern = undefined;
  }

  /** In all texts of a value of JSON, and in names of fields that are names of somebody. */
  value(value: unknown): unknown {
    if (typeof value === "string") return this.text(value);
    if (Array.isArray(value)) return value.map((item: unknown) => this.value(item));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [this.#isName(key) ? this.text(key) : key, this.value(inner)]),
    );
  }

  text(text: string): string {
    const withoutSecrets = text.replaceAll(KEYS, (found) => this.#withoutSecret(found));
    if (this.#full) return withoutSecrets;
    return this.#withoutNames(withoutSecrets)
      .replaceAll(HOME, (_, where: string, user: string) => `${where}${this.#word("user", user)}`)
      .replaceAll(ADDRESSES, (address) =>
        isPublic(address) ? this.#word("public-ip", address.toLowerCase()) : address,
      );
  }

  #withoutSecret(found: string): string {
    if (found.startsWith("nodekey:")) return this.#full ? found : this.#word("key", found);
    return !/^mesh(?:relay)?-/.test(found) && looksLikeWords(found) ? found : SECRET;
  }

  #withoutNames(text: string): string {
    if (this.#names.size === 0) return text;
    this.#pattern ??= wordsPattern([...this.#names.keys()]);
    return text.replaceAll(this.#pattern, (name) => this.#names.get(name.toLowerCase()) ?? name);
  }

  #isName(key: string): boolean {
    return this.#names.has(key.toLowerCase()) || /[.:]/.test(key);
  }

  #word(kind: string, original: string): string {
    const known = this.#others.get(original) ?? this.#next(kind);
    this.#others.set(original, known);
    return known;
  }

  #next(kind: string): string {
    const number = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, number);
    return `${kind}-${String(number)}`;
  }
}

/** Longest first: "laptop.mesh.example" before "laptop". */
function wordsPattern(words: readonly string[]): RegExp {
  const longestFirst = words.toSorted((a, b) => b.length - a.length);
  const escaped = longestFirst.map((word) => word.replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&"));
  return new RegExp(`${BEFORE}(?:${escaped.join("|")})${AFTER}`, "giu");
}

/** Long words of one case are names of something; a key in base64 has both (but for one in ten thousand million). */
function looksLikeWords(text: string): boolean {
  if (/^[\da-fA-F]{64,}$/.test(text)) return false;
  return text === text.toLowerCase() || text === text.toUpperCase();
}

/** Whoever has it can be found by it. Private, shared (RFC 6598), loopback and local ones (RFC 6890) cannot; a link-local IPv6 may hold a MAC. */
function isPublic(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  if (family === 4)
    return !/^(?:0|10|127|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])|169\.254|172\.(?:1[6-9]|2\d|3[01])|192\.168|22[4-9]|2[3-5]\d)\./.test(
      address,
    );
  return !/^(?:::1?$|f[cd]|ff)/i.test(address);
}
