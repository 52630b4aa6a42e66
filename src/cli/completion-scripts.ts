// Completion scripts for bash, zsh and fish, out of a tree of commands. Commands are known by their words: "admin key create". Where a node
// may be named, the script asks the program, which asks its daemon, for the names of peers.

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

export interface CompletionNode {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly { readonly flag: string; readonly description: string }[];
  /** Its argument is a node of the mesh. */
  readonly takesNode: boolean;
  readonly children: readonly CompletionNode[];
}

interface Level {
  /** Words after the program's name: "", "admin", "admin key". */
  readonly path: string;
  readonly node: CompletionNode;
}

export function completionScript(shell: Shell, root: CompletionNode): string {
  const levels = flatten(root, "");
  switch (shell) {
    case "bash":
      return bash(levels);
    case "zsh":
      return zsh(levels);
    case "fish":
      return fish(levels);
  }
}

function flatten(node: CompletionNode, path: string): readonly Level[] {
  const children = node.children.flatMap((child) => flatten(child, path === "" ? child.name : `${path} ${child.name}`));
  return [{ path, node }, ...children];
}

/** A case per command: what may follow it. `path` collects the words that are not flags, as far as they name a command. */
function bash(levels: readonly Level[]): string {
  const cases = levels.map(({ path, node }) => {
    const words = [...node.children.map((child) => child.name), ...node.options.map((option) => option.flag), "--help"];
    return `    "${path}") words="${words.join(" ")}"${node.takesNode ? " nodes=1" : ""} ;;`;
  });
  return `# bash completion for meshd
_meshd() {
  local path="" candidate word words="" nodes="" current="\${COMP_WORDS[COMP_CWORD]}"
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) continue ;; esac
    candidate="\${path:+$path }$word"
    case "|${levels.map((level) => level.path).join("|")}|" in
      *"|$candidate|"*) path="$candidate" ;;
    esac
  done
  case "$path" in
${cases.join("\n")}
  esac
  if [ -n "$nodes" ] && [ "\${current#-}" = "$current" ]; then
    nodes=$("\${COMP_WORDS[0]}" node-names 2>/dev/null)
    [ -n "$nodes" ] && words="$nodes"
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _meshd meshd`;
}

function zsh(levels: readonly Level[]): string {
  const cases = levels.map(({ path, node }) => {
    const entries = [
      ...node.children.map((child) => zshEntry(child.name, child.summary)),
      ...node.options.map((option) => zshEntry(option.flag, option.description)),
      zshEntry("--help", "display help for command"),
    ];
    return `    "${path}") entries=(${entries.join(" ")})${node.takesNode ? " nodes=1" : ""} ;;`;
  });
  return `#compdef meshd
_meshd() {
  local meshpath="" candidate word nodes=""
  local -a entries names
  for word in "\${(@)words[2,CURRENT-1]}"; do
    [[ "$word" == -* ]] && continue
    candidate="\${meshpath:+$meshpath }$word"
    case "|${levels.map((level) => level.path).join("|")}|" in
      *"|$candidate|"*) meshpath="$candidate" ;;
    esac
  done
  case "$meshpath" in
${cases.join("\n")}
  esac
  if [[ -n "$nodes" && "$PREFIX" != -* ]]; then
    names=(\${(f)"$("$words[1]" node-names 2>/dev/null)"})
    (( $#names )) && { _describe 'node' names; return }
  fi
  _describe 'meshd' entries || _files
}
if [[ "$funcstack[1]" == _meshd ]]; then _meshd "$@"; else compdef _meshd meshd; fi`;
}

function zshEntry(word: string, description: string): string {
  return quote(`${word.replaceAll(":", "\\:")}:${description}`);
}

function fish(levels: readonly Level[]): string {
  const lines = levels.flatMap(({ path, node }) => {
    const words = path === "" ? [] : path.split(" ");
    const children = node.children.map((child) => child.name);
    const here = [
      ...words.map((word) => `__fish_seen_subcommand_from ${word}`),
      ...(children.length === 0 ? [] : [`not __fish_seen_subcommand_from ${children.join(" ")}`]),
    ].join("; and ");
    const when = here === "" ? "" : ` -n ${quote(here)}`;
    return [
      ...node.children.map((child) => `complete -c meshd -f${when} -a ${child.name} -d ${quote(child.summary)}`),
      ...(node.takesNode ? [`complete -c meshd -f${when} -a '(__meshd_node_names)'`] : []),
      ...node.options.map(
        (option) => `complete -c meshd${when} -l ${option.flag.replace(/^--/, "")} -d ${quote(option.description)}`,
      ),
    ];
  });
  const names = [
    "function __meshd_node_names",
    "  set -l words (commandline -opc)",
    "  $words[1] node-names 2>/dev/null",
    "end",
  ];
  return ["# fish completion for meshd", ...names, ...lines].join("\n");
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
