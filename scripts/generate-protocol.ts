// Generates src/protocol/gen/meshd.{js,d.ts} from src/protocol/*.proto: `node scripts/generate-protocol.ts [OUTPUT_DIR]`.
// The output is checked in; test/unit/protocol/generated.test.ts fails when it is not current.
import { readFile, mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const PROTOCOL_DIR = fileURLToPath(new URL("../src/protocol/", import.meta.url));
const PROTO_FILES = ["authkey.proto", "control.proto", "disco.proto", "relay.proto"];

const HEAD = "// Generated from src/protocol/*.proto by scripts/generate-protocol.ts.\n";

/** Encode and decode only; 64-bit integers as numbers, since every value stays below 2^53. */
const STATIC_MODULE = [
  ...["--target", "static-module", "--wrap", "esm", "--es6", "--force-number"],
  ...["--no-create", "--no-verify", "--no-convert", "--no-delimited", "--no-typeurl", "--no-service"],
];

interface Cli {
  main(args: readonly string[], done: (error: Error | null) => void): void;
}

const require = createRequire(import.meta.url);
const pbjs = require("protobufjs-cli/pbjs") as Cli;

function generate(args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    pbjs.main(args, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

/** Writes meshd.js and meshd.d.ts into `outputDir`. */
export async function generateProtocol(outputDir: string): Promise<void> {
  await mkdir(outputDir, { recursive: true });
  const sources = PROTO_FILES.map((file) => join(PROTOCOL_DIR, file));
  const codeFile = join(outputDir, "meshd.js");
  const typesFile = join(outputDir, "meshd.d.ts");
  // The types are read from the comments, which the code that is loaded at run time does without.
  await generate([...STATIC_MODULE, "--dts", "--out", codeFile, ...sources]);
  await generate([...STATIC_MODULE, "--no-comments", "--out", codeFile, ...sources]);
  for (const file of [codeFile, typesFile]) await writeFile(file, HEAD + (await readFile(file, "utf8")));
}

if (import.meta.main) await generateProtocol(process.argv[2] ?? join(PROTOCOL_DIR, "gen"));
