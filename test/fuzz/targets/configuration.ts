// Configuration files, as a node reads its own: what is wrong is said in one line that names the file, with the exit code for wrong usage.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { addNodeOptions } from "../../../src/cli/node-options.ts";
import { configurationKeys, readConfigurationFile, readEnvironment } from "../../../src/cli/options.ts";
import { MeshdError } from "../../../src/protocol/errors.ts";
import { fromText } from "../input.ts";
import { scratchFolder } from "../scratch.ts";
import type { Target } from "../target.ts";

function nodeCommand(): Command {
  const command = new Command("daemon").exitOverride();
  addNodeOptions(command);
  readConfigurationFile(command, "node");
  readEnvironment(command);
  command.action(() => undefined);
  return command;
}

export function configuration(): Target {
  const file = join(scratchFolder(), "node.toml");
  const keys = configurationKeys(nodeCommand()).map((option) => option.name());
  return {
    name: "configuration",
    maxBytes: 2000,
    seeds: () =>
      fromText(
        ...keys.flatMap((key) => [`${key} = "x"\n`, `${key} = 7\n`, `${key} = true\n`]),
        "a.b = [1, 2.5, 0x1f, 1979-05-27T07:32:00Z]\n[table]\n\"key\" = '''x'''\n[[array]]\nx = {y = \"\\u00e9\"}\n",
        'long = """a\\\n  b"""\ninf = -inf\n# comment\n',
      ),
    async run(input) {
      writeFileSync(file, input);
      try {
        await nodeCommand().parseAsync(["--config", file], { from: "user" });
      } catch (error) {
        assert.ok(error instanceof MeshdError, error instanceof Error ? error.stack : String(error));
        const { exitCode, message } = error;
        assert.ok(exitCode === 2 && !message.includes("\n") && message.includes(file), `${exitCode}: ${message}`);
      }
    },
  };
}
