// The near end of the traffic: traffic-client.ts ADDRESS BULK_PORT ECHO_PORT. Prints a line for each block whose hash is right, and for
// each answer on a connection that says nothing until SIGUSR2 comes. What ends a connection is said once.
import { createHash } from "node:crypto";
import { connect } from "node:net";
import { BLOCK_BYTES, HASH_BYTES } from "./traffic-format.ts";

const [address = "", bulkPort, echoPort] = process.argv.slice(2);

let blocks = 0;
let received: Buffer[] = [];
let size = 0;
const bulk = connect(Number(bulkPort), address);
bulk.on("data", (chunk: Buffer) => {
  received.push(chunk);
  size += chunk.length;
  while (size >= HASH_BYTES + BLOCK_BYTES) {
    const all = Buffer.concat(received);
    const block = all.subarray(HASH_BYTES, HASH_BYTES + BLOCK_BYTES);
    const isRight = createHash("sha256").update(block).digest().equals(all.subarray(0, HASH_BYTES));
    const rest = all.subarray(HASH_BYTES + BLOCK_BYTES);
    received = [rest];
    size = rest.length;
    if (isRight) console.log(`block ${++blocks}`);
    else bulk.destroy(new Error("a block has another hash"));
  }
});

const idle = connect(Number(echoPort), address);
let asked = 0;
process.on("SIGUSR2", () => idle.write(`${++asked}\n`));
idle.setEncoding("utf8").on("data", (text: string) => {
  for (const number of text.split("\n").filter(Boolean)) console.log(`answer ${number}`);
});

for (const [name, socket] of [["transfer", bulk] as const, ["idle connection", idle] as const]) {
  socket.on("connect", () => console.log(`connected: ${name}`));
  let reason = "closed by the far end";
  socket.on("error", (error) => (reason = error.message));
  socket.on("close", () => console.log(`broken: ${name}: ${reason}`));
}
