// Names of attempts on their way through coordinator and relay, so that each is answered once and an answer is not answered again.
import type { RandomBytes } from "./types.ts";

/** Several attempts can be under way at once where messages are slow; older ones matter to nobody. */
const REMEMBERED = 16;

export class AttemptNumbers {
  #next: number;
  /** Our own and those we answered. */
  readonly #settled: number[] = [];

  constructor(random: RandomBytes) {
    // Random, so that those of the two sides and of two starts of one side are told apart.
    const bytes = random(4);
    this.#next = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) + 1;
  }

  own(): number {
    const number = this.#next++;
    this.settle(number);
    return number;
  }

  /** True the first time. */
  settle(number: number): boolean {
    if (this.#settled.includes(number)) return false;
    this.#settled.push(number);
    if (this.#settled.length > REMEMBERED) this.#settled.shift();
    return true;
  }
}
