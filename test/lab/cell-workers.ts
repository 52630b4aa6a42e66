// Cells measured one after the other or several at once, each job in a process of its own: what one of them is busy with (building and
// removing networks) is not in the times of another.
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Cell, CellPlan } from "./cell.ts";
import { shareOut } from "./workers.ts";

const program = fileURLToPath(new URL("programs/cell-worker.ts", import.meta.url));

/** Calls back after each cell, in the order in which they come. Rejects when a worker dies. */
export async function measureCells(
  plans: readonly CellPlan[],
  jobs: number,
  onCell: (cell: Cell) => void,
): Promise<void> {
  const workers = Array.from({ length: Math.min(jobs, plans.length) }, () => fork(program));
  try {
    await shareOut(plans, workers, async (worker, plan) => onCell(await measureWith(worker, plan)));
  } finally {
    for (const worker of workers) if (worker.connected) worker.disconnect();
  }
}

function measureWith(worker: ChildProcess, plan: CellPlan): Promise<Cell> {
  return new Promise((resolve, reject) => {
    const onExit = () => reject(new Error(`the measuring of ${plan.left} - ${plan.right} died`));
    worker.once("exit", onExit);
    worker.once("message", (cell) => {
      worker.off("exit", onExit);
      resolve(cell as Cell);
    });
    worker.send(plan);
  });
}
