// Entry point: picks the role or verb and imports only that.
import { enableCompileCache } from "node:module";
import { endOnUnexpectedError } from "./host/last-resort.ts";

enableCompileCache();
const argv = process.argv.slice(2);
const { describeFailure, wantsDebug } = await import("./cli/errors.ts");
endOnUnexpectedError((error) => describeFailure(error, wantsDebug(argv)).text);
const { runCommand } = await import("./cli/program.ts");
process.exitCode = await runCommand(argv);
