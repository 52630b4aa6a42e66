// The table: for every option and argument, wrong values and what is said of them. A value counts as flag, as MESHD_ variable and as key of the
// configuration file, wherever the option has these; options.test.ts fails for an option that has no row here.

export interface BadValue {
  readonly value: string;
  readonly says: RegExp;
  /** Found by the verb, not by the parser of the command line: tried with the real program. */
  readonly late?: true;
}

const EMPTY: readonly BadValue[] = ["", " ", "\t"].map((value) => ({ value, says: /it is empty/ }));
const CONTROL: BadValue = { value: "a\x1b[31mb", says: /control characters/ };
const HUGE: BadValue = { value: "x".repeat(9000), says: /too long|at most 107 bytes/ };
const TEXT = [...EMPTY, CONTROL, HUGE];

const BOOLEAN = bad(/expected true or false/, "", " ", "maybe", "2", "tru", "ｔｒｕｅ", "NaN");
const PORT = bad(
  /expected a port from 0 to 65535/,
  "",
  " ",
  "-1",
  "65536",
  "1.5",
  "1e3",
  "0x50",
  "NaN",
  "http",
  "４４３",
  "99999999999",
);
const WAIT = [
  ...bad(/expected a duration/, "", " ", "-1s", "1w", "1 h", "1e99", "NaN", "s", "١s"),
  ...bad(/above zero and below 24 days/, "0", "0ms", "25d", "999999999d"),
];
const RATE = bad(/expected bits a second/, "", " ", "-1", "1T", "1e99", "NaN", "fast", "1,5M");
const CHOICE = bad(/Allowed choices are/, "", " ", "loud", "DEBUG");
const LISTEN: readonly BadValue[] = [
  ...TEXT,
  ...late(
    /--listen .* is not an address; write :443/,
    "443",
    ":65536",
    ":-1",
    "host:443",
    "1.2.3.4",
    "1.2.3.4:",
    "::1:443",
  ),
  ...late(
    /--listen .* is not an address; write :443/,
    "[fe80::1%eth0]:443",
    "[1.2.3.4]:443",
    "1.2.3.256:443",
    ":443 ",
    "http://x:443",
  ),
];
const HOST: readonly BadValue[] = [
  ...TEXT,
  ...late(/--public-address .* is not a name or IP address/, "a b", "host:443", "https://x", "-", "fe80::1%eth0"),
];

export const BAD_VALUES: Readonly<Record<string, readonly BadValue[]>> = {
  socket: [...TEXT, { value: `/${"x".repeat(107)}`, says: /at most 107 bytes/ }],
  "state-dir": TEXT,
  config: [
    ...TEXT,
    ...bad(/cannot read the configuration .*: it is a directory/, "/"),
    ...bad(/no such file/, "/nowhere/x.toml"),
  ],
  "log-level": CHOICE,
  timeout: WAIT,
  interval: WAIT,
  count: bad(/expected a whole number above 0/, "", " ", "0", "-1", "1.5", "1e9", "NaN", "9999999999", "１"),
  hostname: [...TEXT, ...bad(/expected a name of 1 to 63 characters/, "-", "...", "x".repeat(64))],
  tun: bad(/no name for a TUN device/, "", " ", "a/b", "a b", "..", "x".repeat(16), "mesh\u00e9"),
  port: PORT,
  "relay-port": PORT,
  "ready-fd": PORT,
  "relay-rate": RATE,
  "client-rate": RATE,
  "accept-dns": BOOLEAN,
  "shields-up": BOOLEAN,
  "port-mapping": BOOLEAN,
  "offer-relay": BOOLEAN,
  "offered-relays": BOOLEAN,
  "no-relay": BOOLEAN,
  reusable: BOOLEAN,
  ephemeral: BOOLEAN,
  operator: TEXT,
  listen: LISTEN,
  "stun-listen": LISTEN.map((row) => ({
    ...row,
    says: new RegExp(row.says.source.replace("--listen", "--stun-listen")),
  })),
  "public-address": HOST,
  region: TEXT,
  "ipv4-prefix": [
    ...TEXT,
    ...late(
      /--ipv4-prefix.*is not an IPv4 prefix; write it as in/,
      "100.64.0.1/10",
      "100.64.0.0",
      "100.64.0.0/33",
      "fd00::/48",
      "10/8",
      "010.0.0.0/8",
    ),
    ...late(/--ipv4-prefix.*must have a length from 8 to 29/, "0.0.0.0/0", "10.0.0.0/30"),
  ],
  "ipv6-prefix": [
    ...TEXT,
    ...late(
      /--ipv6-prefix.*is not an IPv6 prefix; write it as in/,
      "fd00::1/48",
      "fd00::",
      "fd00::/129",
      "10.0.0.0/8",
      "fe80::%eth0/64",
    ),
    ...late(/--ipv6-prefix.*must have a length from 16 to 96/, "fd00::/8", "fd00::/128"),
  ],
  tags: bad(
    /expected tags such as tag:server/,
    "",
    " ",
    ",",
    "Tag:x",
    "tag:",
    "tag:a b",
    "tag:1",
    "tag:é",
    "tag:a,tag:B",
  ),
  expires: [
    ...bad(/expected a duration/, "", " ", "-1s", "tomorrow", "1e99", "NaN", "Never"),
    ...bad(/expected a time above zero/, "0", "0s"),
  ],
  name: TEXT,
  role: CHOICE,
  out: [
    ...TEXT,
    ...late(/cannot write .* \(it is there already\); choose another file with --out/, "/", "/etc/passwd"),
    ...late(/cannot write .* \(there is no such directory\); choose/, "/nowhere/report", "/etc/passwd/report"),
  ],
  authkey: [...EMPTY, CONTROL, HUGE],
  join: [...EMPTY, CONTROL, HUGE],
};

/** Of arguments; what a role alone can judge (whether there is such a node) has its rows in local-api.test.ts. */
export const BAD_ARGUMENTS: Readonly<Record<string, readonly BadValue[]>> = {
  node: TEXT,
  ip: TEXT,
  name: TEXT,
  "new-name": TEXT,
  id: TEXT,
  shell: CHOICE,
};

function bad(says: RegExp, ...values: readonly string[]): readonly BadValue[] {
  return values.map((value) => ({ value, says }));
}

function late(says: RegExp, ...values: readonly string[]): readonly BadValue[] {
  return values.map((value) => ({ value, says, late: true }));
}
