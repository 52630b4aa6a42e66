import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, it } from "node:test";
import { promisify } from "node:util";

const module = new URL("../../../src/host/last-resort.ts", import.meta.url).href;
const pinoModule = import.meta.resolve("pino");

/** What a process says and how it ends that runs `body` with both handlers installed. */
async function outcome(body: string): Promise<{ readonly code: number; readonly stdout: string; stderr: string }> {
  const script = `
    const { endOnUnexpectedError, surviveLostRejections } = await import(${JSON.stringify(module)});
    const { pino } = await import(${JSON.stringify(pinoModule)});
    endOnUnexpectedError((error) => "meshd: " + error.message);
    ${body}`;
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script]);
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

describe("an error that nobody expected", () => {
  it("ends a process with one line", async () => {
    const { code, stderr } = await outcome(`setTimeout(() => { throw new Error("broken"); });`);
    assert.deepEqual([code, stderr], [1, "meshd: broken\n"]);
    assert.equal((await outcome(`void Promise.reject(new Error("lost"));`)).stderr, "meshd: lost\n");
  });

  it("in a promise that nobody waits for is a line in a role's log, which goes on", async () => {
    const { code, stdout, stderr } = await outcome(`
      surviveLostRejections(pino());
      void Promise.reject(new Error("lost\\nand found"));
      setTimeout(() => console.log("goes on"), 20);`);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /"msg":"a task of the program failed: lost and found"/);
    assert.doesNotMatch(stdout, /stack/);
    assert.match(stdout, /goes on/);
  });
});
