// The command line's side of the local API. Errors of the role arrive as the `MeshdError` that it threw.
import { request as httpRequest, type IncomingMessage } from "node:http";
import { MeshdError } from "../protocol/errors.ts";
import { fromErrorBody } from "./wire.ts";

export interface LocalApiClient {
  /** The parsed JSON body. */
  request(method: "GET" | "POST" | "DELETE", path: string, body?: unknown, signal?: AbortSignal): Promise<unknown>;
  /** A body that is not JSON, as it came: GET /metrics. */
  text(path: string, signal?: AbortSignal): Promise<string>;
  /** Each line of a stream, parsed; ends with the stream. */
  lines(method: "GET" | "POST", path: string, body?: unknown, signal?: AbortSignal): AsyncGenerator<unknown, void>;
}

const MAX_LINE_BYTES = 16 << 20;

/** `role` is for messages: "daemon", "coordinator". Errors: `MeshdError` "not-running" (exit 3) where nobody answers. */
export function createLocalApiClient(socketPath: string, role: string): LocalApiClient {
  const open = (method: string, path: string, body: unknown, signal?: AbortSignal): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const payload = body === undefined ? undefined : JSON.stringify(body);
      const headers = {
        host: "meshd",
        ...(payload === undefined
          ? {}
          : { "content-type": "application/json", "content-length": Buffer.byteLength(payload) }),
      };
      const outgoing = httpRequest({ socketPath, method, path, headers, ...(signal === undefined ? {} : { signal }) });
      outgoing.once("response", resolve);
      outgoing.once("error", (error) => {
        reject(connectFailure(error, socketPath, role));
      });
      outgoing.end(payload);
    });

  async function* arriving(response: IncomingMessage): AsyncGenerator<unknown, void> {
    try {
      yield* response;
    } catch (error) {
      throw error instanceof Error ? connectFailure(error, socketPath, role) : error;
    }
  }

  const read = async (response: IncomingMessage): Promise<string> => {
    const chunks: Buffer[] = [];
    for await (const chunk of arriving(response) as AsyncIterable<Buffer>) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString("utf8");
    if ((response.statusCode ?? 500) >= 400) throw fromErrorBody(parseJson(text, role)) ?? unexpected(role);
    return text;
  };

  return {
    request: async (method, path, body, signal) => parseJson(await read(await open(method, path, body, signal)), role),
    text: async (path, signal) => read(await open("GET", path, undefined, signal)),
    async *lines(method, path, body, signal) {
      const response = await open(method, path, body, signal);
      response.setEncoding("utf8");
      let rest = "";
      for await (const chunk of arriving(response) as AsyncIterable<string>) {
        const lines = (rest + chunk).split("\n");
        rest = lines.pop() ?? "";
        if (rest.length > MAX_LINE_BYTES) throw unexpected(role);
        for (const line of lines) yield parseLine(line, role);
      }
      if (rest !== "") yield parseLine(rest, role);
    },
  };
}

function parseLine(line: string, role: string): unknown {
  const value = parseJson(line, role);
  const error = fromErrorBody(value);
  if (error !== undefined) throw error;
  return value;
}

function parseJson(text: string, role: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw unexpected(role);
  }
}

function unexpected(role: string): MeshdError {
  return new MeshdError(
    "bad-answer",
    1,
    `the ${role} gave an answer that is not understood; is it of another version?`,
  );
}

function connectFailure(error: Error, socketPath: string, role: string): Error {
  const code = "code" in error ? error.code : undefined;
  if (code === "ENOENT" || code === "ECONNREFUSED") {
    return new MeshdError("not-running", 3, `the ${role} is not running (nothing answers on ${socketPath})`);
  }
  if (code === "EACCES" || code === "EPERM") {
    return new MeshdError("not-permitted", 4, `not permitted to open ${socketPath}; run this as root`);
  }
  if (code === "ECONNRESET" || code === "EPIPE") {
    return new MeshdError("not-running", 3, `the ${role} went away before it answered`);
  }
  return error;
}
