// Does the host already use the mesh's addresses? A network that the host is connected to, or routes to, must not be overridden
// silently, and a narrower one inside the mesh's prefix hides peers.
import { contains, toPrefix } from "../protocol/prefix.ts";
import type { HostRoute } from "./routes.ts";

export type Collision =
  /** The mesh's route would take the place of a network that the host uses. */
  | { readonly kind: "overrides"; readonly prefix: string; readonly route: HostRoute }
  /** The host's network hides part of the mesh; everything else works. */
  | { readonly kind: "hides"; readonly prefix: string; readonly route: HostRoute };

/** Collisions of `prefixes` with `routes`, except those through `ownDevice`. */
export function findCollisions(
  prefixes: readonly string[],
  routes: readonly HostRoute[],
  ownDevice: string,
): readonly Collision[] {
  return prefixes.flatMap((prefix) => {
    const mesh = toPrefix(prefix);
    if (mesh === undefined) return [];
    return routes.flatMap((route): readonly Collision[] => {
      const other = toPrefix(route.destination);
      if (other === undefined || other.length === 0 || route.device === ownDevice) return [];
      if (contains(other, mesh)) return [{ kind: "overrides", prefix, route }];
      return contains(mesh, other) ? [{ kind: "hides", prefix, route }] : [];
    });
  });
}

export function describeCollision({ kind, prefix, route }: Collision): string {
  const where = `${route.destination} on ${route.device}`;
  return kind === "overrides"
    ? `the mesh's addresses ${prefix} collide with ${where}; remove that route, or choose another prefix on the coordinator`
    : `${where} hides a part of the mesh's addresses ${prefix}: peers in it cannot be reached`;
}
