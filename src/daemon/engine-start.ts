// Opens the engine and its TUN device, and says in words what stands in the way.
import type { NodeEngine, OpenNodeEngine, TunInfo } from "../engine/index.ts";
import type { EngineEvent } from "../engine/index.ts";
import { MeshdError } from "../protocol/errors.ts";

export interface EngineStart {
  readonly nodeSeed: Uint8Array;
  readonly bootId: Uint8Array;
  /** Of the settings: 0 for any. */
  readonly port: number;
  /** Of the last start: taken again if it is free. 0: none. */
  readonly lastPort: number;
  readonly tun: string;
}

export interface StartedEngine {
  readonly engine: NodeEngine;
  readonly tun: TunInfo;
}

/** Errors: `MeshdError` "port-taken", "not-permitted", "no-tun", "tun-busy". Nothing is left open then. */
export async function startEngine(
  open: OpenNodeEngine,
  start: EngineStart,
  onEvents: (events: readonly EngineEvent[]) => void,
): Promise<StartedEngine> {
  const engine = openOnPort(open, start, onEvents);
  try {
    return { engine, tun: engine.openTun({ name: start.tun }) };
  } catch (error) {
    await engine.close();
    throw tunFailure(error, start.tun);
  }
}

function openOnPort(
  open: OpenNodeEngine,
  { nodeSeed, bootId, port, lastPort }: EngineStart,
  onEvents: (events: readonly EngineEvent[]) => void,
): NodeEngine {
  const openOn = (wanted: number): NodeEngine => open({ nodeSeed, bootId, port: wanted }, onEvents);
  if (port === 0 && lastPort !== 0) {
    try {
      return openOn(lastPort);
    } catch (error) {
      // Nobody asked for this very port: peers learn of another one.
      if (codeOf(error) !== "EADDRINUSE") throw socketFailure(error, lastPort);
    }
  }
  try {
    return openOn(port);
  } catch (error) {
    throw socketFailure(error, port);
  }
}

function socketFailure(error: unknown, port: number): unknown {
  switch (codeOf(error)) {
    case "EADDRINUSE":
      return new MeshdError(
        "port-taken",
        1,
        `UDP port ${port} is taken by another program; choose another with --port`,
      );
    case "EPERM":
    case "EACCES":
      return new MeshdError("not-permitted", 4, `UDP port ${port} needs root; run this as root, or choose --port 0`);
    default:
      return error;
  }
}

function tunFailure(error: unknown, name: string): unknown {
  switch (codeOf(error)) {
    case "ENOENT":
      return new MeshdError(
        "no-tun",
        1,
        "there is no TUN device: /dev/net/tun is missing; `modprobe tun`, or give the container `--device /dev/net/tun`",
      );
    case "EPERM":
    case "EACCES":
      return new MeshdError("not-permitted", 4, `not permitted to make the TUN device ${name}; run the daemon as root`);
    case "EBUSY":
      return new MeshdError(
        "tun-busy",
        1,
        `the TUN device ${name} is in use by another process; choose another with --tun`,
      );
    default:
      return error;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
