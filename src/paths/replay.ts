// Which sealed messages of one peer were seen already (docs/protocol.md, "Disco"): a 64-wide window of counters for each of its
// four most recent boots, after RFC 4303 §3.4.3. No clock is involved.

const WINDOW = 64n;
/** A peer that restarts in a loop must not make the memory grow; older boots' messages are not in flight any more. */
const REMEMBERED_BOOTS = 4;

interface Boot {
  readonly id: string;
  highest: number;
  /** Bit i: counter `highest - i` was seen. */
  seen: bigint;
}

export type Freshness = "replayed" | "fresh" | "fresh-after-restart";

export class ReplayWindow {
  /** Most recently begun first. */
  readonly #boots: Boot[] = [];

  /** Call only for authentic messages. */
  admit(bootId: Uint8Array, counter: number): Freshness {
    const id = Buffer.from(bootId).toString("hex");
    const boot = this.#boots.find((each) => each.id === id);
    if (boot !== undefined) return admitCounter(boot, counter) ? "fresh" : "replayed";
    this.#boots.unshift({ id, highest: counter, seen: 1n });
    this.#boots.length = Math.min(this.#boots.length, REMEMBERED_BOOTS);
    return this.#boots.length === 1 ? "fresh" : "fresh-after-restart";
  }
}

function admitCounter(boot: Boot, counter: number): boolean {
  if (counter > boot.highest) {
    const shift = BigInt(counter - boot.highest);
    boot.seen = shift >= WINDOW ? 1n : BigInt.asUintN(Number(WINDOW), (boot.seen << shift) | 1n);
    boot.highest = counter;
    return true;
  }
  const age = BigInt(boot.highest - counter);
  if (age >= WINDOW) return false;
  const bit = 1n << age;
  if ((boot.seen & bit) !== 0n) return false;
  boot.seen |= bit;
  return true;
}
