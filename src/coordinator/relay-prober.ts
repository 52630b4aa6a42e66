// Carries out a relay's proof (relay-proof.ts): sockets of its own for each, closed when it is over.
import { createSocket, type Socket } from "node:dgram";
import { meshIdOf } from "../identity/ids.ts";
import { generateSigningKey, randomBytes, type SigningKey } from "../identity/keys.ts";
import { formatSocketAddress, parseIp, type SocketAddress, splitSocketAddress } from "../protocol/address.ts";
import { RelayProof } from "./relay-proof.ts";

/** Those of the addresses at which the relay of that key answers strangers. Never rejects: what cannot be asked is not reached. */
export type ProveRelay = (
  relayKey: Uint8Array,
  addresses: readonly SocketAddress[],
) => Promise<readonly SocketAddress[]>;

export function relayProver(root: SigningKey): ProveRelay {
  const meshId = meshIdOf(root.publicKey);
  return (relayKey, addresses) => {
    const now = (): number => performance.now();
    const options = { root, meshId, relayKey, prober: generateSigningKey(), addresses, random: randomBytes };
    return run(new RelayProof(options, now()), now);
  };
}

function run(proof: RelayProof, now: () => number): Promise<readonly SocketAddress[]> {
  return new Promise((resolve) => {
    const sockets = new Map<4 | 6, Socket>();
    let timer: NodeJS.Timeout | undefined;
    const carryOn = (): void => {
      clearTimeout(timer);
      for (let next = proof.pollTransmit(); next !== undefined; next = proof.pollTransmit()) {
        const { ip, port, family } = splitSocketAddress(next.address);
        // A family that this host does not have is an address that is not reached.
        socketOf(family).send(next.data, port, ip, () => undefined);
      }
      const at = proof.pollTimeout();
      if (at === undefined) {
        for (const socket of sockets.values()) socket.close();
        resolve(proof.proven);
        return;
      }
      timer = setTimeout(
        () => {
          proof.handleTimeout(now());
          carryOn();
        },
        Math.max(0, Math.ceil(at - now())),
      );
    };
    const socketOf = (family: 4 | 6): Socket => {
      const known = sockets.get(family);
      if (known !== undefined) return known;
      const socket = createSocket(family === 4 ? "udp4" : "udp6");
      sockets.set(family, socket);
      socket.on("error", () => undefined);
      socket.on("message", (data, { address, port }) => {
        const ip = parseIp(address);
        if (ip === undefined || port === 0) return;
        proof.handleDatagram(data, formatSocketAddress(ip, port));
        carryOn();
      });
      return socket;
    };
    carryOn();
  });
}
