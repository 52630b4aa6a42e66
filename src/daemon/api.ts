// The daemon's routes on its local API.
import type { LocalResponse, Route } from "../local-api/index.ts";
import { unknown } from "../local-api/nearest.ts";
import type { NodeStatus, UpProgress } from "../local-api/node-api.ts";
import { metricsResponse } from "../local-api/prometheus.ts";
import { MeshdError } from "../protocol/errors.ts";
import type { Daemon } from "./daemon.ts";
import type { Fields } from "../host/fields.ts";
import { renderMetrics } from "./metrics.ts";
import { ping, PING_FIELDS, pingRequestFrom } from "./ping.ts";
import { UP_FIELDS, upRequestFrom } from "./settings.ts";
import { why } from "./why.ts";

/** Counters change without anybody saying so: a watcher sees them this often. */
const WATCH_REFRESH_MS = 2000;
/** Changes that come together are shown together. */
const WATCH_SETTLE_MS = 50;

export function daemonRoutes(daemon: Daemon, shutdown: () => void): readonly Route[] {
  return [
    { method: "GET", path: "/v1/status", access: "read", handle: async () => json(await daemon.status()) },
    {
      method: "GET",
      path: "/v1/watch",
      access: "read",
      handle: ({ signal }) => ({ kind: "lines", lines: watch(daemon, signal) }),
    },
    {
      method: "GET",
      path: "/metrics",
      access: "read",
      handle: async () => metricsResponse(renderMetrics(await daemon.status())),
    },
    {
      method: "POST",
      path: "/v1/up",
      access: "change",
      handle: ({ body }) => {
        const request = upRequestFrom(fieldsOf(body, UP_FIELDS));
        if (typeof request === "string") throw new MeshdError("bad-request", 2, request);
        return { kind: "lines", lines: collect((emit) => daemon.up(request, emit)) };
      },
    },
    {
      method: "POST",
      path: "/v1/down",
      access: "change",
      handle: async () => {
        await daemon.down();
        return json({ state: daemon.state });
      },
    },
    {
      method: "POST",
      path: "/v1/logout",
      access: "change",
      handle: async () => json({ told: await daemon.logout(), state: daemon.state }),
    },
    {
      method: "POST",
      path: "/v1/ping",
      access: "read",
      handle: ({ body, signal }) => {
        const request = pingRequestFrom(fieldsOf(body, PING_FIELDS));
        return { kind: "lines", lines: ping(daemon.runningNode(), request, signal) };
      },
    },
    {
      method: "GET",
      path: "/v1/netcheck",
      access: "read",
      handle: () => Promise.resolve(json({ last: daemon.runningNode().netchecker.last ?? null })),
    },
    {
      method: "POST",
      path: "/v1/netcheck",
      access: "read",
      handle: async () => json(await daemon.runningNode().netchecker.check()),
    },
    {
      method: "GET",
      path: "/v1/why/:node",
      access: "read",
      handle: async ({ params }) => json(await why(daemon, params.node ?? "")),
    },
    {
      method: "POST",
      path: "/v1/shutdown",
      access: "change",
      handle: () => {
        // After the answer is on its way.
        setImmediate(shutdown);
        return json({});
      },
    },
  ];
}

function json(body: unknown): LocalResponse {
  return { kind: "json", body };
}

/** Errors: `MeshdError` for what is no object, and for a field that is none of `known`: a typing error must not look like success. */
function fieldsOf(body: unknown, known: readonly string[]): Fields {
  if (body === undefined) return {};
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new MeshdError("bad-request", 2, "the request body is not a JSON object");
  }
  const stranger = Object.keys(body).find((name) => !known.includes(name));
  if (stranger === undefined) return body as Fields;
  throw new MeshdError("bad-request", 2, unknown("field", stranger, known));
}

/** What `run` emits, and at last what it returns, as a stream; its error ends the stream. */
async function* collect(
  run: (emit: (line: UpProgress) => void) => Promise<NodeStatus>,
): AsyncGenerator<UpProgress, void> {
  const lines: UpProgress[] = [];
  let wake: () => void = () => undefined;
  let outcome: { readonly status: NodeStatus } | { readonly error: unknown } | undefined;
  run((line) => {
    lines.push(line);
    wake();
  }).then(
    (status) => {
      outcome = { status };
      wake();
    },
    (error: unknown) => {
      outcome = { error };
      wake();
    },
  );
  for (;;) {
    yield* lines.splice(0);
    if (outcome !== undefined) {
      if ("error" in outcome) throw outcome.error;
      yield { stage: "connected", status: outcome.status };
      return;
    }
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
}

async function* watch(daemon: Daemon, signal: AbortSignal): AsyncGenerator<NodeStatus, void> {
  let shown = "";
  while (!signal.aborted) {
    const changed = daemon.nextChange(signal, WATCH_REFRESH_MS);
    const status = await daemon.status();
    const text = JSON.stringify(status);
    if (text !== shown) {
      shown = text;
      yield status;
    }
    await changed;
    await new Promise((resolve) => setTimeout(resolve, WATCH_SETTLE_MS));
  }
}
