// The operator: a user of this host, besides root, who may change what the daemon does.
import { run } from "../host/run.ts";
import { MeshdError } from "../protocol/errors.ts";

/** Through `id`, which asks the host's own user database, whatever it is. Undefined for "". */
export async function operatorUid(operator: string): Promise<number | undefined> {
  if (operator === "") return undefined;
  const { ok, stdout } = await run("id", ["-u", "--", operator]);
  const uid = Number(stdout.trim());
  if (!ok || !Number.isInteger(uid)) {
    throw new MeshdError("no-such-user", 2, `there is no user ${operator} on this host to be the operator`);
  }
  return uid;
}
