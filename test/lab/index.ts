// The lab: network namespaces that behave like an internet with public machines, homes, offices and carriers, and real
// daemons of meshd on them. Needs root, iproute2 and nftables. See docs/ARCHITECTURE.md.
export { Host, Lab, removeOwnerlessLabs } from "./lab.ts";
export { LabProcess, type RunResult } from "./process.ts";
export type { SiteSpec, Topology } from "./topology.ts";
export { Coordinator, type Daemon, Node, meshdProgram, waitFor } from "./meshd.ts";
export { Relay, startRelay } from "./relay.ts";
export { labTest } from "./with-lab.ts";
export { fillDisk, makeReadOnly } from "./disk.ts";
export { makeSampleFile, serveFile, startResolver, startSshServer } from "./services.ts";
export { SiteLab } from "./site-lab.ts";
export type { PlannedSite } from "./site-plan.ts";
export { isSiteName, siteNames, siteType, type RouterOptions, type SiteName } from "./sites.ts";
export type { Cell } from "./cell.ts";
export { measureCells } from "./cell-workers.ts";
export { type MatrixSummary, planMatrix, summarize } from "./matrix.ts";
export { attemptExcesses, BUDGET_CAPS, BudgetTally } from "./budget-tally.ts";
export { Capture, type CapturedPacket } from "./capture.ts";
export { udpPorts, usageOf } from "./process-usage.ts";
export { budgetRoles, measureBudget, type BudgetResult } from "./budget.ts";
export { FLOOD_LIMITS, type FloodResult, type FloodTarget, floodTargets, measureFloods } from "./floods.ts";
export type { Traffic } from "./flood-ground.ts";
export { IDLE_LIMITS, idleTrafficKinds, measureIdle, type IdleNode, type IdleResult } from "./idle.ts";
export { type Recovery, recoveryScenarios } from "./recovery.ts";
export { silenceDuring } from "./silence.ts";
