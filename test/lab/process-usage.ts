// What a process costs, as the kernel counts it: proc(5).
import { readdirSync, readFileSync } from "node:fs";

export interface ProcessUsage {
  readonly cpuMs: number;
  /** Times that one of its threads slept and was woken. */
  readonly wakeUps: number;
  readonly residentMb: number;
  /** Of that, what belongs to no file: the rest are pages of programs, which the kernel drops and reads again as it likes. */
  readonly anonymousMb: number;
  readonly threads: number;
  /** By thread name: where wake-ups come from. */
  readonly wakeUpsByThread: ReadonlyMap<string, number>;
}

export function usageOf(pid: number): ProcessUsage {
  const wakeUpsByThread = new Map<string, number>();
  const threads = readdirSync(`/proc/${pid}/task`);
  for (const thread of threads) {
    const folder = `/proc/${pid}/task/${thread}`;
    const name = readFileSync(`${folder}/comm`, "utf8").trim();
    const wakeUps = numberOf(readFileSync(`${folder}/status`, "utf8"), "voluntary_ctxt_switches");
    wakeUpsByThread.set(name, (wakeUpsByThread.get(name) ?? 0) + wakeUps);
  }
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return {
    cpuMs: cpuMs(pid),
    wakeUps: [...wakeUpsByThread.values()].reduce((sum, each) => sum + each, 0),
    residentMb: numberOf(status, "VmRSS") / 1024,
    anonymousMb: numberOf(status, "RssAnon") / 1024,
    threads: threads.length,
    wakeUpsByThread,
  };
}

/** Of the UDP sockets over IPv4 in the network namespace of a process. */
export function udpPorts(pid: number): ReadonlySet<number> {
  const table = readFileSync(`/proc/${pid}/net/udp`, "utf8");
  return new Set(
    [...table.matchAll(/^ *\d+: [0-9A-F]{8}:([0-9A-F]{4})/gm)].map(([, port = ""]) => Number.parseInt(port, 16)),
  );
}

/** schedstat counts nanoseconds, where utime and stime count ticks of 10 ms. */
function cpuMs(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => {
    const [running] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ");
    return sum + Number(running) / 1e6;
  }, 0);
}

function numberOf(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0);
}
