// What processes have used so far (proc(5)).
import { readdirSync, readFileSync } from "node:fs";

/** utime and stime are fields 14 and 15, in clock ticks of 10 ms. */
export function cpuSeconds(pids: readonly number[]): number {
  const ticks = pids.map((pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return Number(fields[11]) + Number(fields[12]);
  });
  return ticks.reduce((sum, each) => sum + each, 0) / 100;
}

/** Seconds that a process's living threads had a CPU, and that they waited for one though they had work (schedstat). */
export function schedulerSeconds(pid: number): { readonly ran: number; readonly waited: number } {
  let [ran, waited] = [0, 0];
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const fields = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ").map(Number);
    ran += (fields[0] ?? 0) / 1e9;
    waited += (fields[1] ?? 0) / 1e9;
  }
  return { ran, waited };
}

export function residentMegabytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
}
