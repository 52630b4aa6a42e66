// Who wants to know what becomes of the node: commands that wait for it, and those that watch its status.
import type { NodeEvent } from "./node-event.ts";

export class NodeWatchers {
  readonly #watchers = new Set<(event: NodeEvent) => void>();

  add(watcher: (event: NodeEvent) => void): void {
    this.#watchers.add(watcher);
  }

  delete(watcher: (event: NodeEvent) => void): void {
    this.#watchers.delete(watcher);
  }

  notify(event: NodeEvent): void {
    for (const watcher of [...this.#watchers]) watcher(event);
  }

  /** Resolves at the next change, at the latest after `timeoutMs`, or when `signal` is aborted. */
  nextChange(signal: AbortSignal, timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.delete(done);
        signal.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      this.add(done);
      signal.addEventListener("abort", done);
    });
  }
}
