// Relays that run by themselves, as the hub sees them: who of them is connected, what nodes are told of them, and that each hears
// at once of nodes that are no members any more.
import type { Logger } from "pino";
import { MeshdError } from "../protocol/errors.ts";
import type { RelayAddresses, RelayEntry, RelayRevocationsMessage } from "../protocol/messages.ts";
import type { NodeKey } from "../protocol/node-key.ts";
import type { KnownRelay, NewRelayToken, RelayJoinRequest, RelayRefusal, RelayRegistry } from "./relay-registry.ts";
import { relayEntryOf } from "./relay-registry.ts";
import type { RunningSession } from "./session-runner.ts";

export interface RelayDeskOptions {
  readonly registry: RelayRegistry;
  readonly log: Logger;
  /** Nodes whose tickets may outlive their membership. */
  readonly revoked: () => Iterable<NodeKey>;
  /** Sessions of members whose relays must hear of revocations, too. */
  readonly offering: () => Iterable<RunningSession>;
  /** Names that offered relays have. */
  readonly isTaken: (name: string) => boolean;
  /** Where the coordinator is, "host:port". */
  readonly coordinators: () => readonly string[];
  /** What nodes are told of relays changed. */
  readonly onChange: () => void;
}

const REFUSALS: Readonly<Record<RelayRefusal, string>> = {
  "key-unknown": "the coordinator does not know this relay token; make a new one with meshd admin relay create",
  "key-used": "another relay has joined with this token; make one for each with meshd admin relay create",
  "key-revoked": "this relay was removed; make a new token with meshd admin relay create",
};

export class RelayDesk {
  readonly #options: RelayDeskOptions;
  readonly #connected = new Map<string, RunningSession>();

  constructor(options: RelayDeskOptions) {
    this.#options = options;
  }

  /** What nodes are told. */
  entries(): readonly RelayEntry[] {
    return this.relays().flatMap((relay) => relayEntryOf(relay, this.isOnline(relay)) ?? []);
  }

  relays(): readonly KnownRelay[] {
    return this.#options.registry.relays();
  }

  isOnline({ tokenId }: KnownRelay): boolean {
    return this.#connected.has(tokenId);
  }

  /** Whether a relay that runs by itself has this name. */
  isRelayName(name: string): boolean {
    return this.#options.registry.isRelayName(name);
  }

  /** The relay whose session it is. */
  nameOf(running: RunningSession): string | undefined {
    const tokenId = this.#tokenOf(running);
    return this.relays().find((relay) => relay.tokenId === tokenId)?.name;
  }

  /** Errors: those of `RelayRegistry.create`, and "name-taken" by a relay that a member offers. */
  async create(name: string): Promise<NewRelayToken> {
    if (this.#options.isTaken(name)) {
      throw new MeshdError("name-taken", 1, `a node offers a relay of the name ${name}; choose another name`);
    }
    return this.#options.registry.create(name);
  }

  /** Errors: those of `RelayRegistry.remove`. */
  async remove(name: string): Promise<KnownRelay> {
    const relay = await this.#options.registry.remove(name);
    const running = this.#connected.get(relay.tokenId);
    this.#connected.delete(relay.tokenId);
    running?.session.handleGoodbye("removed", REFUSALS["key-revoked"]);
    running?.pump();
    this.#options.log.info({ relay: name }, "relay removed");
    this.#options.onChange();
    return relay;
  }

  async join(running: RunningSession, request: RelayJoinRequest): Promise<void> {
    const { registry, log, onChange } = this.#options;
    try {
      const result = await registry.join(request);
      if (result.kind === "refused") {
        log.info({ status: result.status }, "a relay may not join");
        running.session.handleRefused(result.status, REFUSALS[result.status]);
      } else {
        const { tokenId, name } = result.relay;
        const before = this.#connected.get(tokenId);
        this.#connected.set(tokenId, running);
        before?.session.handleGoodbye("replaced", "a newer session of this relay took over");
        before?.pump();
        running.session.handleRelayJoined(this.revocationsFor(name));
        log.info({ relay: name }, "relay joined");
        onChange();
      }
    } catch (error) {
      log.error({ err: error }, "a relay could not be admitted");
      running.session.handleGoodbye("overloaded", "the coordinator cannot write its state");
    }
    running.pump();
  }

  handleAddresses(running: RunningSession, { udpAddresses, tcpAddresses }: RelayAddresses): void {
    const tokenId = this.#tokenOf(running);
    if (tokenId === undefined) return;
    this.#write(this.#options.registry.setAddresses(tokenId, { udpAddresses, tcpAddresses }));
  }

  handleEnd(running: RunningSession): void {
    const tokenId = this.#tokenOf(running);
    if (tokenId === undefined) return;
    this.#connected.delete(tokenId);
    this.#write(this.#options.registry.saw(tokenId));
  }

  revoke(nodeKey: NodeKey): void {
    this.#tell({ nodeKeys: [nodeKey], restored: [] });
  }

  restore(nodeKey: NodeKey): void {
    this.#tell({ nodeKeys: [], restored: [nodeKey] });
  }

  /** All that a relay must know at first. */
  revocationsFor(name: string): RelayRevocationsMessage {
    const { revoked, coordinators } = this.#options;
    const everything = { full: true, nodeKeys: [...revoked()], restored: [], coordinators: coordinators(), name };
    return { kind: "relay-revocations", ...everything };
  }

  #tell(change: Pick<RelayRevocationsMessage, "nodeKeys" | "restored">): void {
    for (const running of [...this.#connected.values(), ...this.#options.offering()]) {
      running.session.handleRevocations({
        kind: "relay-revocations",
        full: false,
        ...change,
        coordinators: [],
        name: "",
      });
      running.pump();
    }
  }

  #tokenOf(running: RunningSession): string | undefined {
    for (const [tokenId, session] of this.#connected) if (session === running) return tokenId;
    return undefined;
  }

  #write(writing: Promise<unknown>): void {
    writing.then(this.#options.onChange, (error: unknown) => {
      this.#options.log.error({ err: error }, "cannot write what is known of a relay");
    });
  }
}
