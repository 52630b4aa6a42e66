// A parser with a bug on purpose, to see that it is found: a message of kind 9 whose third field has an odd length and ends in the word
// "mesh". Whoever only changes bytes blindly needs all of that at once.
import type { Target } from "./target.ts";
import { fromText } from "./input.ts";

const MAX_FIELDS = 8;

/** "PLNT" ‖ version 3 ‖ kind ‖ fields of (length, bytes) each. */
function parsePlanted(bytes: Uint8Array): number | undefined {
  const text = Buffer.from(bytes).toString("latin1");
  if (!text.startsWith("PLNT") || bytes[4] !== 3) return undefined;
  const kind = bytes[5];
  let fields = 0;
  for (let at = 6; at < bytes.length && fields < MAX_FIELDS; fields++) {
    const length = bytes[at] ?? 0;
    const field = text.slice(at + 1, at + 1 + length);
    if (field.length !== length) return undefined;
    if (kind === 9) {
      if (fields === 2) {
        if (length % 2 === 1) {
          if (field.endsWith("mesh")) throw new RangeError("planted: this is the bug");
        }
      }
    }
    at += 1 + length;
  }
  return fields;
}

export const planted: Target = {
  name: "planted",
  maxBytes: 256,
  seeds: () => fromText("PLNT\u0003\u0001\u0002ab"),
  run(input) {
    parsePlanted(input);
  },
};
