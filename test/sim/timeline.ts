// Simulated time: what is to happen, in order. Equal times happen in the order of their scheduling.

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

export class Timeline {
  now = 0;
  #scheduled = 0;
  /** Binary heap, earliest first. */
  readonly #heap: Entry[] = [];

  after(delayMs: number, run: () => void): void {
    this.at(this.now + delayMs, run);
  }

  at(at: number, run: () => void): void {
    const entry = { at: Math.max(at, this.now), order: this.#scheduled++, run };
    let child = this.#heap.push(entry) - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!this.#swapIfLater(parent, child)) break;
      child = parent;
    }
  }

  /** Everything until then; `now` is that time afterwards. */
  runUntil(end: number): void {
    for (let next = this.#heap[0]; next !== undefined && next.at <= end; next = this.#heap[0]) {
      this.#removeFirst();
      this.now = next.at;
      next.run();
    }
    this.now = end;
  }

  #removeFirst(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    for (let parent = 0; ;) {
      const [left, right] = [2 * parent + 1, 2 * parent + 2];
      const child = this.#isLater(left, right) ? right : left;
      if (!this.#swapIfLater(parent, child)) return;
      parent = child;
    }
  }

  #swapIfLater(upper: number, lower: number): boolean {
    const [a, b] = [this.#heap[upper], this.#heap[lower]];
    if (a === undefined || b === undefined || !this.#isLater(upper, lower)) return false;
    this.#heap[upper] = b;
    this.#heap[lower] = a;
    return true;
  }

  #isLater(i: number, j: number): boolean {
    const [a, b] = [this.#heap[i], this.#heap[j]];
    return a !== undefined && b !== undefined && (a.at > b.at || (a.at === b.at && a.order > b.order));
  }
}
