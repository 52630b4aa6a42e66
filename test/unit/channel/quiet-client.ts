// Run by webtransport.test.ts in a process of its own: connects and ends. It must print nothing and end by itself.
import { connectWebTransport } from "../../../src/channel/index.ts";

const stream = await connectWebTransport({ host: "127.0.0.1", port: Number(process.argv[2]) }, { timeoutMs: 5000 });
await stream.write(Uint8Array.of(1));
await stream.read();
await stream.close();
