// `ping` on a machine of the lab, every 50 ms, from the moment there is a way to send.
import type { Host } from "./lab.ts";
import type { LabProcess } from "./process.ts";

interface Answer {
  /** As performance.now() counts. */
  readonly at: number;
  readonly rttMs: number;
}

const SHOWN = 7;
const RECENT_MS = 500;
const ALIVE_WITHIN_MS = 1000;

export class Pings {
  readonly #process: LabProcess;

  constructor(from: Host, target: string) {
    // ping ends where there is no route to the mesh. That comes with joining; the kernel tells of it: nothing has to ask again and again.
    const ping = `exec ping -D -n -O -i 0.05 ${target}`;
    const script = `ip -4 -o monitor route | while read -r line; do case $line in [0-9]*/[0-9]*" dev mesh"*) ${ping};; esac; done`;
    this.#process = from.spawn(["sh", "-c", script]);
  }

  async first(timeoutMs: number): Promise<Answer | undefined> {
    await this.#process.waitForLine(/time=[\d.]+ ms/, timeoutMs).catch(() => undefined);
    return this.#answers()[0];
  }

  /** Median of those that came until then. */
  rttMsUntil(time: number): number | undefined {
    return median(this.#answers().filter(({ at }) => at < time));
  }

  /** Median of the last ones, after a moment to collect some. */
  async recentRttMs(): Promise<number | undefined> {
    await pause(RECENT_MS);
    return median(this.#answers().slice(-SHOWN));
  }

  async stillAnswered(): Promise<boolean> {
    const asked = performance.now();
    while (performance.now() - asked < ALIVE_WITHIN_MS) {
      if ((this.#answers().at(-1)?.at ?? 0) > asked) return true;
      await pause(20);
    }
    return false;
  }

  [Symbol.dispose](): void {
    this.#process.kill("SIGKILL");
  }

  #answers(): readonly Answer[] {
    return [...this.#process.output.matchAll(/^\[([\d.]+)\] .* time=([\d.]+) ms/gm)].map(([, unix, rtt]) => ({
      at: Number(unix) * 1000 - performance.timeOrigin,
      rttMs: Number(rtt),
    }));
  }
}

function median(answers: readonly Answer[]): number | undefined {
  return answers.map(({ rttMs }) => rttMs).toSorted((a, b) => a - b)[answers.length >> 1];
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
