import { acceptAsCoordinator, listenWebTransport, makeSelfSignedCertificate } from "../../../src/channel/index.ts";
import type { SealedStream, TlsCertificate } from "../../../src/channel/index.ts";
import { meshIdOf, verify } from "../../../src/identity/index.ts";
import type { SigningKey } from "../../../src/identity/index.ts";
import { decodeNodeMessage, encodeCoordinatorMessage, nodeKeyBytes } from "../../../src/protocol/index.ts";
import type { AuthStatus, CoordinatorMessage, NodeMessage } from "../../../src/protocol/index.ts";

export interface TestCoordinator {
  readonly port: number;
  /** What nodes said, in order. */
  readonly heard: NodeMessage[];
  /** The answer to the next authentications. */
  status: AuthStatus;
  send(message: CoordinatorMessage): void;
  /** Cuts the sessions without a word. */
  cut(): void;
  close(): Promise<void>;
}

/** docs/protocol.md, "Control channel", step 4. */
const greeting = encodeCoordinatorMessage({ kind: "mesh-prefixes", prefixes: ["100.64.0.0/10", "fd7a:1::/48"] });

let certificate: Promise<TlsCertificate> | undefined;

/** A coordinator of a page: it checks the node's proof, answers as told, and confirms a logout. */
export async function startTestCoordinator(root: SigningKey, port = 0): Promise<TestCoordinator> {
  certificate ??= makeSelfSignedCertificate();
  const channels = new Set<SealedStream>();
  const heard: NodeMessage[] = [];

  const serve = async (channel: SealedStream) => {
    channels.add(channel);
    try {
      for (let bytes = await channel.receive(); bytes; bytes = await channel.receive()) {
        const message = decodeNodeMessage(bytes);
        if (!message) continue;
        heard.push(message);
        await answer(channel, message);
      }
      await channel.close();
    } catch {
      channel.abort();
    } finally {
      channels.delete(channel);
    }
  };
  const answer = async (channel: SealedStream, message: NodeMessage) => {
    const say = (reply: CoordinatorMessage) => channel.send(encodeCoordinatorMessage(reply));
    if (message.kind === "authenticate") {
      const context = { purpose: "control-node", meshId: meshIdOf(root.publicKey), verifier: root.publicKey } as const;
      const genuine = verify(nodeKeyBytes(message.nodeKey), context, channel.transcriptHash, message.signature);
      const status = genuine ? coordinator.status : "bad-signature";
      await say({ kind: "auth-result", status, message: "", coordinatorTimeMs: 1_700_000_000_000 });
    }
    if (message.kind === "logout") await say({ kind: "goodbye", reason: "removed", message: "" });
  };

  const listener = await listenWebTransport({
    ...{ host: "127.0.0.1", port, certificate: await certificate, maxSessions: 100 },
    onStream: {
      control: (stream) => {
        acceptAsCoordinator(stream, root, { timeoutMs: 2000, greeting }).then(serve, () => undefined);
      },
    },
  });
  const coordinator: TestCoordinator = {
    port: listener.port,
    heard,
    status: "ok",
    send: (message) => {
      for (const channel of channels) void channel.send(encodeCoordinatorMessage(message));
    },
    cut: () => {
      for (const channel of channels) channel.abort();
    },
    close: () => listener.close(),
  };
  return coordinator;
}
