// How the samples of wire messages are named and read: every body of every message of the schema by the decoder that reads it.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  decodeClientHello,
  decodeCoordinatorMessage,
  decodeDiscoMessage,
  decodeNetmapEntry,
  decodeNetmapHeader,
  decodeNodeMessage,
  decodeRelayAccepted,
  decodeRelayRegister,
  decodeRelayTicket,
  decodeServerHello,
  Secret,
} from "../../../src/protocol/index.ts";

/** By the message that travels by itself. */
export const DECODERS: Readonly<Record<string, (bytes: Uint8Array) => unknown>> = {
  ClientHello: decodeClientHello,
  ServerHello: decodeServerHello,
  FromNode: decodeNodeMessage,
  FromCoordinator: decodeCoordinatorMessage,
  DiscoMessage: decodeDiscoMessage,
  NetmapHeader: decodeNetmapHeader,
  NetmapEntry: decodeNetmapEntry,
  RelayTicket: decodeRelayTicket,
  RelayRegister: decodeRelayRegister,
  RelayAccepted: decodeRelayAccepted,
};

/** "FromNode.endpoints" for each body of a message that has several, "ClientHello" for one that has not. */
export function namesInSchema(): readonly string[] {
  const schema = ["control", "disco", "relay"]
    .map((name) => readFileSync(fileURLToPath(new URL(`../../../src/protocol/${name}.proto`, import.meta.url)), "utf8"))
    .join("\n");
  return Object.keys(DECODERS).flatMap((message) => {
    const block = new RegExp(`^message ${message} \\{\\n([^]*?)\\n\\}`, "m").exec(schema)?.[1] ?? "";
    const bodies = /oneof body \{([^}]*)\}/.exec(block)?.[1];
    if (bodies === undefined) return [message];
    return Array.from(bodies.matchAll(/^\s*\w+ (\w+) = \d+;/gm), ([, body = ""]) => `${message}.${body}`);
  });
}

export function decode(name: string, bytes: Uint8Array): unknown {
  return DECODERS[name.split(".")[0] ?? ""]?.(bytes);
}

/** As JSON has it: bytes and secrets in hexadecimal. */
export function readable(value: unknown): unknown {
  if (value instanceof Secret) return Buffer.from(value.reveal()).toString("hex");
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  if (Array.isArray(value)) return value.map(readable);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, readable(each)]));
}
