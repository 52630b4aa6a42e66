// When `meshd up` is done: the coordinator took the node in and the host is configured; or there is a reason why that will not be.
import { formatHostPort } from "../protocol/address.ts";
import { MeshdError } from "../protocol/errors.ts";
import type { NodeEvent } from "./node-event.ts";
import type { NodeWatchers } from "./node-watchers.ts";
import type { RunningNode } from "./running-node.ts";

export interface Waiting {
  readonly timeoutMs: number;
  readonly watchers: NodeWatchers;
  /** Why the node is not the daemon's any more; undefined while it is. */
  readonly ended: () => MeshdError | undefined;
}

/** Failures of the control channel that waiting does not mend. */
const HOPELESS: ReadonlySet<string> = new Set(["wrong-coordinator", "version-mismatch"]);

/** Rejects with the reason; "timeout" (exit code 5) leaves the node as it is: it goes on trying. */
export function untilReady(node: RunningNode, { timeoutMs, watchers, ended }: Waiting): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (action: () => void): void => {
      clearTimeout(timer);
      watchers.delete(watcher);
      action();
    };
    const fail = (error: unknown): void => {
      finish(() => reject(error instanceof Error ? error : new Error(String(error))));
    };
    const check = (): void => {
      const { controlError } = node;
      const end = ended();
      if (node.control.connected && node.overlayReady) finish(resolve);
      else if (controlError !== undefined && HOPELESS.has(controlError.code)) fail(controlError);
      else if (end !== undefined) fail(end);
    };
    const watcher = (event: NodeEvent): void => {
      if (event.type === "refused" || event.type === "fatal") fail(event.error);
      else check();
    };
    const timer = setTimeout(() => fail(timedOut(node, timeoutMs)), timeoutMs);
    watchers.add(watcher);
    check();
  });
}

function timedOut(node: RunningNode, timeoutMs: number): MeshdError {
  const within = `within ${String(Math.round(timeoutMs / 100) / 10)} s`;
  if (node.control.connected) {
    return new MeshdError("timeout", 5, `the coordinator gave this node no addresses ${within}; see its log`);
  }
  const tried = node.mesh.coordinators.map(formatHostPort).join(", ");
  const advice = "check that it runs and that its TCP port is open (trying goes on; `meshd down` ends it)";
  return new MeshdError("timeout", 5, `the coordinator did not answer ${within}, tried ${tried}; ${advice}`);
}

export function interrupted(): MeshdError {
  return new MeshdError("interrupted", 1, "another command ended this connection");
}
