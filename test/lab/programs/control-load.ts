// Nodes that come and go at a coordinator as fast as it lets them: each opens its channel, proves its key, hears that it is admitted, gets
// its netmap, is answered some heartbeats, and leaves. Arguments: how many at a time, seconds to warm up, seconds to count; the auth key is
// in KEY. Prints one line of JSON.
import { openCoordinatorChannel } from "../../../src/channel/coordinator-channel.ts";
import type { SealedStream } from "../../../src/channel/sealed-stream.ts";
import {
  generateDiscoKey,
  generateSigningKey,
  meshIdOf,
  nodeKeyOf,
  parseAuthKey,
  randomBytes,
  sign,
  signDiscoKey,
  sodiumReady,
} from "../../../src/identity/index.ts";
import { decodeCoordinatorMessage, encodeNodeMessage } from "../../../src/protocol/control-codec.ts";
import type { CoordinatorMessage, NodeMessage } from "../../../src/protocol/messages.ts";

const HEARTBEATS = 10;
const LIMIT_MS = 10_000;

const [atATime = 1, warmUpSeconds = 0, seconds = 1] = process.argv.slice(2).map(Number);
await sodiumReady();
const invitation = parseAuthKey(process.env.KEY ?? "");
const meshId = meshIdOf(invitation.rootKey);

const began = performance.now() + warmUpSeconds * 1000;
const end = began + seconds * 1000;
const done = { joins: 0, heartbeats: 0, failures: 0 };
await Promise.all(Array.from({ length: atATime }, (_, number) => comeAndGo(`load${number}`)));
process.stdout.write(`${JSON.stringify({ ...done, seconds })}\n`);
process.exit();

async function comeAndGo(hostname: string): Promise<void> {
  const [key, disco] = [generateSigningKey(), generateDiscoKey()];
  const counted = (): boolean => performance.now() >= began && performance.now() < end;
  while (performance.now() < end) {
    try {
      const channel = await open();
      const signature = sign(
        key,
        { purpose: "control-node", meshId, verifier: invitation.rootKey },
        channel.transcriptHash,
      );
      await say(channel, {
        kind: "authenticate",
        ...{ nodeKey: nodeKeyOf(key), signature, hostname, os: "linux", software: "0.1.0", bootId: randomBytes(8) },
        ...{ discoKey: disco.publicKey, discoSignature: signDiscoKey(key, meshId, disco.publicKey) },
        auth: { keyId: invitation.keyId, secret: invitation.secret },
      });
      await until(channel, ({ kind }) => kind === "netmap-update");
      if (counted()) done.joins += 1;
      for (let sequence = 0; sequence < HEARTBEATS; sequence++) {
        await say(channel, { kind: "heartbeat", sequence, reply: false, coordinatorTimeMs: 0 });
        await until(channel, (message) => message.kind === "heartbeat" && message.sequence === sequence);
        if (counted()) done.heartbeats += 1;
      }
      await channel.close();
    } catch {
      if (counted()) done.failures += 1;
    }
  }
}

async function open(): Promise<SealedStream> {
  const [coordinator] = invitation.coordinators;
  if (coordinator === undefined) throw new Error("the key names no coordinator");
  return openCoordinatorChannel(coordinator, invitation.rootKey, { timeoutMs: LIMIT_MS });
}

function say(channel: SealedStream, message: NodeMessage): Promise<void> {
  return channel.send(encodeNodeMessage(message));
}

async function until(channel: SealedStream, condition: (message: CoordinatorMessage) => boolean): Promise<void> {
  for (;;) {
    const bytes = await channel.receive();
    if (bytes === undefined) throw new Error("the session ended");
    const message = decodeCoordinatorMessage(bytes);
    if (message !== undefined && condition(message)) return;
  }
}
