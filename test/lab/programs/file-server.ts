// A small web server: file-server.ts FILE ADDRESS PORT serves FILE for every path, and takes uploads (PUT), answering their hash.
import { createHash } from "node:crypto";
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { pipeline } from "node:stream/promises";

const [file = "", address = "::", port = "80"] = process.argv.slice(2);

const server = createServer((request, response) => {
  if (request.method === "PUT") {
    const hash = createHash("sha256");
    request.on("data", (chunk: Buffer) => hash.update(chunk)).on("end", () => response.end(hash.digest("hex")));
    return;
  }
  response.writeHead(200, { "content-length": statSync(file).size, "content-type": "application/octet-stream" });
  // 1 MiB at a time: the server is not what is measured.
  pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), response).catch(() => response.destroy());
});
server.listen(Number(port), address, () => console.log("serving"));
