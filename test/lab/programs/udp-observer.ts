// Answers every UDP datagram with the address it came from; with arguments "ADDRESS PORT..." it instead sends one datagram to each
// port from one socket and prints what was answered, a line each ("timeout" where nothing came).
import { createSocket } from "node:dgram";

const [address, ...ports] = process.argv.slice(2);
if (address === undefined) {
  for (const port of [7001, 7002]) {
    const socket = createSocket("udp4");
    socket.on("message", (_, from) => socket.send(`${from.address}:${from.port}`, from.port, from.address));
    socket.bind(port, () => console.log(`ready ${port}`));
  }
} else {
  const socket = createSocket("udp4");
  for (const port of ports) {
    const answer = await new Promise<string>((resolve) => {
      const timer = setTimeout(() => resolve("timeout"), 1000);
      socket.once("message", (message) => {
        clearTimeout(timer);
        resolve(message.toString());
      });
      socket.send("?", Number(port), address);
    });
    console.log(answer);
  }
  socket.close();
}
