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

function describe(command: Command): CompletionNode {
  return {
    name: command.name(),
    summary: command.description(),
    options: command.options
      .filter((option) => !option.hidden)
      .flatMap(({ long, description }) => (typeof long !== "string" ? [] : [{ flag: long, description }])),
    children: command.commands.map(describe),
  };
}
