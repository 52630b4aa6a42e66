// Planted bugs: what the simulation must notice. Each changes one place of the product's source as it is loaded (plant.ts).

export interface Mutant {
  readonly name: string;
  /** What would be wrong, in words. */
  readonly bug: string;
  /** The folder under src/ that has the place, once. */
  readonly within: string;
  readonly from: string;
  readonly to: string;
}

export const MUTANTS: readonly Mutant[] = [
  {
    name: "probe-late",
    bug: "the first probes of a burst leave two seconds late",
    within: "paths",
    from: "[0, 50, 150, 350, 750, 1500, 2500]",
    to: "[2000, 2050, 2150, 2350, 2500]",
  },
  {
    name: "budget-off-by-one",
    bug: "one packet more than the node's budget is let pass",
    within: "paths",
    from: "export const PROBE_BUDGET = 600;",
    to: "export const PROBE_BUDGET = 601;",
  },
  {
    name: "relay-never-left",
    bug: "relays are ranked before direct paths",
    within: "paths",
    from: "this.prefersRelay ? [...second, ...first] : [...first, ...second]",
    to: "[...second, ...first]",
  },
  {
    name: "sockets-kept",
    bug: "extra sockets are never closed",
    within: "paths",
    from: "if (sockets.length === 0) return;",
    to: "if (sockets.length >= 0) return;",
  },
  {
    name: "birthdays-without-end",
    bug: "failed birthday attempts are repeated as often as the peer is tried",
    within: "paths",
    from: "return Math.max(last + pauseMs, oldest + EARLY_WINDOW_MS);",
    to: "return Math.min(last + pauseMs, oldest + EARLY_WINDOW_MS, -Infinity);",
  },
  {
    name: "birthdays-at-a-time",
    bug: "several peers have birthday attempts at the same time",
    within: "paths",
    from: "this.isBusy(now) || now < permittedAt(history)",
    to: "now < permittedAt(history)",
  },
  {
    name: "few-birthday-sockets",
    bug: "birthday probing opens a tenth of the sockets it needs",
    within: "paths",
    from: "export const BIRTHDAY_SOCKETS = 240;",
    to: "export const BIRTHDAY_SOCKETS = 24; const FEWEST = 1;",
  },
  {
    name: "too-many-sockets",
    bug: "nobody counts the engine's extra sockets",
    within: "paths",
    from: "Math.min(wanted, MAX_EXTRA_SOCKETS - this.#sockets)",
    to: "wanted * 2",
  },
  {
    name: "no-backoff",
    bug: "attempts that found nothing are repeated every second",
    within: "paths",
    from: "FIRST_DELAY_MS * 2 ** (failures - 1)",
    to: "FIRST_DELAY_MS + 0 * failures",
  },
  {
    name: "idle-forgotten",
    bug: "a peer that became idle is treated as before",
    within: "paths",
    from: 'this.#becomeIdle("idle: the peer\'s paths are looked for again at the next packet");',
    to: "",
  },
  {
    name: "no-triggered-check",
    bug: "an address that the peer was heard from is not pinged back",
    within: "paths",
    from: "if (target !== undefined) this.#prober.check(target, now);",
    to: "",
  },
  {
    name: "prediction-astray",
    bug: "predicted ports are beside those that the NAT uses",
    within: "paths",
    from: "first.port + direction * (i + 1)",
    to: "first.port + direction * (i + 8)",
  },
  {
    name: "stranger-at-the-relay",
    bug: "the relay's word that it does not know the session is ignored",
    within: "paths",
    from: 'this.#lose("the relay does not know the session", now);',
    to: "",
  },
  {
    name: "pings-unanswered",
    bug: "the peer's pings get no pong",
    within: "paths",
    from: "if (!this.#mayProbe(from.address) || !this.#prober.takeAnswer(now)) return;",
    to: "if (now >= 0) return;",
  },
  {
    name: "no-hysteresis",
    bug: "of two paths the one that was measured last goes first",
    within: "paths",
    from: "if (gainMs > Math.max(CLEAR_GAIN_MS, CLEAR_GAIN_SHARE * ofHolder)) return true;",
    to: "if (gainMs !== 0) return true;",
  },
  {
    name: "own-address-probed",
    bug: "a peer's private address that is also our own is probed",
    within: "paths",
    from: "&& !this.#signalling.isOwn(address)",
    to: "",
  },
  {
    name: "preference-forgotten",
    bug: "a measurement of the relay is never much better",
    within: "paths",
    from: "const MUCH_BETTER_SHARE = 0.6;",
    to: "const MUCH_BETTER_SHARE = 0;",
  },
  {
    name: "relay-kept",
    bug: "the way back from a preferred relay is closed",
    within: "paths",
    from: "ofDirect <= ofRelay * AS_GOOD_SHARE",
    to: "ofDirect < 0 * AS_GOOD_SHARE",
  },
  {
    name: "farthest-home",
    bug: "the relay that is farthest becomes home",
    within: "paths",
    from: "=> rank(a) - rank(b)).map(([name]) => name);",
    to: "=> rank(b) - rank(a)).map(([name]) => name);",
  },
  {
    name: "no-standby",
    bug: "sessions are kept at one relay only",
    within: "paths",
    from: "(lasting === undefined ? others.slice(0, 1) : [lasting])",
    to: "[]",
  },
  {
    name: "loss-forgotten",
    bug: "a relay session that got no answer is not given up",
    within: "paths",
    from: 'this.#lose("the relay does not answer", now);',
    to: "state.ping = undefined;",
  },
  {
    name: "no-tcp",
    bug: "where UDP is blocked nobody turns to TCP",
    within: "paths",
    from: "return this.#retryAt !== undefined;",
    to: "return false;",
  },
  {
    name: "tcp-for-ever",
    bug: "while UDP is blocked it is not tried again",
    within: "paths",
    from: "if (this.#retryAt !== undefined) return this.#retryAt;",
    to: "if (this.#retryAt !== undefined) return undefined;",
  },
  {
    name: "tcp-too-soon",
    bug: "TCP follows UDP as soon as at a near relay",
    within: "paths",
    from: "Math.min(rttMs * (1 + JITTER_SHARE) + BUSY_MS, LONGEST_ANSWER_DELAY_MS)",
    to: "60",
  },
  {
    name: "answer-unheard",
    bug: "a relay that answers is waited for no longer than one that does not",
    within: "paths",
    from: "this.#wasLive || this.#heard ? PATIENCE_MS",
    to: "this.#wasLive ? PATIENCE_MS",
  },
  {
    name: "port-mapping-untold",
    bug: "the port that the router opened is told to nobody",
    within: "nat",
    from: '...ofKind("port-mapped", sources.portMapped ?? []),',
    to: "",
  },
  {
    name: "lan-last",
    bug: "of equal paths the least local one goes first",
    within: "paths",
    from: "localityClass(challenger.address) < localityClass(holder.address)",
    to: "localityClass(challenger.address) > localityClass(holder.address)",
  },
  {
    name: "long-pauses-missing",
    bug: "after ten minutes birthday attempts go on every ten minutes",
    within: "paths",
    from: "FIRST_PAUSE_MS * 2 ** doublings",
    to: "FIRST_PAUSE_MS",
  },
  {
    name: "slow-suspicion",
    bug: "relay sessions are not asked after when a path died",
    within: "paths",
    from: 'if (state.kind === "registered" && state.ping?.schedule !== SUSPECT_PING_SCHEDULE) {',
    to: 'if (now < 0 && state.kind === "registered") {',
  },
  {
    name: "eager-keepalive",
    bug: "relays are pinged every five seconds",
    within: "paths",
    from: "options.keepaliveMs ?? SAFE_KEEPALIVE_MS",
    to: "options.keepaliveMs ?? 5000",
  },
];
