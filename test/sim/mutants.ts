// Planted bugs: what the simulation must notice. Each changes one place of the product's source as it is loaded (worker.ts); the
// product itself knows nothing of them. A place that is not found any more is an error, so that no mutant silently stops biting.

export interface Mutant {
  readonly name: string;
  /** What would be wrong, in words. */
  readonly bug: string;
  /** Under src/. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export const MUTANTS: readonly Mutant[] = [
  {
    name: "probe-late",
    bug: "the first probes of a burst leave two seconds late",
    file: "paths/targets.ts",
    from: "[0, 50, 150, 350, 750, 1500, 2500]",
    to: "[2000, 2050, 2150, 2350, 2500]",
  },
  {
    name: "budget-off-by-one",
    bug: "one packet more than the node's budget is let pass",
    file: "paths/probe-budget.ts",
    from: "export const PROBE_BUDGET = 600;",
    to: "export const PROBE_BUDGET = 601;",
  },
  {
    name: "relay-never-left",
    bug: "relays are ranked before direct paths",
    file: "paths/peer-paths.ts",
    from: "this.#relayPreference.preferred ? [...second, ...first] : [...first, ...second]",
    to: "[...second, ...first]",
  },
  {
    name: "sockets-kept",
    bug: "extra sockets are never closed",
    file: "paths/peer-paths.ts",
    from: "if (sockets.length === 0) return;",
    to: "if (sockets.length >= 0) return;",
  },
  {
    name: "birthdays-without-end",
    bug: "failed birthday attempts are repeated as often as the peer is tried",
    file: "paths/birthday-desk.ts",
    from: "return Math.max(last + pauseMs, oldest + EARLY_WINDOW_MS);",
    to: "return Math.min(last + pauseMs, oldest + EARLY_WINDOW_MS, -Infinity);",
  },
  {
    name: "birthdays-at-a-time",
    bug: "several peers have birthday attempts at the same time",
    file: "paths/birthday-desk.ts",
    from: "this.isBusy(now) ||",
    to: "",
  },
  {
    name: "few-birthday-sockets",
    bug: "birthday probing opens a tenth of the sockets it needs",
    file: "paths/hard-side.ts",
    from: "export const BIRTHDAY_SOCKETS = 240;",
    to: "export const BIRTHDAY_SOCKETS = 24; const FEWEST = 1;",
  },
  {
    name: "too-many-sockets",
    bug: "nobody counts the engine's extra sockets",
    file: "paths/birthday-desk.ts",
    from: "Math.min(wanted, MAX_EXTRA_SOCKETS - this.#sockets)",
    to: "wanted * 2",
  },
  {
    name: "no-backoff",
    bug: "attempts that found nothing are repeated every second",
    file: "paths/backoff.ts",
    from: "FIRST_DELAY_MS * 2 ** (failures - 1)",
    to: "FIRST_DELAY_MS + 0 * failures",
  },
  {
    name: "idle-forgotten",
    bug: "a peer that became idle is treated as before",
    file: "paths/peer-paths.ts",
    from: 'this.#becomeIdle("idle: the peer\'s paths are looked for again at the next packet");',
    to: "",
  },
  {
    name: "no-triggered-check",
    bug: "an address that the peer was heard from is not pinged back",
    file: "paths/peer-paths.ts",
    from: "if (target !== undefined) this.#prober.check(target, now);",
    to: "",
  },
  {
    name: "prediction-astray",
    bug: "predicted ports are beside those that the NAT uses",
    file: "paths/port-prediction.ts",
    from: "first.port + direction * (i + 1)",
    to: "first.port + direction * (i + 8)",
  },
  {
    name: "stranger-at-the-relay",
    bug: "the relay's word that it does not know the session is ignored",
    file: "paths/relay-session.ts",
    from: 'this.#lose("the relay does not know the session", now);',
    to: "",
  },
  {
    name: "pings-unanswered",
    bug: "the peer's pings get no pong",
    file: "paths/peer-paths.ts",
    from: "if (!this.#mayProbe(from.address) || !this.#prober.takeAnswer(now)) return;",
    to: "if (now >= 0) return;",
  },
  {
    name: "no-hysteresis",
    bug: "of two paths the one that was measured last goes first",
    file: "paths/ranking.ts",
    from: "if (gainMs > Math.max(CLEAR_GAIN_MS, CLEAR_GAIN_SHARE * ofHolder)) return true;",
    to: "if (gainMs !== 0) return true;",
  },
  {
    name: "own-address-probed",
    bug: "a peer's private address that is also our own is probed",
    file: "paths/peer-paths.ts",
    from: "&& !this.#local.some((candidate) => candidate.address === address)",
    to: "",
  },
];
