// Which mesh the node is to be in, and with what secret it joins.
import { parseAuthKey } from "../identity/index.ts";
import { MeshdError } from "../protocol/errors.ts";
import type { AuthSecret } from "../protocol/messages.ts";
import type { Mesh } from "./mesh-file.ts";

export interface Joining {
  readonly mesh: Mesh;
  /** Undefined for a member. */
  readonly auth: AuthSecret | undefined;
}

/**
 * `joined`: the mesh that took this node in; `current`: of the node that runs, which may still wait for the coordinator's word.
 * Errors: `MeshdError` "needs-login", "other-mesh", and those of a malformed key.
 */
export function joiningOf(
  authKey: string | undefined,
  joined: Mesh | undefined,
  current: Joining | undefined,
): Joining {
  if (authKey === undefined) {
    const mesh = current?.mesh ?? joined;
    // Who still waits for the coordinator goes on with the key of before.
    if (mesh !== undefined) return { mesh, auth: joined === undefined ? current?.auth : undefined };
    const message = "this node has not joined a mesh yet; give it a key: `meshd up --authkey KEY`";
    throw new MeshdError("needs-login", 2, message);
  }
  const { rootKey, coordinators, keyId, secret } = parseAuthKey(authKey);
  if (joined !== undefined && Buffer.compare(joined.rootKey, rootKey) !== 0) {
    throw new MeshdError("other-mesh", 1, "this node is in another mesh than that of the key; `meshd logout` first");
  }
  return { mesh: { rootKey, coordinators }, auth: { keyId, secret } };
}
