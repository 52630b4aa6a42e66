// The far end of the traffic: traffic-server.ts BULK_PORT ECHO_PORT. Sends megabyte after megabyte, each behind its hash; echoes.
import { createHash, randomBytes } from "node:crypto";
import { createServer, type Socket } from "node:net";
import { BLOCK_BYTES } from "./traffic-format.ts";

const SLICE_BYTES = 1 << 16;
/** 2 MB/s: enough to be on the way all the time, little enough to leave the machine to the daemons. */
const SLICE_INTERVAL_MS = 32;

const [bulkPort, echoPort] = process.argv.slice(2).map(Number);

function sendBlocks(socket: Socket): void {
  const block = randomBytes(BLOCK_BYTES);
  let number = 0;
  let waiting = Buffer.alloc(0);
  const timer = setInterval(() => {
    // One that does not read waits in its own kernel, not here.
    if (socket.writableLength > SLICE_BYTES) return;
    if (waiting.length === 0) {
      block.writeUInt32BE(number++, 0);
      waiting = Buffer.concat([createHash("sha256").update(block).digest(), block]);
    }
    socket.write(waiting.subarray(0, SLICE_BYTES));
    waiting = waiting.subarray(SLICE_BYTES);
  }, SLICE_INTERVAL_MS);
  socket.on("error", () => undefined).on("close", () => clearInterval(timer));
}

createServer(sendBlocks).listen(bulkPort, "::", () => {
  createServer((socket) => socket.on("error", () => undefined).pipe(socket)).listen(echoPort, "::", () =>
    console.log("serving"),
  );
});
