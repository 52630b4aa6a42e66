// The last netmap, as received, so that a node starts without its coordinator. Written at most every few seconds: presence of a large
// mesh changes all the time.
import { join } from "node:path";
import { type NetmapState, type NetmapTrust, parseNetmap, serializeNetmap } from "../netmap/index.ts";
import { MeshdError } from "../protocol/errors.ts";
import { readIfThere, writeAtomic } from "../host/atomic-file.ts";
import { setAside } from "../host/fields.ts";

const WRITE_INTERVAL_MS = 2000;

function netmapPath(stateDir: string): string {
  return join(stateDir, "netmap");
}

/** Undefined where there is none; a reason where the file is no use and was set aside (the coordinator will send the whole map). */
export async function loadNetmap(stateDir: string, trust: NetmapTrust): Promise<NetmapState | string | undefined> {
  const path = netmapPath(stateDir);
  try {
    const content = await readIfThere(path);
    if (content === undefined) return undefined;
    const parsed = parseNetmap(trust, content);
    return parsed.ok ? parsed.state : `${parsed.reason}; ${await setAside(path)}`;
  } catch (error) {
    if (!(error instanceof MeshdError)) throw error;
    return `${error.message}; ${await setAside(path)}`;
  }
}

export class NetmapWriter {
  readonly #path: string;
  readonly #onError: (error: unknown) => void;
  #latest: NetmapState | undefined;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(stateDir: string, onError: (error: unknown) => void) {
    this.#path = netmapPath(stateDir);
    this.#onError = onError;
  }

  /** The first one is written at once. */
  write(state: NetmapState): void {
    const first = this.#latest === undefined && this.#timer === undefined;
    this.#latest = state;
    if (first) this.#flush();
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#flush();
    }, WRITE_INTERVAL_MS);
  }

  /** Writes what is left. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#flush();
    await this.#writing;
  }

  #flush(): void {
    const state = this.#latest;
    if (state === undefined) return;
    this.#latest = undefined;
    this.#writing = this.#writing.then(() => writeAtomic(this.#path, serializeNetmap(state))).catch(this.#onError);
  }
}
