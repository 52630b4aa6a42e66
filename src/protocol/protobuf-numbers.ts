// Every 64-bit value of the protocol stays below 2^53 (fields.ts checks): numbers, never Long objects. This must have happened
// before the generated code is loaded, hence a module of its own.
import protobuf from "protobufjs/minimal.js";

(protobuf.util as { Long: unknown }).Long = undefined;
protobuf.configure();
