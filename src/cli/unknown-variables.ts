// MESHD_ variables that stand for no option: a slip that nothing else would show. They are said and not refused, since an environment
// may be shared with scripts that have MESHD_ variables of their own.
import { nearest } from "../local-api/nearest.ts";

const PREFIX = "MESHD_";
/** An environment may hold any number; a message is read. */
const MAX_NAMED = 5;

export const variableOf = (optionName: string): string => PREFIX + optionName.replaceAll("-", "_").toUpperCase();

/** Of the names of an environment those that begin as ours and are none. `known`: of every option of every command. */
export function unknownVariables(names: readonly string[], known: ReadonlySet<string>): readonly string[] {
  return names.filter((name) => name.startsWith(PREFIX) && !known.has(name)).toSorted();
}

/** `flags`: names of options that have no variable. */
export function describeUnknownVariables(
  unknown: readonly string[],
  known: ReadonlySet<string>,
  flags: readonly string[],
): string {
  const suffixes = [...known].map((name) => name.slice(PREFIX.length));
  const named = unknown.slice(0, MAX_NAMED).map((name) => {
    const flag = flags.find((option) => variableOf(option) === name);
    if (flag !== undefined) return `${name} (--${flag} counts on the command line only)`;
    const near = nearest(name.slice(PREFIX.length), suffixes);
    return near === undefined ? name : `${name} (did you mean ${PREFIX}${near}?)`;
  });
  const more = unknown.length - named.length;
  const list = [...named, ...(more > 0 ? [`${String(more)} more`] : [])].join(", ");
  return `${unknown.length === 1 ? "an environment variable that no option has is" : "environment variables that no option has are"} ignored: ${list}`;
}
