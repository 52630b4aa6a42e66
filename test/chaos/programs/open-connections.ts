// open-connections.ts HOST PORT COUNT: that many TCP connections, of which every second one begins a TLS handshake that it never goes on
// with.
import { connect } from "node:net";

const [host = "", port, count] = process.argv.slice(2);
/** The header of a TLS record of 512 bytes, and the first of them (RFC 8446, section 5.1). */
const BEGUN = Buffer.from("160301020001", "hex");

let open = 0;
for (let number = 0; number < Number(count); number++) {
  const socket = connect(Number(port), host, () => {
    if (number % 2 === 0) socket.write(BEGUN);
    open += 1;
    if (open === Number(count)) console.log("open");
  });
  socket.on("error", () => undefined);
}
setInterval(() => undefined, 1 << 30);
