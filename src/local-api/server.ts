// Serves a table of routes on a Unix socket that anyone on the machine may open: who may change things is decided per request by the
// caller's credentials as the kernel tells them. A web page must not get here through some proxy on the machine (as with
// CVE-2022-41924): requests that carry a browser's headers or a foreign Host are refused.
import { chmodSync, lstatSync, mkdirSync, unlinkSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { dirname } from "node:path";
import type { PeerCredentials } from "../engine/index.ts";
import { MeshdError } from "../protocol/errors.ts";
import { type LocalResponse, matchRoute, type Route } from "./routes.ts";
import { toErrorBody } from "./wire.ts";

export interface LocalApiServerOptions {
  readonly socketPath: string;
  /** What serves, for messages: "daemon", "coordinator". */
  readonly role: string;
  readonly routes: readonly Route[];
  /** `peerCredentials` of src/engine, or a fake. */
  readonly credentials: (fd: number) => PeerCredentials;
  /** Beyond root and this process' own user, who always may. */
  readonly mayChange?: (caller: PeerCredentials) => boolean;
  /** Other limits than `PATIENCE`. */
  readonly patience?: Partial<Patience>;
}

/** How long a request may take to arrive. */
export interface Patience {
  readonly headersMs: number;
  readonly requestMs: number;
  /** How often slow ones are looked for. */
  readonly checkMs: number;
}

const PATIENCE: Patience = { headersMs: 10_000, requestMs: 30_000, checkMs: 5_000 };

export interface LocalApiServer {
  readonly socketPath: string;
  /** Ends open requests and removes the socket. */
  close(): Promise<void>;
}

/** sockaddr_un.sun_path, without the closing zero byte (unix(7)). */
const MAX_SOCKET_PATH_BYTES = 107;
const MAX_BODY_BYTES = 1 << 20;
const MAX_CONNECTIONS = 256;
/** Of one user other than root and our own: nobody may keep the others out. */
export const MAX_CONNECTIONS_OF_USER = 48;
const ALLOWED_HOSTS: ReadonlySet<string> = new Set(["meshd", "localhost"]);
const BROWSER_HEADERS = ["origin", "referer", "sec-fetch-site", "sec-fetch-mode"] as const;

/** Errors: `MeshdError` "already-running" where a live role answers on the socket; the socket of a dead one is replaced. */
export async function serveLocalApi(options: LocalApiServerOptions): Promise<LocalApiServer> {
  const { socketPath, role } = options;
  if (Buffer.byteLength(socketPath) > MAX_SOCKET_PATH_BYTES) {
    const message = `socket path ${socketPath} is longer than ${String(MAX_SOCKET_PATH_BYTES)} bytes; choose a shorter --socket`;
    throw new MeshdError("socket-path", 2, message);
  }
  const closing = new AbortController();
  const { headersMs, requestMs, checkMs } = { ...PATIENCE, ...options.patience };
  // Node looks for slow requests only every half minute unless told otherwise.
  const server = createServer({ connectionsCheckingInterval: checkMs }, (request, response) => {
    void respond(options, closing.signal, request, response);
  });
  server.maxConnections = MAX_CONNECTIONS;
  limitConnectionsOfUsers(server, options.credentials);
  // Streams such as /v1/watch stay open as long as they like; headers may not.
  server.requestTimeout = requestMs;
  server.headersTimeout = headersMs;
  makeSocketDirectory(socketPath);
  try {
    await listen(server, socketPath);
  } catch (error) {
    if (errorCode(error) !== "EADDRINUSE") throw socketFailure(socketPath, error);
    if (await answers(socketPath)) {
      const message = `another ${role} is running on ${socketPath}; stop it, or give this one its own --socket and --state-dir`;
      throw new MeshdError("already-running", 1, message);
    }
    // One that a killed role left. Whatever else lies there is somebody's.
    if (!lstatSync(socketPath).isSocket()) {
      throw new MeshdError("socket", 1, `cannot listen on ${socketPath}: it is no socket; choose another --socket`);
    }
    unlinkSync(socketPath);
    await listen(server, socketPath);
  }
  chmodSync(socketPath, 0o666);
  return {
    socketPath,
    close: () => {
      closing.abort();
      return new Promise((resolve) => {
        // Node removes the socket's file when the server closes.
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      });
    },
  };
}

function limitConnectionsOfUsers(server: Server, credentials: LocalApiServerOptions["credentials"]): void {
  const held = new Map<number, number>();
  server.on("connection", (socket: Socket) => {
    const uid = uidOf(socket, credentials);
    if (uid === undefined) {
      socket.destroy();
      return;
    }
    const count = (held.get(uid) ?? 0) + 1;
    if (count > MAX_CONNECTIONS_OF_USER && uid !== 0 && uid !== process.getuid?.()) {
      socket.destroy();
      return;
    }
    held.set(uid, count);
    socket.once("close", () => {
      const left = (held.get(uid) ?? 1) - 1;
      if (left === 0) held.delete(uid);
      else held.set(uid, left);
    });
  });
}

/** Undefined for a caller that is gone already. */
function uidOf(socket: Socket, credentials: LocalApiServerOptions["credentials"]): number | undefined {
  try {
    return credentials(fdOf(socket)).uid;
  } catch {
    return undefined;
  }
}

async function respond(
  options: LocalApiServerOptions,
  closing: AbortSignal,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  response.once("close", () => {
    gone.abort();
  });
  try {
    const answer = await handle(options, AbortSignal.any([closing, gone.signal]), request);
    await send(response, answer);
  } catch (error) {
    if (response.destroyed) return;
    if (response.headersSent) {
      response.end(`${JSON.stringify(toErrorBody(error))}\n`);
      return;
    }
    sendJson(response, statusOf(error), toErrorBody(error));
  }
}

async function handle(
  options: LocalApiServerOptions,
  signal: AbortSignal,
  request: IncomingMessage,
): Promise<LocalResponse> {
  refuseBrowsers(request);
  const method = request.method ?? "GET";
  const url = urlOf(request);
  const match = url === undefined ? undefined : matchRoute(options.routes, method, url.pathname);
  if (url === undefined || match === undefined || match === "method") {
    throw noSuchRoute(options, method, url?.pathname ?? request.url ?? "", match === "method");
  }
  const credentials = options.credentials(fdOf(request.socket));
  const mayChange =
    credentials.uid === 0 || credentials.uid === process.getuid?.() || (options.mayChange?.(credentials) ?? false);
  if (match.route.access === "change" && !mayChange) {
    const message = `user ${String(credentials.uid)} may not change the ${options.role}; run this as root, or as the user of --operator`;
    throw new MeshdError("not-permitted", 4, message);
  }
  const body = await readBody(request);
  return match.route.handle({
    caller: { ...credentials, mayChange },
    params: match.params,
    query: url.searchParams,
    body,
    signal,
  });
}

function refuseBrowsers(request: IncomingMessage): void {
  const host = (request.headers.host ?? "").replace(/:\d+$/, "");
  if (!ALLOWED_HOSTS.has(host) || BROWSER_HEADERS.some((name) => request.headers[name] !== undefined)) {
    throw new MeshdError("browser", 4, "the local API does not answer browsers or other hosts");
  }
}

function urlOf(request: IncomingMessage): URL | undefined {
  return URL.parse(request.url ?? "/", "http://meshd") ?? undefined;
}

function noSuchRoute(
  { role, routes }: LocalApiServerOptions,
  method: string,
  path: string,
  known: boolean,
): MeshdError {
  const others = routes.filter((route) => matchRoute([route], route.method, path) !== undefined);
  const hint = known
    ? `there it takes ${others.map((route) => route.method).join(" or ")}`
    : `it has ${[...new Set(routes.map((route) => route.path))].join(", ")}`;
  return new MeshdError(known ? "no-such-method" : "no-such-route", 2, `the ${role} has no ${method} ${path}; ${hint}`);
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new MeshdError("body-too-large", 2, "request body is larger than 1 MiB");
    chunks.push(chunk);
  }
  if (size === 0) return undefined;
  // What a form of a web page would say; a script may leave it out.
  const type = request.headers["content-type"];
  if (type !== undefined && !/^application\/json\s*(?:;|$)/i.test(type)) {
    throw new MeshdError("body-type", 2, "request body is declared as no JSON; send content-type: application/json");
  }
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks))) as unknown;
  } catch {
    throw new MeshdError("body-malformed", 2, "request body is not JSON in UTF-8");
  }
}

