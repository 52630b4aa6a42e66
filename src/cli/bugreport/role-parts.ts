// What a role says of itself on its local API. One that does not run, or refuses, leaves its parts out, with the reason.
import type { LocalApiClient } from "../../local-api/client.ts";
import type { Diagnostics } from "../../local-api/diagnostics.ts";
import type { NodeStatus } from "../../local-api/node-api.ts";
import { isMissing, type Part, part } from "./section.ts";

export type ReportedRole = "node" | "coordinator" | "relay";

const ANSWER_WITHIN_MS = 15_000;
/** Of peers with trouble: what is wrong with one is often what is wrong with all. */
const MOST_PEERS = 10;

export async function roleParts(
  role: ReportedRole,
  client: LocalApiClient,
  onStep: (text: string) => void,
): Promise<readonly Part[]> {
  const get = (path: string): Promise<unknown> => client.request("GET", path, undefined, patience());
  const parts: Part[] = [];
  const add = async (title: string, make: () => unknown): Promise<void> => {
    onStep(title);
    parts.push(await part(title, make));
  };
  await add("status", () => get("/v1/status"));
  if (role === "node") {
    await add("netcheck", () => netcheck(client));
    for (const name of troubledPeers(parts)) await add(`why ${name}`, () => get(`/v1/why/${encodeURIComponent(name)}`));
  }
  if (role === "coordinator") {
    await add("nodes", () => get("/v1/nodes"));
    await add("relays", () => get("/v1/relays"));
  }
  await add("metrics", () => client.text("/metrics", patience()));
  onStep("log");
  const diagnostics = await part("process", () => get("/v1/diagnostics"));
  if (isMissing(diagnostics)) return [...parts, diagnostics, { title: "log", reason: diagnostics.reason }];
  const { log, ...process } = diagnostics.content as Diagnostics;
  return [...parts, { title: "process", content: process }, { title: "log", content: log.map(parseRecord) }];
}

/** Anew; where that takes too long, what was found last. */
async function netcheck(client: LocalApiClient): Promise<unknown> {
  try {
    return await client.request("POST", "/v1/netcheck", undefined, patience());
  } catch (error) {
    const { last } = (await client.request("GET", "/v1/netcheck", undefined, patience())) as { readonly last: unknown };
    if (last === null) throw error;
    return { last };
  }
}

/** Online, and not reached directly although there was traffic. */
function troubledPeers(parts: readonly Part[]): readonly string[] {
  const [status] = parts;
  if (status === undefined || isMissing(status)) return [];
  return (status.content as NodeStatus).peers
    .filter(({ online, path, txBytes }) => online && path.kind !== "direct" && (path.kind !== "none" || txBytes > 0))
    .slice(0, MOST_PEERS)
    .map(({ name }) => name);
}

function parseRecord(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    // Cut because it was too long.
    return line;
  }
}

function patience(): AbortSignal {
  return AbortSignal.timeout(ANSWER_WITHIN_MS);
}
