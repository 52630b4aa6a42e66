// An HTTP proxy that knows CONNECT only (RFC 9110 §9.3.6), as companies have it: connect-proxy.ts ADDRESS PORT.
import { createServer } from "node:http";
import { connect } from "node:net";

const [address = "0.0.0.0", port = "3128"] = process.argv.slice(2);

const server = createServer((_, response) => response.writeHead(405).end());
server.on("connect", (request, client, head) => {
  const target = URL.parse(`tcp://${request.url ?? ""}`);
  if (target === null || target.port === "") {
    client.end("HTTP/1.1 400 Bad Request\r\n\r\n");
    return;
  }
  const upstream = connect(Number(target.port), target.hostname.replaceAll(/[[\]]/g, ""), () => {
    client.write("HTTP/1.1 200 Connection established\r\n\r\n");
    upstream.write(head);
    upstream.pipe(client).pipe(upstream);
  });
  upstream.on("error", () => client.destroy());
  client.on("error", () => upstream.destroy());
});
server.listen(Number(port), address, () => console.log("proxying"));
