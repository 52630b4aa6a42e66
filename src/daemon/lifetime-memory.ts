// What was found of the networks that this host was in, kept on disk: the next start knows how often their NATs want a packet.
import { join } from "node:path";
import { readIfThere } from "../host/atomic-file.ts";
import { type Fields, parseFields, setAside, writeFields } from "../host/fields.ts";
import type { MappingLifetime } from "../nat/netcheck/index.ts";
import { type Milliseconds, SECOND_MS } from "../protocol/units.ts";

interface Entry {
  readonly lifetime: MappingLifetime;
  readonly measuredAtUnixMs: number;
  /** As it is in the file, with what a later version says of it. */
  readonly fields: Fields;
}

/** The longest unseen are forgotten. */
const MAX_NETWORKS = 32;

export class LifetimeMemory {
  readonly #path: string;
  /** By network, the one written last at the end. */
  readonly #entries = new Map<string, Entry>();

  private constructor(stateDir: string) {
    this.#path = join(stateDir, "networks.json");
  }

  /** A file that cannot be used is set aside: everything can be measured again. `onProblem` hears of it. */
  static async load(stateDir: string, onProblem: (words: string) => void = () => undefined): Promise<LifetimeMemory> {
    const memory = new LifetimeMemory(stateDir);
    try {
      const content = await readIfThere(memory.#path);
      const networks =
        content === undefined ? undefined : parseFields(memory.#path, content, "it is measured again").networks;
      for (const [network, value] of Object.entries(isFields(networks) ? networks : {}).slice(-MAX_NETWORKS)) {
        const entry = parseEntry(value);
        if (entry !== undefined) memory.#entries.set(network, entry);
      }
    } catch (error) {
      onProblem(`${error instanceof Error ? error.message : String(error)}; ${await setAside(memory.#path)}`);
    }
    return memory;
  }

  get(
    network: string,
    nowUnixMs: number,
  ): { readonly lifetime: MappingLifetime; readonly ageMs: Milliseconds } | undefined {
    const entry = this.#entries.get(network);
    // A clock that was set back makes it fresh, not a thing of the future.
    return entry && { lifetime: entry.lifetime, ageMs: Math.max(0, nowUnixMs - entry.measuredAtUnixMs) };
  }

  async put(network: string, lifetime: MappingLifetime, nowUnixMs: number): Promise<void> {
    this.#entries.delete(network);
    this.#entries.set(network, entryOf(lifetime, nowUnixMs));
    for (const oldest of [...this.#entries.keys()].slice(0, -MAX_NETWORKS)) this.#entries.delete(oldest);
    const networks = Object.fromEntries(Array.from(this.#entries, ([name, { fields }]) => [name, fields]));
    await writeFields(this.#path, { networks });
  }
}

function parseEntry(value: unknown): Entry | undefined {
  if (!isFields(value)) return undefined;
  const { survivedSeconds, diedSeconds, measuredAtUnixMs } = value;
  if (!isAmount(survivedSeconds) || !isAmount(measuredAtUnixMs)) return undefined;
  if (diedSeconds !== undefined && !(isAmount(diedSeconds) && diedSeconds > survivedSeconds)) return undefined;
  const diedMs = diedSeconds === undefined ? undefined : diedSeconds * SECOND_MS;
  return { lifetime: { survivedMs: survivedSeconds * SECOND_MS, diedMs }, measuredAtUnixMs, fields: value };
}

function entryOf(lifetime: MappingLifetime, measuredAtUnixMs: number): Entry {
  const { survivedMs, diedMs } = lifetime;
  const died = diedMs !== undefined && { diedSeconds: diedMs / SECOND_MS };
  return { lifetime, measuredAtUnixMs, fields: { survivedSeconds: survivedMs / SECOND_MS, ...died, measuredAtUnixMs } };
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}

function isAmount(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}
