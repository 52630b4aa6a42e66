// docs/ARCHITECTURE.md's dependency rule: imports point downwards, machines do no I/O, one importer each for the addon and WebTransport.
const machines = "^src/(identity|protocol|netmap|paths|nat|policy)/";
const upward = (name, from, to) => ({
  name,
  severity: "error",
  comment: "Imports point downwards (docs/ARCHITECTURE.md).",
  from: { path: from },
  to: { path: to },
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    {
      name: "no-unresolved",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: "machines-do-no-io",
      severity: "error",
      comment: "State machines get input, time and randomness passed in.",
      from: { path: [machines, "^src/channel/(handshake|sealed-stream)\\.ts$", "^src/control/session\\.ts$"] },
      to: {
        path: "^(node:)?(fs|fs/promises|net|dgram|http|http2|https|tls|child_process|dns|dns/promises|os|timers|timers/promises|worker_threads|readline|sqlite|process)$",
      },
    },
    {
      name: "one-importer-of-the-addon",
      severity: "error",
      from: { pathNot: "^src/engine/" },
      to: { path: "^native/" },
    },
    {
      name: "one-importer-of-webtransport",
      severity: "error",
      from: { pathNot: "^src/channel/webtransport\\.ts$" },
      to: { path: "@fails-components/webtransport" },
    },
    upward("foundations", "^src/(protocol|identity)/", "^src/(?!protocol/|identity/)"),
    upward(
      "machines",
      machines,
      "^src/(channel|control|daemon|coordinator|relay|server|cli|local-api|host|dns|engine|main)",
    ),
    upward("channel", "^src/channel/", "^src/(?!channel/|protocol/|identity/)"),
    upward("control", "^src/control/", "^src/(?!control/|channel/|netmap/|protocol/|identity/)"),
    upward("edges", "^src/(engine|host|dns|local-api)/", "^src/(daemon|coordinator|relay|server|cli|control|main)"),
    upward("server", "^src/server/", "^src/(?!server/|channel/|host/|protocol/|identity/)"),
    upward("roles", "^src/(daemon|coordinator|relay)/", "^src/(cli/|main)"),
    upward("server-roles", "^src/(coordinator|relay)/", "^src/(daemon|control|dns)/"),
    // A coordinator relays, too; a relay knows a coordinator only by its protocol.
    upward("relay", "^src/relay/", "^src/coordinator/"),
    // A node may offer a relay; how one runs by itself (process.ts) is not its business.
    upward("node", "^src/daemon/", "^src/(coordinator/|relay/process)"),
    upward(
      "verbs-use-the-local-api",
      "^src/cli/(?!(daemon|coordinator|relay|memory)\\.ts$)",
      "^src/(daemon|coordinator|relay|engine|control|channel)/",
    ),
    {
      name: "product-needs-no-tests",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^(test|bench|scripts)/" },
    },
    {
      name: "no-dev-dependency-in-product",
      severity: "error",
      from: { path: "^src/" },
      to: { dependencyTypes: ["npm-dev"], pathNot: "^node_modules/@types/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    detectProcessBuiltinModuleCalls: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"],
    },
  },
};
