// Entry point: picks the role or verb and imports only that.
import { enableCompileCache } from "node:module";

enableCompileCache();
const { runCommand } = await import("./cli/program.ts");
process.exitCode = await runCommand(process.argv.slice(2));
