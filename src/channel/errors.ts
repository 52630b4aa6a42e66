/** Why a channel did not come about, or ended. */
export type ChannelFailure =
  /** Nobody answers there, or it is no meshd coordinator. */
  | "unreachable"
  /** Someone answers, without the mesh's root key. */
  | "wrong-coordinator"
  /** No version that both sides speak. */
  | "version-mismatch"
  /** The other side breaks the protocol, or the bytes were changed on the way. */
  | "protocol"
  /** The other side, or the network, ended it. */
  | "closed"
  | "timeout"
  /** We ended it: the signal given by the caller, or `abort()`. */
  | "aborted";

export class ChannelError extends Error {
  readonly failure: ChannelFailure;

  constructor(failure: ChannelFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ChannelError";
    this.failure = failure;
  }
}
