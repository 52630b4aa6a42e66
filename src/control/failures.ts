// What goes wrong between a node and its coordinator, in words for people, with the exit code of the command that waits for it.
import type { ChannelError } from "../channel/errors.ts";
import { MeshdError } from "../protocol/errors.ts";
import type { AuthResultMessage, AuthStatus, GoodbyeReason } from "../protocol/messages.ts";

const NEW_KEY = "make a new key on the coordinator with `meshd admin key create`, then `meshd up --authkey KEY`";

/** Why a connection attempt failed or a connection ended. */
export function channelFailure(error: ChannelError): MeshdError {
  const options = { cause: error };
  switch (error.failure) {
    case "wrong-coordinator":
      return new MeshdError(
        "wrong-coordinator",
        1,
        "Whoever answers at the coordinator's address is not the coordinator of this auth key; check the address, or use a key of that coordinator.",
        options,
      );
    case "version-mismatch":
      return new MeshdError(
        "version-mismatch",
        1,
        `Cannot talk to the coordinator: ${error.message}; update the older one.`,
        options,
      );
    case "protocol":
      return new MeshdError(
        "protocol",
        1,
        `Cannot talk to the coordinator: ${error.message}; check the address and what stands in between.`,
        options,
      );
    case "unreachable":
    case "timeout":
    case "closed":
    case "aborted":
      return new MeshdError(
        "coordinator-away",
        5,
        `The coordinator is away: ${error.message}; check that it runs and that its TCP port is open.`,
        options,
      );
  }
}

/** Why the coordinator does not take this node. */
export function refusal({ status, message }: AuthResultMessage & { status: Exclude<AuthStatus, "ok"> }): MeshdError {
  const said = message === "" ? "" : ` (${message})`;
  switch (status) {
    case "key-required":
      return new MeshdError(
        status,
        1,
        `The coordinator does not know this machine and no auth key was given; ${NEW_KEY}.`,
      );
    case "key-unknown":
      return new MeshdError(status, 1, `The coordinator does not know this auth key; ${NEW_KEY}.`);
    case "key-used":
      return new MeshdError(status, 1, `The auth key was used already and is good for one machine only; ${NEW_KEY}.`);
    case "key-expired":
      return new MeshdError(status, 1, `The auth key has expired; ${NEW_KEY}.`);
    case "key-revoked":
      return new MeshdError(status, 1, `The auth key was revoked; ${NEW_KEY}.`);
    case "node-removed":
      return new MeshdError(status, 1, `This machine was removed from the mesh; to join again, ${NEW_KEY}.`);
    case "bad-signature":
      return new MeshdError(
        status,
        1,
        "The coordinator could not verify this machine's identity; its node key on disk may be damaged: `meshd logout`, then join again.",
      );
    case "rejected":
      return new MeshdError(
        status,
        1,
        `The coordinator rejected this machine${said}; check that both run compatible versions of meshd.`,
      );
    case "full":
      return new MeshdError(
        status,
        1,
        `The mesh has no address left for this machine${said}; remove nodes with \`meshd admin node remove\`.`,
      );
  }
}

/** The host uses the mesh's addresses already. */
export function collision(words: string): MeshdError {
  return new MeshdError("collision", 1, `${words} (the auth key was not used)`);
}

/** The coordinator ended the session and said why. "removed" is a refusal and not among these. */
export function goodbye(reason: Exclude<GoodbyeReason, "removed">, message: string): MeshdError {
  const said = message === "" ? "" : ` (${message})`;
  switch (reason) {
    case "replaced":
      return new MeshdError(
        "replaced",
        1,
        "Another session with this machine's identity took over; stop the other daemon, or give a copied machine its own state directory.",
      );
    case "shutting-down":
      return new MeshdError(
        "coordinator-away",
        5,
        `The coordinator is shutting down${said}; it is tried again until it is back.`,
      );
    case "overloaded":
      return new MeshdError(
        "coordinator-away",
        5,
        `The coordinator is overloaded${said}; it is tried again in a while.`,
      );
    case "unspecified":
      return new MeshdError("coordinator-away", 5, `The coordinator ended the session${said}; it is tried again.`);
  }
}
