// What a shell offers where a node is to be named: the scripts run in their shells, against a socket that answers like a daemon's.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const MAIN = fileURLToPath(new URL("../../../src/main.ts", import.meta.url));
const directory = mkdtempSync(join(tmpdir(), "meshd-completion-"));
const socket = join(directory, "node.sock");
const program = join(directory, "meshd");
const run = promisify(execFile);

/** Words after "meshd" → what the shell would offer; the last word is what was typed of it. */
type Offers = (script: string, words: readonly string[], env: NodeJS.ProcessEnv) => Promise<readonly string[]>;

async function shell(name: string, commands: string, env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const flags = name === "zsh" ? ["-f"] : name === "bash" ? ["--norc"] : ["--no-config"];
  const { stdout, stderr } = await run(name, [...flags, "-c", commands], { env });
  assert.equal(stderr, "");
  return stdout.split("\n").filter((line) => line !== "");
}

const SHELLS: Readonly<Record<string, Offers>> = {
  bash: (script, words, env) => {
    const line = [program, ...words].map((word) => `'${word}'`).join(" ");
    const call = `COMP_WORDS=(${line}); COMP_CWORD=${String(words.length)}; _meshd; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return shell("bash", `source ${script}\n${call}`, env);
  },
  // Completion widgets work in an interactive zsh only; what they would be told is enough.
  zsh: (script, words, env) => {
    const line = [program, ...words].map((word) => `'${word}'`).join(" ");
    const stubs = `compdef() { }; _files() { }; _describe() { print -l -- \${(P)2} }`;
    const call = `words=(${line}); CURRENT=${String(words.length + 1)}; PREFIX='${words.at(-1) ?? ""}'; _meshd`;
    return shell("zsh", `${stubs}\nsource ${script}\n${call}`, env);
  },
  fish: async (script, words, env) => {
    const found = await shell("fish", `source ${script}\ncomplete -C '${["meshd", ...words].join(" ")}'`, env);
    return found.map((line) => line.split("\t")[0] ?? "");
  },
};

const isInstalled = (name: string): boolean =>
  (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, name)));

describe("completion", () => {
  let server: Server;
  let names: readonly string[] = [];
  const env = { ...process.env, PATH: `${directory}${delimiter}${process.env.PATH ?? ""}`, MESHD_SOCKET: socket };

  before(async () => {
    writeFileSync(
      program,
      `#!/bin/sh\nexec '${process.execPath}' --disable-warning=ExperimentalWarning '${MAIN}' "$@"\n`,
    );
    chmodSync(program, 0o755);
    server = createServer((_, response) => {
      response.end(JSON.stringify({ state: "running", peers: names.map((name) => ({ name })) }));
    });
    await new Promise<void>((resolve) => server.listen(socket, resolve));
  });
  after(() => {
    server.close();
    rmSync(directory, { recursive: true });
  });

  for (const [name, offers] of Object.entries(SHELLS)) {
    const skip = isInstalled(name) ? false : `${name} is not installed`;
    it(`offers peers where a node is to be named: ${name}`, { skip }, async () => {
      const script = join(directory, `completion.${name}`);
      writeFileSync(script, (await run(program, ["completion", name])).stdout);
      names = ["laptop", "lab", "phone", "$(touch owned)"];
      for (const verb of ["ping", "why", "ip", "whois"]) {
        const offered = await offers(script, [verb, ""], env);
        assert.deepEqual([...offered].sort(), ["lab", "laptop", "phone"], verb);
      }
      assert.ok((await offers(script, ["ping", "la"], env)).includes("laptop"));
      assert.ok((await offers(script, ["ping", "--un"], env)).some((word) => word.startsWith("--until-direct")));
      assert.ok(!(await offers(script, ["status", ""], env)).includes("laptop"));
      assert.ok(!(await offers(script, [""], env)).some((word) => word.startsWith("node-names")));

      // Nobody answers: what is known without asking is offered, and nothing is said.
      const away = { ...env, MESHD_SOCKET: join(directory, "none.sock") };
      assert.ok(!(await offers(script, ["ping", ""], away)).includes("laptop"));
    });
  }

  it("does not wait for a daemon that does not answer", async () => {
    const silent = createServer(() => undefined);
    const path = join(directory, "silent.sock");
    await new Promise<void>((resolve) => silent.listen(path, resolve));
    try {
      const { stdout, stderr } = await run(program, ["node-names", "--socket", path]);
      assert.equal(stdout + stderr, "");
    } finally {
      silent.closeAllConnections();
      silent.close();
    }
  });
});
