// Measures the cells it is told (cell-workers.ts), until the parent hangs up.
import { measureCell, type CellPlan } from "../cell.ts";

process.on("message", (plan) => {
  void measureCell(plan as CellPlan).then((cell) => process.send?.(cell));
});
process.on("disconnect", () => process.exit(0));
