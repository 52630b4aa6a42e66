// What to type to get a shell on a machine of a lab, with `meshd` talking to the daemon there.
import type { Coordinator, Node } from "../test/lab/index.ts";

export function enterCommand(daemon: Coordinator | Node): string {
  const env = Object.entries(daemon.env).map(([key, value]) => `${key}=${value}`);
  return `env ${env.join(" ")} PATH="$PWD/bin:$PATH" ${daemon.host.prefix.join(" ")} bash   # ${daemon.host.name}`;
}
