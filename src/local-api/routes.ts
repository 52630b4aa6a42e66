// Routes of a local API: what a role registers, and what a handler sees and answers.
import type { PeerCredentials } from "../engine/index.ts";

/** Who may use a route: anyone on the machine, or only those who may change things. */
export type Access = "read" | "change";

export interface Caller extends PeerCredentials {
  /** Root, the role's own user, or the operator. */
  readonly mayChange: boolean;
}

export interface LocalRequest {
  readonly caller: Caller;
  /** From the path pattern: "/v1/keys/:id" gives `id`. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Parsed JSON; undefined without a body. Not validated: handlers check. */
  readonly body: unknown;
  /** Aborted when the caller hangs up or the server closes. */
  readonly signal: AbortSignal;
}

export type LocalResponse =
  | { readonly kind: "json"; readonly body: unknown; readonly status?: number }
  | { readonly kind: "text"; readonly body: string; readonly contentType: string }
  /** One JSON value a line, sent as they come. An error thrown half-way becomes a last line `{ "error": ... }`. */
  | { readonly kind: "lines"; readonly lines: AsyncIterable<unknown> };

export interface Route {
  readonly method: "GET" | "POST" | "DELETE";
  /** "/v1/status"; a segment ":name" matches anything but "/". */
  readonly path: string;
  readonly access: Access;
  /** May throw `MeshdError`: the client throws the same one. */
  readonly handle: (request: LocalRequest) => LocalResponse | Promise<LocalResponse>;
}

export interface RouteMatch {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

/** The route for a request; "method" where only the method is wrong, undefined where nothing matches. */
export function matchRoute(routes: readonly Route[], method: string, path: string): RouteMatch | "method" | undefined {
  let pathKnown = false;
  for (const route of routes) {
    const params = matchPath(route.path, path);
    if (params === undefined) continue;
    if (route.method === method) return { route, params };
    pathKnown = true;
  }
  return pathKnown ? "method" : undefined;
}

function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split("/");
  const given = path.split("/");
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, segment] of wanted.entries()) {
    const value = given[index];
    if (value === undefined) return undefined;
    if (segment.startsWith(":") && value !== "") {
      const decoded = decodeSegment(value);
      if (decoded === undefined) return undefined;
      params[segment.slice(1)] = decoded;
    } else if (segment !== value) return undefined;
  }
  return params;
}

function decodeSegment(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
