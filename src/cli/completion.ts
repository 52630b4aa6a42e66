// meshd completion: a script for the shell, made from the commands themselves.
import { Argument, type Command } from "commander";
import { type CompletionNode, completionScript, SHELLS, type Shell } from "./completion-scripts.ts";
import { print } from "./print.ts";
import { examples } from "./options.ts";

export function configure(command: Command): void {
  command.addArgument(new Argument("<shell>", "which shell").choices(SHELLS));
  examples(
    command,
    "source <(meshd completion bash)",
    "meshd completion zsh > ~/.zfunc/_meshd",
    "meshd completion fish > ~/.config/fish/completions/meshd.fish",
  );
  command.action((shell: Shell) => {
    // program.ts has configured every verb for this one.
    print(completionScript(shell, describe(command.parent ?? command)));
  });
}

/** How the verbs of a node call an argument that may be the name of one. */
const NODE_ARGUMENTS: ReadonlySet<string> = new Set(["node", "ip"]);

function describe(command: Command): CompletionNode {
  return {
    name: command.name(),
    summary: command.description(),
    options: command.options
      .filter((option) => !option.hidden)
      .flatMap(({ long, description }) => (typeof long !== "string" ? [] : [{ flag: long, description }])),
    takesNode: command.registeredArguments.some((argument) => NODE_ARGUMENTS.has(argument.name())),
    children: command.createHelp().visibleCommands(command).map(describe),
  };
}
