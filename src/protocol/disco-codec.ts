// The plaintext of sealed disco datagrams ↔ bytes (disco.proto).
import {
  boundedBytes,
  candidates,
  candidatesToWire,
  fixedBytes,
  list,
  natHint,
  natHintToWire,
  required,
  socketAddress,
  uint,
  word,
} from "./fields.ts";
import { BOOT_ID_BYTES, MAX_PREDICTED, TRANSACTION_ID_BYTES } from "./limits.ts";
import { type DiscoBody, type DiscoMessage, HARD_PUNCH_METHODS, HARD_PUNCH_STEPS } from "./messages.ts";
import { decodeMessage, encodeMessage, wire } from "./wire.ts";

/** A whole disco datagram has at most 1200 bytes (docs/protocol.md, "Disco"). */
const MAX_DISCO_BYTES = 1200;

export function encodeDiscoMessage({ bootId, counter, body }: DiscoMessage): Uint8Array {
  return encodeMessage(wire.DiscoMessage, { bootId, counter, ...bodyToWire(body) });
}

function bodyToWire(body: DiscoBody): wire.DiscoMessage.$Properties {
  switch (body.kind) {
    case "ping":
      return { ping: body };
    case "pong":
      return { pong: { transactionId: body.transactionId, observed: body.observed ?? "" } };
    case "candidates":
      return {
        candidates: {
          candidates: candidatesToWire(body.candidates),
          attempt: body.attempt,
          replyWanted: body.replyWanted,
          ...(body.nat && { nat: natHintToWire(body.nat) }),
        },
      };
    case "hard-punch":
      return {
        hardPunch: {
          step: HARD_PUNCH_STEPS.indexOf(body.step),
          method: HARD_PUNCH_METHODS.indexOf(body.method),
          attempt: body.attempt,
          predicted: [...body.predicted],
        },
      };
  }
}

/** Undefined if the body is of a kind unknown to this version. Throws ProtocolViolation. */
export function decodeDiscoMessage(bytes: Uint8Array): DiscoMessage | undefined {
  const message = decodeMessage(wire.DiscoMessage, bytes, MAX_DISCO_BYTES, "DiscoMessage");
  const bootId = fixedBytes(message.bootId, BOOT_ID_BYTES, "boot_id");
  const counter = uint(message.counter, "counter");
  const body = bodyFromWire(message);
  return body && { bootId, counter, body };
}

function bodyFromWire(message: wire.DiscoMessage): DiscoBody | undefined {
  if (message.ping) {
    return {
      kind: "ping",
      transactionId: transactionId(message.ping.transactionId),
      paddingBytes: uint(message.ping.paddingBytes ?? 0, "padding_bytes"),
    };
  }
  if (message.pong) {
    const observed = message.pong.observed ?? "";
    return {
      kind: "pong",
      transactionId: transactionId(message.pong.transactionId),
      ...(observed !== "" && { observed: socketAddress(observed, "observed") }),
    };
  }
  if (message.candidates) {
    return {
      kind: "candidates",
      candidates: candidates(message.candidates.candidates ?? []),
      attempt: uint(message.candidates.attempt ?? 0, "attempt"),
      replyWanted: message.candidates.replyWanted ?? false,
      ...(message.candidates.nat && { nat: natHint(message.candidates.nat) }),
    };
  }
  if (message.hardPunch) return hardPunch(message.hardPunch);
  return undefined;
}

/** Steps and methods of later versions are as good as none. */
function hardPunch(message: wire.HardPunch.$Properties): DiscoBody | undefined {
  const step = word(HARD_PUNCH_STEPS, message.step ?? 0);
  const method = word(HARD_PUNCH_METHODS, message.method ?? 0);
  if (step === undefined || method === undefined) return undefined;
  return {
    kind: "hard-punch",
    step,
    method,
    attempt: uint(message.attempt ?? 0, "attempt"),
    predicted: list(message.predicted ?? [], MAX_PREDICTED, "predicted", (each) => socketAddress(each, "predicted")),
  };
}

function transactionId(value: Uint8Array | null | undefined): Uint8Array {
  return boundedBytes(required(value, "transaction_id"), TRANSACTION_ID_BYTES, TRANSACTION_ID_BYTES, "transaction_id");
}
