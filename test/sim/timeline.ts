// Simulated time: what is to happen, in order. Equal times happen in the order of their scheduling.

/** Something that is to happen. */
export interface Scheduled {
  cancelled: boolean;
}

interface Entry extends Scheduled {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

export class Timeline {
  now = 0;
  #scheduled = 0;
  /** Binary heap, earliest first. */
  readonly #heap: Entry[] = [];

  after(delayMs: number, run: () => void): Scheduled {
    return this.at(this.now + delayMs, run);
  }

  at(at: number, run: () => void): Scheduled {
    const entry = { at: Math.max(at, this.now), order: this.#scheduled++, run, cancelled: false };
    const heap = this.#heap;
    let child = heap.push(entry) - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !isLater(above, entry)) break;
      heap[child] = above;
      child = parent;
    }
    heap[child] = entry;
    return entry;
  }

  /** Everything until then; `now` is that time afterwards. */
  runUntil(end: number): void {
    for (let next = this.#heap[0]; next !== undefined && next.at <= end; next = this.#heap[0]) {
      this.#removeFirst();
      this.now = next.at;
      if (!next.cancelled) next.run();
    }
    this.now = end;
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let parent = 0;
    for (;;) {
      const left = 2 * parent + 1;
      const [a, b] = [heap[left], heap[left + 1]];
      const isRight = a !== undefined && b !== undefined && isLater(a, b);
      const sooner = isRight ? b : a;
      if (sooner === undefined || !isLater(last, sooner)) break;
      heap[parent] = sooner;
      parent = isRight ? left + 1 : left;
    }
    heap[parent] = last;
  }
}

function isLater(a: Entry, b: Entry): boolean {
  return a.at > b.at || (a.at === b.at && a.order > b.order);
}
