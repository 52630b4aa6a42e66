// The extra sockets that were opened for one peer: those of a birthday attempt, of which at most one becomes a path.
export class ExtraSockets {
  #open: readonly number[] = [];

  handleOpened(sockets: readonly number[]): void {
    this.#open = [...this.#open, ...sockets];
  }

  has(socket: number): boolean {
    return this.#open.includes(socket);
  }

  /** Those that are not among `needed`; they are to be closed, and not known here any more. */
  release(needed: ReadonlySet<number | undefined>): readonly number[] {
    const released = this.#open.filter((socket) => !needed.has(socket));
    this.#open = this.#open.filter((socket) => needed.has(socket));
    return released;
  }
}