async function send(response: ServerResponse, answer: LocalResponse): Promise<void> {
  switch (answer.kind) {
    case "json":
      sendJson(response, answer.status ?? 200, answer.body);
      return;
    case "text":
      response.writeHead(200, { "content-type": answer.contentType }).end(answer.body);
      return;
    case "lines":
      response.writeHead(200, { "content-type": "application/x-ndjson" });
      response.flushHeaders();
      for await (const line of answer.lines) {
        if (response.destroyed) return;
        if (!response.write(`${JSON.stringify(line)}\n`)) await drained(response);
      }
      response.end();
  }
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  // A refused body may still be arriving: its connection cannot serve another request.
  const headers = { "content-type": "application/json", ...(status >= 400 ? { connection: "close" } : {}) };
  response.writeHead(status, headers).end(JSON.stringify(body ?? null));
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off("drain", done).off("close", done);
      resolve();
    };
    response.on("drain", done).on("close", done);
  });
}

function statusOf(error: unknown): number {
  if (!(error instanceof MeshdError)) return 500;
  if (error.code === "no-such-route") return 404;
  if (error.code === "no-such-method") return 405;
  if (error.code === "body-too-large") return 413;
  if (error.code === "body-type") return 415;
  switch (error.exitCode) {
    case 2:
      return 400;
    case 4:
      return 403;
    case 5:
      return 504;
    default:
      return 409;
  }
}

/** Node has no public way to a socket's descriptor; `_handle.fd` is what its own tests use. */
function fdOf(socket: Socket): number {
  const handle: unknown = "_handle" in socket ? socket._handle : undefined;
  if (
    typeof handle === "object" &&
    handle !== null &&
    "fd" in handle &&
    typeof handle.fd === "number" &&
    handle.fd >= 0
  ) {
    return handle.fd;
  }
  throw new MeshdError("no-credentials", 4, "cannot tell who is calling");
}

function makeSocketDirectory(socketPath: string): void {
  try {
    mkdirSync(dirname(socketPath), { recursive: true, mode: 0o755 });
  } catch (error) {
    throw socketFailure(socketPath, error);
  }
}

function socketFailure(socketPath: string, error: unknown): MeshdError {
  const code = errorCode(error);
  const denied = code === "EACCES" || code === "EPERM" || code === "EROFS";
  const what = denied ? "not permitted; run as root or choose another --socket" : String(code ?? error);
  return new MeshdError("socket", denied ? 4 : 1, `cannot listen on ${socketPath}: ${what}`);
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(socketPath);
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", (error) => {
      resolve(errorCode(error) !== "ECONNREFUSED" && errorCode(error) !== "ENOENT");
    });
  });
}

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
